import { z } from "@hono/zod-openapi";
import { listKeywords, readKeywordFigures } from "../../db/keywordFigures.ts";
import { percent } from "../../domain/rates.ts";
import { count, Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";
import { Rate } from "../schemas.ts";

const MOST_WORDS = 20;

const KeywordQuery = SpanQuery.extend({
  keywords: z
    .string()
    .max(500)
    .transform((words) => words.split(",").filter((word) => word.trim() !== ""))
    .pipe(z.array(z.string()).min(1).max(MOST_WORDS))
    .optional()
    .openapi({
      type: "string",
      maxLength: 500,
      pattern: "[^\\s,]",
      description: `Up to ${MOST_WORDS} words or phrases, by commas; none: the keywords of the fixed answers.`,
      example: "precio,cita",
    }),
  limit: z.coerce.number().int().min(1).max(200).default(50).openapi({
    type: "integer",
    minimum: 1,
    maximum: 200,
    default: 50,
    description: "The most frequent so many.",
  }),
});

const KeywordAnalytics = z
  .object({
    keyword: z.string().openapi({ example: "precio", description: "Without case, accents and punctuation." }),
    mentions: count("Messages of people that have it as words somewhere."),
    conversations: count("In which it was said."),
    leads: count("People who became a qualified lead within seven days of saying it."),
    conversion: Rate.openapi({ description: "leads / conversations" }),
  })
  .openapi("KeywordAnalytics");

/** What people ask for by word. */
export const keywordAnalyticsRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listKeywordAnalytics",
      method: "get",
      path: "/v1/analytics/keywords",
      tag: "Analytics",
      summary: "Count how often people say a word, and who became a lead",
      description: "The most frequent first; texts that retention has emptied are not read any more.",
      query: KeywordQuery,
      answer: Span.extend({ data: z.array(KeywordAnalytics) }),
    },
    async ({ tx, auth, query: { keywords, limit, ...asked } }) => {
      const span = await spanOf(tx, auth.workspaceId, asked);
      const words = keywords ?? (await listKeywords(tx, auth.workspaceId));
      const rows = await readKeywordFigures(tx, auth.workspaceId, span, words, limit);
      return {
        ...span,
        data: rows.map((row) => ({ ...row, conversion: percent(row.leads, row.conversations) })),
      };
    },
  );
};
