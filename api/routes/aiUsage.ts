import { z } from "@hono/zod-openapi";
import { databaseNow } from "../../db/connect.ts";
import { listLanguageUsage, sumLanguageCost } from "../../db/languageBook.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { PRICES_AS_OF } from "../../domain/language/prices.ts";
import { LANGUAGE_FEATURES, MODEL_PROVIDERS } from "../../domain/language/providers.ts";
import { localIso } from "../../domain/localTime.ts";
import { settingsOf } from "../../domain/settings.ts";
import type { Routes } from "../route.ts";

const Day = z.iso.date({ error: "must be a day, such as 2026-11-01" }).openapi({ example: "2026-11-01" });
const Span = z.object({
  from: Day.optional().openapi({ description: "First day, local; the first of this month unless given." }),
  to: Day.optional().openapi({ description: "Last day, local; today unless given." }),
});

const Cost = z.number().openapi({ description: "US dollars.", example: 0.0123 });
const Count = z.number().int();
const UsageRow = z
  .object({
    day: z.string(),
    provider: z.enum(MODEL_PROVIDERS),
    model: z.string(),
    feature: z.enum(LANGUAGE_FEATURES),
    calls: Count,
    failed: Count.openapi({
      description: "Calls whose answer was not used: rules answered, or a second call.",
    }),
    unpriced: Count.openapi({ description: "Calls of a model without a price here: not in cost_usd." }),
    input_tokens: Count.openapi({ description: "Neither written to a cache nor found there." }),
    cache_write_tokens: Count,
    cache_read_tokens: Count,
    output_tokens: Count,
    cost_usd: Cost,
  })
  .openapi("AiUsageRow");

const Budget = z.object({
  budget_minor: z.number().int().nullable().openapi({ description: "US cents; null: no limit." }),
  spent_minor: z.number().openapi({ description: "US cents, four decimals.", example: 1.2345 }),
});
const Usage = z
  .object({
    from: z.string(),
    to: z.string(),
    cost_usd: Cost,
    today: Budget,
    this_month: Budget,
    prices_as_of: z
      .record(z.string(), z.string())
      .openapi({ description: "When each provider's price list was looked at." }),
    data: z.array(UsageRow),
  })
  .openapi("AiUsage");

const MOST_DAYS = 366;
const DAY_MS = 86_400_000;
const MICROS = 1_000_000;
const minorOf = (micros: number) => micros / 10_000;

/** What language models have been used for, and what that cost. */
export const aiUsageRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "getAiUsage",
      method: "get",
      path: "/v1/ai/usage",
      tag: "AI",
      summary: "Show what language models were used for and cost",
      description: "By local day, provider, model and feature, newest day first. Rules cost nothing.",
      query: Span,
      answer: Usage,
    },
    async ({ tx, auth: { workspaceId }, query }) => {
      const workspace = await findWorkspace(tx, workspaceId);
      if (workspace === undefined) throw new DomainError("not_found", "The workspace is gone.");
      const today = localIso(workspace.time_zone, (await databaseNow(tx)).getTime()).slice(0, 10);
      const to = query.to ?? today;
      const from = query.from ?? `${to.slice(0, 8)}01`;
      checkSpan(from, to);
      const rows = await listLanguageUsage(tx, workspaceId, { from, to });
      const spent = await sumLanguageCost(tx, workspaceId);
      const { budget_day_minor, budget_month_minor } = settingsOf(workspace.settings).language;
      return {
        from,
        to,
        cost_usd: rows.reduce((sum, row) => sum + row.cost_micros, 0) / MICROS,
        today: { budget_minor: budget_day_minor, spent_minor: minorOf(spent.day) },
        this_month: { budget_minor: budget_month_minor, spent_minor: minorOf(spent.month) },
        prices_as_of: PRICES_AS_OF,
        data: rows.map(({ cost_micros, ...row }) => ({ ...row, cost_usd: cost_micros / MICROS })),
      };
    },
  );
};

function checkSpan(from: string, to: string): void {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (days < 0)
    throw new DomainError("validation", "from lies after to.", { field: "from", fix: "Exchange them." });
  if (days >= MOST_DAYS)
    throw new DomainError("validation", `A span may have ${MOST_DAYS} days.`, {
      field: "from",
      fix: "Ask year by year.",
    });
}
