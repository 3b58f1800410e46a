import { z } from "@hono/zod-openapi";
import { listAuditEntries } from "../../db/auditLog.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, PageQuery, pageOf, Timestamp } from "../schemas.ts";

const AuditEntry = z
  .object({
    id: Id,
    at: Timestamp,
    actor_kind: z.enum(["api_key", "system", "provider"]),
    actor_id: Id.nullable().openapi({ description: "The API key." }),
    action: z
      .string()
      .openapi({ description: "The operation, as this document names it.", example: "createApiKey" }),
    subject_kind: z.string(),
    subject_id: z.string(),
    change: z.record(z.string(), z.unknown()).openapi({ description: "What changed; nothing of a person." }),
    request_id: z.string().nullable(),
  })
  .openapi("AuditEntry");

const Filter = PageQuery.extend({
  action: z.string().max(100).optional().openapi({ description: "Only this operation." }),
  subject_id: z.string().max(100).optional().openapi({ description: "Only what was done to this." }),
});

/** Who did what, newest first. */
export const auditLogRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listAuditLog",
      method: "get",
      path: "/v1/audit-log",
      tag: "Audit log",
      summary: "List who did what",
      query: Filter,
      answer: pageOf(AuditEntry),
    },
    async ({ tx, auth, query: { limit, cursor, action, subject_id } }) => {
      const [before] = readCursor(cursor, z.tuple([Id])) ?? [];
      const page = { before, limit: limit + 1, action, subjectId: subject_id };
      return pageFrom(await listAuditEntries(tx, auth.workspaceId, page), limit, (row) => [row.id]);
    },
  );
};
