import { z } from "@hono/zod-openapi";
import { readTimeline } from "../../db/messageTimeline.ts";
import { DayFigures, filterOf, ratesOf, SentQuery, Span, spanOf } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";

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
      query: SentQuery,
      answer: Timeline,
    },
    async ({ tx, auth, query }) => {
      const span = await spanOf(tx, auth.workspaceId, query);
      const days = await readTimeline(tx, auth.workspaceId, span, filterOf(query));
      return { ...span, data: days.map((day) => ({ ...day, ...ratesOf(day) })) };
    },
  );
};
