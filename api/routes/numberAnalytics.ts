import { z } from "@hono/zod-openapi";
import { listNumbers, readNumberFigures } from "../../db/numberFigures.ts";
import { NumberAnalytics, ratesOf, Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { PageQuery, pageOf } from "../schemas.ts";

const NumbersQuery = PageQuery.extend(SpanQuery.shape).extend({
  channel: z.enum(["whatsapp", "sms"]).optional(),
});
const Key = z.tuple([z.guid()]);

/** What each of our numbers did. */
export const numberAnalyticsRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listNumberAnalytics",
      method: "get",
      path: "/v1/analytics/numbers",
      tag: "Analytics",
      summary: "Show what each number did",
      description: "Numbers in use, in the order in which they were added.",
      query: NumbersQuery,
      answer: pageOf(NumberAnalytics).extend(Span.shape),
    },
    async ({ tx, auth, query: { limit, cursor, channel, ...asked } }) => {
      const span = await spanOf(tx, auth.workspaceId, asked);
      const after = readCursor(cursor, Key)?.[0];
      const rows = await listNumbers(tx, auth.workspaceId, { after, limit: limit + 1, channel });
      const { data, next_cursor } = pageFrom(rows, limit, (row) => [row.id]);
      const figures = await readNumberFigures(tx, auth.workspaceId, span, data);
      return { ...span, data: figures.map((row) => ({ ...row, ...ratesOf(row) })), next_cursor };
    },
  );
};
