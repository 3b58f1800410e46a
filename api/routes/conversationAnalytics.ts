import { z } from "@hono/zod-openapi";
import { readConversationFigures } from "../../db/conversationFigures.ts";
import { ENDINGS } from "../../domain/conversationEnding.ts";
import { percent } from "../../domain/rates.ts";
import { count, Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";
import { Rate } from "../schemas.ts";

const seconds = (description: string) =>
  z
    .int()
    .nullable()
    .openapi({ description: `${description}; null where there was none.`, example: 95 });

const ConversationAnalytics = Span.extend({
  total_conversations: count("Those in which a person wrote, by hand."),
  new_conversations: count("Those that began."),
  closed_conversations: count("Those that were closed, and not opened again since."),
  outcomes: z.record(z.enum(ENDINGS), z.int()).openapi({
    description: "Of the closed ones.",
    example: { resolved: 80, escalated: 12, abandoned: 5, fallback: 3 },
  }),
  containment_rate: Rate.openapi({ description: "1 − escalated / closed" }),
  resolution_rate: Rate.openapi({ description: "resolved / closed" }),
  completion_rate: Rate.openapi({ description: "1 − (abandoned + fallback) / closed" }),
  messages_received: count("Without what programs of people wrote."),
  messages_sent: count("In conversations, by people and machines; without campaigns."),
  messages_per_conversation: z.number().nullable().openapi({
    description: "Both together, over total_conversations; one decimal.",
    example: 6.4,
  }),
  inbound_outbound_ratio: z.number().nullable().openapi({
    description: "messages_received / messages_sent; two decimals.",
    example: 1.2,
  }),
  avg_first_response_time: seconds(
    "Seconds from a person's first message since it was opened to the first answer",
  ),
  avg_response_time: seconds("Seconds that a person waited for an answer"),
  response_times: z
    .object({
      under_1_min: z.int(),
      from_1_to_5_min: z.int(),
      from_5_to_30_min: z.int(),
      from_30_to_60_min: z.int(),
      over_60_min: z.int(),
    })
    .openapi({ description: "Answers by how long the person had waited." }),
  avg_handling_time: seconds("Seconds from the first message since it was opened until it was closed"),
  csat: z
    .object({ average: z.number().nullable(), ratings: z.int() })
    .openapi({ description: "1 to 5, of the closed ones.", example: { average: 4.3, ratings: 28 } }),
  peak_hours: z
    .array(z.int())
    .length(24)
    .openapi({
      description: "What came in, by the hour of the local day from 0 on.",
      example: [0, 0, 0, 0, 0, 1, 4, 9, 22, 31, 28, 25, 19, 16, 21, 24, 27, 30, 26, 18, 12, 7, 3, 1],
    }),
}).openapi("ConversationAnalytics");

/** How people were talked with. */
export const conversationAnalyticsRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "getConversationAnalytics",
      method: "get",
      path: "/v1/analytics/conversations",
      tag: "Analytics",
      summary: "Show how people were talked with: how soon, how often, and what came of it",
      query: SpanQuery,
      answer: ConversationAnalytics,
    },
    async ({ tx, auth, query }) => {
      const span = await spanOf(tx, auth.workspaceId, query);
      const figures = await readConversationFigures(tx, auth.workspaceId, span);
      const { closed, outcomes, conversations, received, sent } = figures;
      return {
        ...span,
        total_conversations: conversations,
        new_conversations: figures.new_conversations,
        closed_conversations: closed,
        outcomes,
        containment_rate: percent(closed - outcomes.escalated, closed),
        resolution_rate: percent(outcomes.resolved, closed),
        completion_rate: percent(closed - outcomes.abandoned - outcomes.fallback, closed),
        messages_received: received,
        messages_sent: sent,
        messages_per_conversation: over(received + sent, conversations, 10),
        inbound_outbound_ratio: over(received, sent, 100),
        avg_first_response_time: figures.first_response_seconds,
        avg_response_time: figures.response_seconds,
        response_times: bucketsOf(figures.buckets),
        avg_handling_time: figures.handling_seconds,
        csat: { average: figures.csat, ratings: figures.ratings },
        peak_hours: figures.hours,
      };
    },
  );
};

const over = (part: number, whole: number, places: number) =>
  whole === 0 ? null : Math.round((places * part) / whole) / places;

const bucketsOf = ([under1 = 0, from1 = 0, from5 = 0, from30 = 0, over60 = 0]: readonly number[]) => ({
  under_1_min: under1,
  from_1_to_5_min: from1,
  from_5_to_30_min: from5,
  from_30_to_60_min: from30,
  over_60_min: over60,
});
