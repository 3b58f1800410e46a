import { z } from "@hono/zod-openapi";
import { readTimeline } from "../../db/messageTimeline.ts";
import { findNumbers, listNumbers, readNumberFigures } from "../../db/numberFigures.ts";
import { DomainError } from "../../domain/errors.ts";
import { count, ratesOf, SentCounts, SentRates, Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, PageQuery, pageOf } from "../schemas.ts";

const NumbersQuery = PageQuery.extend(SpanQuery.shape).extend({
  channel: z.enum(["whatsapp", "sms"]).optional(),
});
const NumberParams = z.object({
  number: z
    .union([z.guid(), z.string().regex(/^\+[1-9]\d{6,14}$/, "must be the id of a sender, or +573001234567")])
    .openapi({ description: "The id of a sender, or its number in E.164.", example: "+573001234567" }),
});

const NumberAnalytics = SentCounts.extend({
  sender_id: Id,
  number: z.string().openapi({ example: "+573001234567" }),
  channel: z.enum(["whatsapp", "sms"]),
  name: z.string().nullable(),
  status: z.string(),
  received: count(),
  ...SentRates.shape,
}).openapi("NumberAnalytics");

const Day = SentCounts.extend({ day: z.iso.date(), received: count(), ...SentRates.shape });
const NumberStats = Span.extend({
  number: z.string(),
  channels: z.array(NumberAnalytics).openapi({ description: "The number by channel: each is a sender." }),
  days: z.array(Day).openapi({ description: "All channels of it together, oldest day first." }),
}).openapi("NumberStats");

const Key = z.tuple([z.guid()]);

/** What each of our numbers did. */
export const numberAnalyticsRoutes: Routes = ({ route }) => {
  const tag = "Analytics";

  route(
    {
      operationId: "listNumberAnalytics",
      method: "get",
      path: "/v1/analytics/numbers",
      tag,
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

  route(
    {
      operationId: "getNumberStats",
      method: "get",
      path: "/v1/analytics/numbers/{number}/stats",
      tag,
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
