import { z } from "@hono/zod-openapi";
import type { Tx } from "../../db/connect.ts";
import {
  type Contact as ContactRow,
  type ContactFields,
  contactsNamedBy,
  findContact,
  insertContact,
  listContacts,
  lockContact,
  type PersonKey,
  updateContact,
} from "../../db/contacts.ts";
import { requestErasure } from "../../db/erasures.ts";
import { cancelQueued } from "../../db/suppressions.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { parsePhone, parseRegion } from "../../domain/phone.ts";
import { ContactBody, contactFieldsOf } from "../contactInput.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";
import { wakesOfErasure } from "../../workflows/handles.ts";
import { wakeCampaigns } from "../wakeCampaigns.ts";

const Contact = z
  .object({
    id: Id,
    phone: z.string().nullable().openapi({ description: "E.164, in the one spelling that is compared." }),
    phone_type: z.string().nullable(),
    email: z.string().nullable(),
    whatsapp_user_id: z.string().nullable(),
    name: z.string().nullable(),
    city: z.string().nullable(),
    region: z.string().nullable(),
    country: z.string().nullable(),
    time_zone: z.string().nullable().openapi({ description: "As the client has set it." }),
    number_zones: z.array(z.string()).openapi({ description: "Time zones that the number allows." }),
    language: z.string().nullable(),
    attributes: z.record(z.string(), z.unknown()),
    tags: z.array(z.string()),
    lifecycle: z.string(),
    lead_score: z.number().int().nullable(),
    last_activity_at: Timestamp.nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Contact");

const Key = z.tuple([z.guid()]);
const noneFound = () =>
  new DomainError("not_found", "There is no such contact.", { fix: "GET /v1/contacts lists them." });

/** The people of a workspace. */
export const contactRoutes: Routes = ({ route }, deps) => {
  const tag = "Contacts";

  route(
    {
      operationId: "listContacts",
      method: "get",
      path: "/v1/contacts",
      tag,
      summary: "List or search contacts",
      description:
        "`q` is the start of a name (accents and case aside), of an e-mail address or of a number.",
      query: PageQuery.extend({
        q: text(200).optional(),
        tag: text(100).optional(),
        list_id: Id.optional(),
      }),
      answer: pageOf(Contact),
    },
    async ({ tx, auth, query: { limit, cursor, ...filter } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const phone = filter.q ? parsePhone(filter.q, await regionOf(tx, auth.workspaceId)) : undefined;
      const wanted = { ...filter, phone: phone?.ok ? phone.canonical : undefined };
      const rows = await listContacts(tx, auth.workspaceId, wanted, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "createContact",
      method: "post",
      path: "/v1/contacts",
      tag,
      summary: "Create a contact",
      description: "Needs a phone, an e-mail address or a WhatsApp user id.",
      body: ContactBody,
      status: 201,
      answer: Contact,
      errors: ["conflict"],
    },
    async ({ tx, auth, body, audit }) => {
      const fields = await fieldsOf(tx, auth.workspaceId, body);
      const key = keyOf(fields);
      const contact = await insertContact(tx, auth.workspaceId, fields);
      audit({ change: { fields: Object.keys(body) } });
      if (contact) return contact;
      throw exists(await contactsNamedBy(tx, auth.workspaceId, key));
    },
  );

  route(
    {
      operationId: "upsertContact",
      method: "put",
      path: "/v1/contacts",
      tag,
      summary: "Create a contact or change the one that has this phone or e-mail address",
      description:
        "The person is looked up by phone, else by WhatsApp user id, else by e-mail address. What is not given stays.",
      body: ContactBody,
      answer: Contact,
      errors: ["conflict", "state_conflict"],
    },
    async ({ tx, auth, body, audit }) => {
      const fields = await fieldsOf(tx, auth.workspaceId, body);
      const key = keyOf(fields);
      const found = await theOnlyOne(tx, auth.workspaceId, key);
      const contact = found ? undefined : await insertContact(tx, auth.workspaceId, fields);
      const id = contact?.id ?? found ?? (await theOnlyOne(tx, auth.workspaceId, key));
      audit({
        subject_id: id ?? auth.workspaceId,
        change: { fields: Object.keys(body), created: !!contact },
      });
      if (contact) return contact;
      if (!id) throw noneFound();
      return change(tx, auth.workspaceId, id, fields);
    },
  );

  route(
    {
      operationId: "getContact",
      method: "get",
      path: "/v1/contacts/{id}",
      tag,
      summary: "Show a contact",
      params: IdParams,
      answer: Contact,
    },
    async ({ tx, auth, params }) => {
      const contact = await findContact(tx, auth.workspaceId, params.id);
      if (!contact) throw noneFound();
      return contact;
    },
  );

  route(
    {
      operationId: "updateContact",
      method: "patch",
      path: "/v1/contacts/{id}",
      tag,
      summary: "Change a contact",
      description:
        "Messages that wait for an address which is changed are cancelled: it may be another person's now.",
      params: IdParams,
      body: ContactBody,
      answer: Contact,
      errors: ["conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      audit({ change: { fields: Object.keys(body) } });
      return change(tx, auth.workspaceId, params.id, await fieldsOf(tx, auth.workspaceId, body));
    },
  );

  route(
    {
      operationId: "deleteContact",
      method: "delete",
      path: "/v1/contacts/{id}",
      tag,
      summary: "Delete a contact",
      description:
        "What identifies the person goes, in their messages and at the provider too; counts stay, and a suppression goes on holding. Unlike `POST /v1/contacts/{id}/erase` it suppresses nothing: they may be added again. GET /v1/erasures has its certificate.",
      params: IdParams,
    },
    async ({ tx, auth, params }) => {
      const contact = await lockContact(tx, auth.workspaceId, params.id);
      if (!contact) throw noneFound();
      const { addressKey } = deps;
      const on = {
        addressKey,
        workspaceId: auth.workspaceId,
        origin: "delete",
        requestedBy: auth.keyId,
      } as const;
      await oweWake(tx, wakesOfErasure(await requestErasure(tx, on, contact)));
    },
  );
};

async function regionOf(tx: Tx, workspaceId: string) {
  return parseRegion((await findWorkspace(tx, workspaceId))?.default_region ?? "");
}

async function fieldsOf(tx: Tx, workspaceId: string, body: ContactBody): Promise<ContactFields> {
  return contactFieldsOf(body, (await regionOf(tx, workspaceId)) ?? "");
}

function keyOf({ phone, whatsapp_user_id, email }: ContactFields): PersonKey {
  if (phone) return { phone };
  if (whatsapp_user_id) return { whatsapp_user_id };
  if (email) return { email };
  throw new DomainError("validation", "Nothing here names a person.", {
    field: "phone",
    fix: "Give at least one of phone, email and whatsapp_user_id.",
  });
}

async function theOnlyOne(tx: Tx, workspaceId: string, key: PersonKey): Promise<string | undefined> {
  const ids = await contactsNamedBy(tx, workspaceId, key);
  if (ids.length <= 1) return ids[0];
  throw new DomainError("conflict", "Several contacts share this e-mail address.", {
    field: "email",
    fix: "Name the person by phone, or change one of them with PATCH /v1/contacts/{id}.",
    details: { contact_ids: ids },
  });
}

function exists(ids: string[]): DomainError {
  return new DomainError("conflict", "This person is a contact already.", {
    fix: "Change the contact with PATCH /v1/contacts/{id}, or use PUT /v1/contacts, which does either.",
    details: { contact_ids: ids },
  });
}

const ADDRESSES = ["phone", "email", "whatsapp_user_id"] as const;

async function change(tx: Tx, workspaceId: string, id: string, fields: ContactFields): Promise<ContactRow> {
  const before = await lockContact(tx, workspaceId, id);
  if (!before) throw noneFound();
  const after = await updateContact(tx, workspaceId, before, fields);
  const lost = ADDRESSES.filter((name) => before[name] !== null && before[name] !== after[name]);
  if (lost.some((name) => name !== "email")) {
    for (const channel of ["whatsapp", "sms", "voice"] as const)
      await wakeCampaigns(tx, await cancelQueued(tx, workspaceId, [id], channel, "address_changed"));
  }
  if (lost.includes("email")) {
    await wakeCampaigns(tx, await cancelQueued(tx, workspaceId, [id], "email", "address_changed"));
  }
  return after;
}
