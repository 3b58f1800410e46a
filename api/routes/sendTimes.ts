import { z } from "@hono/zod-openapi";
import { readSendTimes } from "../../db/sendTimes.ts";
import { filterOf, ratesOf, SentCounts, SentQuery, SentRates, Span, spanOf } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";

const SendTime = SentCounts.extend({
  weekday: z.int().min(0).max(6).openapi({ description: "Monday is 0.", example: 1 }),
  hour: z.int().min(0).max(23).openapi({ description: "Of the local clock.", example: 10 }),
  ...SentRates.shape,
}).openapi("SendTime");

/** At which hours people answer. */
export const sendTimeRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listSendTimes",
      method: "get",
      path: "/v1/analytics/send-times",
      tag: "Analytics",
      summary: "Show by weekday and hour what became of what was sent then",
      description:
        "Hours in which nothing went out are left out. Few messages make any rate: look at `sent` before believing one.",
      query: SentQuery,
      answer: Span.extend({ data: z.array(SendTime) }),
    },
    async ({ tx, auth, query }) => {
      const span = await spanOf(tx, auth.workspaceId, query);
      const hours = await readSendTimes(tx, auth.workspaceId, span, filterOf(query));
      return { ...span, data: hours.map((one) => ({ ...one, ...ratesOf(one) })) };
    },
  );
};
