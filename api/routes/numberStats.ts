import { z } from "@hono/zod-openapi";
import { readTimeline } from "../../db/messageTimeline.ts";
import { findNumbers, readNumberFigures } from "../../db/numberFigures.ts";
import { DomainError } from "../../domain/errors.ts";
import { DayFigures, NumberAnalytics, ratesOf, Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";

const NumberParams = z.object({
  number: z
    .union([z.guid(), z.string().regex(/^\+[1-9]\d{6,14}$/, "must be the id of a sender, or +573001234567")])
    .openapi({ description: "The id of a sender, or its number in E.164.", example: "+573001234567" }),
});

const NumberStats = Span.extend({
  number: z.string(),
  channels: z.array(NumberAnalytics).openapi({ description: "The number by channel: each is a sender." }),
  days: z.array(DayFigures).openapi({ description: "All channels of it together, oldest day first." }),
}).openapi("NumberStats");

/** What one of our numbers did. */
export const numberStatsRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "getNumberStats",
      method: "get",
      path: "/v1/analytics/numbers/{number}/stats",
      tag: "Analytics",
      summary: "Show what a number did, by channel and by day",
      params: NumberParams,
      query: SpanQuery,
      answer: NumberStats,
    },
    async ({ tx, auth, params: { number }, query }) => {
      const which = number.startsWith("+") ? { address: number } : { id: number };
      const rows = await findNumbers(tx, auth.workspaceId, which);
      const [first] = rows;
      if (first === undefined)
        throw new DomainError("not_found", "There is no such number.", {
          fix: "GET /v1/analytics/numbers lists them.",
        });
      const span = await spanOf(tx, auth.workspaceId, query);
      const channels = await readNumberFigures(tx, auth.workspaceId, span, rows);
      const senderIds = rows.map(({ id }) => id);
      const days = await readTimeline(tx, auth.workspaceId, span, { senderIds });
      return {
        ...span,
        number: first.address,
        channels: channels.map((row) => ({ ...row, ...ratesOf(row) })),
        days: days.map((day) => ({ ...day, ...ratesOf(day) })),
      };
    },
  );
};
