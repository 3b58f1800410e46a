import { z } from "@hono/zod-openapi";
import { listSilentContacts } from "../../db/silentContacts.ts";
import { healthOf, RECOMMENDED_ACTIONS, RISK_INDICATORS, SILENT_DAYS } from "../../domain/contactHealth.ts";
import { cursorOf, NumberKey, pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, PageQuery, pageOf, Timestamp } from "../schemas.ts";

const SilentQuery = PageQuery.extend({
  cursor: cursorOf(2),
  silent_days: z.coerce.number().int().min(1).max(3_650).default(SILENT_DAYS).openapi({
    type: "integer",
    minimum: 1,
    maximum: 3_650,
    default: SILENT_DAYS,
    description: "Who was heard of within so many days is not at risk.",
  }),
});

const ContactAtRisk = z
  .object({
    contact_id: Id,
    name: z.string().nullable(),
    lead_score: z.int().nullable(),
    last_activity_at: Timestamp,
    days_silent: z.int().openapi({ example: 47 }),
    health_score: z.int().min(0).max(100).openapi({
      description: "Halves with every 30 days of silence; less for bad words and messages left lying.",
      example: 29,
    }),
    risk_indicators: z.array(z.enum(RISK_INDICATORS)).openapi({ example: ["silent", "does_not_read"] }),
    recommended_action: z.enum(RECOMMENDED_ACTIONS),
  })
  .openapi("ContactAtRisk");

const Key = z.tuple([NumberKey, z.guid()]);

/** Who is about to be lost. */
export const atRiskRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listContactsAtRisk",
      method: "get",
      path: "/v1/analytics/at-risk",
      tag: "Analytics",
      summary: "List people who have gone silent, with how they stand and what to do",
      description:
        "Those who were active once and have not been heard of since, the last to fall silent first. docs/analytics.md has the formula.",
      query: SilentQuery,
      answer: pageOf(ContactAtRisk),
    },
    async ({ tx, auth, query: { limit, cursor, silent_days } }) => {
      const key = readCursor(cursor, Key);
      const after = key && { activityUs: key[0], id: key[1] };
      const rows = await listSilentContacts(tx, auth.workspaceId, silent_days, { after, limit: limit + 1 });
      const { data, next_cursor } = pageFrom(rows, limit, (row) => [row.activity_us, row.contact_id]);
      return {
        data: data.map((row) => ({ ...row, ...healthOf(row), days_silent: Math.floor(row.days_silent) })),
        next_cursor,
      };
    },
  );
};
