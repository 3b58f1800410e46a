import { z } from "@hono/zod-openapi";
import { readTimeline } from "../../db/messageTimeline.ts";
import { DayFigures, MessageChannel, ratesOf, Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";
import { Id } from "../schemas.ts";

const TimelineQuery = SpanQuery.extend({ channel: MessageChannel.optional(), sender_id: Id.optional() });

const Timeline = Span.extend({ data: z.array(DayFigures) }).openapi("MessageTimeline");

/** Messages by local day. */
export const messageTimelineRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "getMessageTimeline",
      method: "get",
      path: "/v1/analytics/messages/timeline",
      tag: "Analytics",
      summary: "Count messages by day, in and out",
      description:
        "Every local day, oldest first. What became of a message counts for the day on which it went out, so that the last days still grow.",
      query: TimelineQuery,
      answer: Timeline,
    },
    async ({ tx, auth, query: { channel, sender_id, ...asked } }) => {
      const span = await spanOf(tx, auth.workspaceId, asked);
      const senderIds = sender_id === undefined ? undefined : [sender_id];
      const days = await readTimeline(tx, auth.workspaceId, span, { channel, senderIds });
      return { ...span, data: days.map((day) => ({ ...day, ...ratesOf(day) })) };
    },
  );
};
