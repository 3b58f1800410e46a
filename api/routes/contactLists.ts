import { z } from "@hono/zod-openapi";
import { refuseWhileInAudience } from "../../db/campaignUse.ts";
import type { Tx } from "../../db/connect.ts";
import {
  addMembers,
  countMembers,
  deleteContactList,
  findContactList,
  insertContactList,
  listContactLists,
  listMembers,
  removeMembers,
  updateContactList,
} from "../../db/contactLists.ts";
import { DomainError } from "../../domain/errors.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";

const ContactList = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string().nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("ContactList");

const CountedList = ContactList.extend({ member_count: z.number().int() }).openapi("ContactListWithCount");

const description = text(1000).nullable().optional();
const NewContactList = z.strictObject({ name: text(200), description }).openapi("NewContactList", {
  example: { name: "Feria de vivienda 2026", description: "Visitantes del puesto" },
});
const ContactListChange = z
  .strictObject({ name: text(200).optional(), description })
  .openapi("ContactListChange", { example: { name: "Feria de vivienda" } });

const Members = z
  .strictObject({ contact_ids: z.array(Id).min(1).max(10_000) })
  .openapi("ContactListMembers", { example: { contact_ids: ["0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20"] } });

const Key = z.tuple([z.guid()]);

async function existingList(tx: Tx, workspaceId: string, id: string) {
  const list = await findContactList(tx, workspaceId, id);
  if (list) return list;
  throw new DomainError("not_found", "There is no such list.", { fix: "GET /v1/contact-lists lists them." });
}

/** Lists that are kept by hand, by API or by an import. */
export const contactListRoutes: Routes = ({ route }) => {
  const tag = "Contact lists";

  route(
    {
      operationId: "listContactLists",
      method: "get",
      path: "/v1/contact-lists",
      tag,
      summary: "List the contact lists",
      query: PageQuery,
      answer: pageOf(ContactList),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listContactLists(tx, auth.workspaceId, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "createContactList",
      method: "post",
      path: "/v1/contact-lists",
      tag,
      summary: "Create a contact list",
      body: NewContactList,
      status: 201,
      answer: ContactList,
      errors: ["conflict"],
    },
    ({ tx, auth, body }) => insertContactList(tx, auth.workspaceId, given(body)),
  );

  route(
    {
      operationId: "getContactList",
      method: "get",
      path: "/v1/contact-lists/{id}",
      tag,
      summary: "Show a contact list and how many it has",
      params: IdParams,
      answer: CountedList,
    },
    async ({ tx, auth, params }) => ({
      ...(await existingList(tx, auth.workspaceId, params.id)),
      member_count: await countMembers(tx, auth.workspaceId, params.id),
    }),
  );

  route(
    {
      operationId: "updateContactList",
      method: "patch",
      path: "/v1/contact-lists/{id}",
      tag,
      summary: "Rename a contact list",
      params: IdParams,
      body: ContactListChange,
      answer: ContactList,
      errors: ["conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      await existingList(tx, auth.workspaceId, params.id);
      audit({ change: { fields: Object.keys(body) } });
      const list = await updateContactList(tx, auth.workspaceId, params.id, given(body));
      return list ?? existingList(tx, auth.workspaceId, params.id);
    },
  );

  route(
    {
      operationId: "deleteContactList",
      method: "delete",
      path: "/v1/contact-lists/{id}",
      tag,
      summary: "Delete a contact list",
      description: "Its people stay. Refused while a campaign that is not planned yet uses it.",
      params: IdParams,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params }) => {
      await existingList(tx, auth.workspaceId, params.id);
      await refuseWhileInAudience(tx, auth.workspaceId, "list", params.id);
      await deleteContactList(tx, auth.workspaceId, params.id);
    },
  );

  route(
    {
      operationId: "listContactListMembers",
      method: "get",
      path: "/v1/contact-lists/{id}/members",
      tag,
      summary: "List who is on a contact list, by id",
      description: "GET /v1/contacts?list_id= gives the people themselves.",
      params: IdParams,
      query: PageQuery,
      answer: pageOf(z.object({ contact_id: Id, added_at: Timestamp })),
    },
    async ({ tx, auth, params, query: { limit, cursor } }) => {
      await existingList(tx, auth.workspaceId, params.id);
      const after = readCursor(cursor, Key)?.[0];
      const rows = await listMembers(tx, auth.workspaceId, params.id, { after, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.contact_id]);
    },
  );

  route(
    {
      operationId: "addContactListMembers",
      method: "post",
      path: "/v1/contact-lists/{id}/members",
      tag,
      summary: "Add people to a contact list",
      description:
        "Up to 10,000 ids a call; who is on the list already stays, ids of no contact are counted as unknown.",
      params: IdParams,
      body: Members,
      answer: z.object({ added: z.number().int(), already: z.number().int(), unknown: z.number().int() }),
    },
    async ({ tx, auth, params, body, audit }) => {
      await existingList(tx, auth.workspaceId, params.id);
      const result = await addMembers(tx, auth.workspaceId, params.id, body.contact_ids);
      audit({ change: result });
      return result;
    },
  );

  route(
    {
      operationId: "removeContactListMembers",
      method: "post",
      path: "/v1/contact-lists/{id}/members/remove",
      tag,
      summary: "Take people off a contact list",
      params: IdParams,
      body: Members,
      answer: z.object({ removed: z.number().int() }),
    },
    async ({ tx, auth, params, body, audit }) => {
      await existingList(tx, auth.workspaceId, params.id);
      const removed = await removeMembers(tx, auth.workspaceId, params.id, body.contact_ids);
      audit({ change: { removed } });
      return { removed };
    },
  );
};
