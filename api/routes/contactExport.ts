import { z } from "@hono/zod-openapi";
import { exportContact } from "../../db/contactExport.ts";
import { databaseNow } from "../../db/connect.ts";
import { findContact } from "../../db/contacts.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, Timestamp } from "../schemas.ts";

const ContactExport = z
  .object({
    contact_id: Id,
    exported_at: Timestamp,
    tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))).openapi({
      description:
        "Rows by table: the contact, consents, messages with attempts and webhooks, conversations with notes, calls with transcripts, sequences and so on.",
    }),
  })
  .openapi("ContactExport");

/** What is known of one person, for them. */
export const contactExportRoutes: Routes = ({ route }, deps) => {
  route(
    {
      operationId: "exportContact",
      method: "get",
      path: "/v1/contacts/{id}/export",
      tag: "Contacts",
      summary: "All data of one person, as JSON",
      description: "From the same table of tables by which POST /v1/contacts/{id}/erase works.",
      params: IdParams,
      answer: ContactExport,
    },
    async ({ tx, auth, params: { id } }) => {
      if ((await findContact(tx, auth.workspaceId, id)) === undefined)
        throw new DomainError("not_found", "There is no such contact.", {
          fix: "GET /v1/contacts lists them.",
        });
      const tables = await exportContact(tx, deps.addressKey, auth.workspaceId, id);
      return { contact_id: id, exported_at: await databaseNow(tx), tables };
    },
  );
};
