import { z } from "@hono/zod-openapi";
import { lockContact } from "../../db/contacts.ts";
import {
  type Erasure as ErasureRow,
  findErasure,
  findErasureOf,
  listErasures,
  requestErasure,
  resumeErasure,
} from "../../db/erasures.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { DomainError } from "../../domain/errors.ts";
import { wakesOfErasure } from "../../workflows/handles.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp } from "../schemas.ts";

const Erasure = z
  .object({
    id: Id,
    contact_id: Id,
    origin: z.enum(["erase", "delete"]).openapi({
      description: "erase: asked for by POST /v1/contacts/{id}/erase; delete: by DELETE /v1/contacts/{id}.",
    }),
    state: z.enum(["running", "completed", "incomplete"]).openapi({
      description: "incomplete: the provider has not given up everything, or a message is in doubt still.",
    }),
    requested_by: Id.nullable(),
    requested_at: Timestamp,
    suppressed: z
      .number()
      .int()
      .openapi({ description: "Channels and addresses that are suppressed by it." }),
    cancelled: z.number().int().openapi({ description: "Messages that were waiting." }),
    rows: z
      .record(z.string(), z.number().int())
      .openapi({ description: "Rows that were emptied or deleted, by table." }),
    provider: z
      .object({ erased: z.number().int(), absent: z.number().int(), remaining: z.number().int() })
      .partial()
      .openapi({ description: "Messages at the provider: given up, not there any more, still there." }),
    completed_at: Timestamp.nullable(),
  })
  .openapi("Erasure");

const Key = z.tuple([z.guid()]);
const noneFound = (what: string, path: string) =>
  new DomainError("not_found", `There is no such ${what}.`, { fix: `GET ${path} lists them.` });

/** Erasing a person for good, and the certificates of it. */
export const erasureRoutes: Routes = ({ route }, deps) => {
  const tag = "Contacts";

  route(
    {
      operationId: "eraseContact",
      method: "post",
      path: "/v1/contacts/{id}/erase",
      tag,
      summary: "Erase a person",
      description:
        "At once nobody finds or messages them any more; then everything that identifies them goes, here and at the provider. Counts and money stay. Their addresses stay suppressed as keyed hashes, so that no later import brings them back into a campaign. Asking again gives the certificate as it stands, and takes up one that is incomplete.",
      params: IdParams,
      status: 202,
      answer: Erasure,
    },
    async ({ tx, auth, params, audit }) => {
      const contact = await lockContact(tx, auth.workspaceId, params.id);
      const { addressKey } = deps;
      const on = {
        addressKey,
        workspaceId: auth.workspaceId,
        origin: "erase",
        requestedBy: auth.keyId,
      } as const;
      const requested = contact
        ? await requestErasure(tx, on, contact)
        : { erasure: await askedBefore(params.id), cancelled: { campaigns: [] }, conversations: [] };
      audit({ change: { erasure_id: requested.erasure.id } });
      if (requested.erasure.state === "running") await oweWake(tx, wakesOfErasure(requested));
      return requested.erasure;

      async function askedBefore(contactId: string): Promise<ErasureRow> {
        const known = await findErasureOf(tx, auth.workspaceId, contactId);
        if (!known) throw noneFound("contact", "/v1/contacts");
        return (await resumeErasure(tx, auth.workspaceId, known.id)) ?? known;
      }
    },
  );

  route(
    {
      operationId: "listErasures",
      method: "get",
      path: "/v1/erasures",
      tag,
      summary: "List the certificates of erasures, newest first",
      query: PageQuery,
      answer: pageOf(Erasure),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listErasures(tx, auth.workspaceId, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "getErasure",
      method: "get",
      path: "/v1/erasures/{id}",
      tag,
      summary: "Show the certificate of an erasure",
      params: IdParams,
      answer: Erasure,
    },
    async ({ tx, auth, params }) => {
      const erasure = await findErasure(tx, auth.workspaceId, params.id);
      if (!erasure) throw noneFound("erasure", "/v1/erasures");
      return erasure;
    },
  );
};
