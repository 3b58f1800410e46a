import { z } from "@hono/zod-openapi";
import { readGeography } from "../../db/geography.ts";
import {
  count,
  MessageChannel,
  ratesOf,
  SentCounts,
  SentRates,
  Span,
  SpanQuery,
  spanOf,
} from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";

const Country = SentCounts.extend({
  country: z
    .string()
    .nullable()
    .openapi({ description: "ISO 3166, mostly by their number; null where nobody knows.", example: "CO" }),
  contacts: count("People now, without those who were erased."),
  ...SentRates.shape,
}).openapi("CountryAnalytics");

/** Where people are, and how they take what is sent to them. */
export const geographyRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listCountryAnalytics",
      method: "get",
      path: "/v1/analytics/geography",
      tag: "Analytics",
      summary: "Show people by country, and what became of what was sent to them",
      query: SpanQuery.extend({ channel: MessageChannel.optional() }),
      answer: Span.extend({ data: z.array(Country) }),
    },
    async ({ tx, auth, query: { channel, ...asked } }) => {
      const span = await spanOf(tx, auth.workspaceId, asked);
      const rows = await readGeography(tx, auth.workspaceId, span, { channel });
      return { ...span, data: rows.map((row) => ({ ...row, ...ratesOf(row) })) };
    },
  );
};
