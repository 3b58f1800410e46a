import { z } from "@hono/zod-openapi";
import { listMessageOutcomes } from "../../db/messageAnalytics.ts";
import { MessageChannel, Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, PageQuery, pageOf, Timestamp } from "../schemas.ts";

const OutcomeQuery = PageQuery.extend(SpanQuery.shape).extend({
  campaign_id: Id.optional(),
  sender_id: Id.optional(),
  channel: MessageChannel.optional(),
});

const MessageAnalytics = z
  .object({
    id: Id,
    contact_id: Id,
    campaign_id: Id.nullable(),
    conversation_id: Id.nullable(),
    sender_id: Id.nullable(),
    channel: MessageChannel,
    sent_at: Timestamp.nullable(),
    delivered: z.boolean().openapi({ description: "An answer proves it, where no receipt came." }),
    opened: z
      .boolean()
      .openapi({ description: "By read receipt; of an e-mail, by somebody and no program." }),
    clicked: z
      .boolean()
      .openapi({ description: "A link of an e-mail; links of other channels are not followed." }),
    responded: z.boolean(),
    response_time: z.int().nullable().openapi({
      description: "Seconds from its arrival to the answer; null without one.",
      example: 340,
    }),
  })
  .openapi("MessageAnalytics");

const Key = z.tuple([z.guid()]);

/** What came of each message. */
export const messageAnalyticsRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listMessageAnalytics",
      method: "get",
      path: "/v1/analytics/messages",
      tag: "Analytics",
      summary: "List what came of each message, the newest first",
      description:
        "Of all campaigns, conversations and single messages: those written in these days that went out.",
      query: OutcomeQuery,
      answer: pageOf(MessageAnalytics).extend(Span.shape),
    },
    async ({ tx, auth, query: { limit, cursor, campaign_id, sender_id, channel, ...asked } }) => {
      const span = await spanOf(tx, auth.workspaceId, asked);
      const before = readCursor(cursor, Key)?.[0];
      const filter = { campaign_id, sender_id, channel };
      const rows = await listMessageOutcomes(tx, auth.workspaceId, span, filter, {
        before,
        limit: limit + 1,
      });
      return { ...span, ...pageFrom(rows, limit, (row) => [row.id]) };
    },
  );
};
