import { sql } from "kysely";
import type { LanguageFeature, ModelProvider } from "../domain/language/providers.ts";
import type { TokenUsage } from "../domain/language/prices.ts";
import type { LanguageSettings } from "../domain/languageSettings.ts";
import { settingsOf } from "../domain/settings.ts";
import { openAlert, resolveAlert } from "./alerts.ts";
import type { Db } from "./connect.ts";
import { findWorkspace } from "./workspaces.ts";

/** What a workspace has set of its language work. */
export async function findLanguageSettings(db: Db, workspaceId: string): Promise<LanguageSettings> {
  return settingsOf((await findWorkspace(db, workspaceId))?.settings).language;
}

/** What models have cost since the beginning of the local day and month, in millionths of a US dollar. */
export async function sumLanguageCost(db: Db, workspaceId: string): Promise<{ day: number; month: number }> {
  const { rows } = await sql<{ day: number; month: number }>`
    select coalesce(sum(u.cost_micros) filter (where u.day = today.day), 0)::float8 as day,
      coalesce(sum(u.cost_micros), 0)::float8 as month
    from (select (now() at time zone time_zone)::date as day from workspaces where id = ${workspaceId}) as today
      left join ai_usage u on u.workspace_id = ${workspaceId} and u.day >= date_trunc('month', today.day)
        and u.day <= today.day`.execute(db);
  return rows[0] ?? { day: 0, month: 0 };
}

export interface NewLanguageCall {
  workspaceId: string;
  feature: LanguageFeature;
  prompt: string;
  provider: ModelProvider;
  model: string;
  outcome: string;
  usage: TokenUsage;
  costMicros: number | null;
  milliseconds: number;
}

/** A call of a model, and what it adds to the figures of its local day: in one statement, so that both or none are. */
export async function insertLanguageCall(db: Db, call: NewLanguageCall): Promise<void> {
  const { workspaceId, feature, provider, model, outcome, usage, costMicros } = call;
  const answered = outcome === "answered";
  await sql`
    with call as (
      insert into ai_calls (workspace_id, feature, prompt, provider, model, outcome, input_tokens, cache_write_tokens,
        cache_read_tokens, output_tokens, cost_micros, milliseconds)
      values (${workspaceId}, ${feature}, ${call.prompt}, ${provider}, ${model}, ${outcome}, ${usage.input},
        ${usage.cacheWrite}, ${usage.cacheRead}, ${usage.output}, ${costMicros}, ${call.milliseconds})
      returning *
    )
    insert into ai_usage as u (workspace_id, day, provider, model, feature, calls, failed, unpriced, input_tokens,
      cache_write_tokens, cache_read_tokens, output_tokens, cost_micros)
    select c.workspace_id, (c.at at time zone w.time_zone)::date, c.provider, c.model, c.feature, 1,
      ${answered ? 0 : 1}, ${costMicros === null ? 1 : 0}, c.input_tokens, c.cache_write_tokens, c.cache_read_tokens,
      c.output_tokens, coalesce(c.cost_micros, 0)
    from call c join workspaces w on w.id = c.workspace_id
    on conflict (workspace_id, day, provider, model, feature) do update set
      calls = u.calls + 1, failed = u.failed + excluded.failed, unpriced = u.unpriced + excluded.unpriced,
      input_tokens = u.input_tokens + excluded.input_tokens,
      cache_write_tokens = u.cache_write_tokens + excluded.cache_write_tokens,
      cache_read_tokens = u.cache_read_tokens + excluded.cache_read_tokens,
      output_tokens = u.output_tokens + excluded.output_tokens, cost_micros = u.cost_micros + excluded.cost_micros`.execute(
    db,
  );
}

/** One alert for each budget that is used up; it closes by itself once there is room again. */
export async function tellLanguageBudget(
  db: Db,
  workspaceId: string,
  usedUp: Readonly<Record<"day" | "month", boolean>>,
): Promise<void> {
  for (const span of ["day", "month"] as const) {
    const cause = `language_budget:${span}`;
    if (!usedUp[span]) await resolveAlert(db, workspaceId, cause);
    else
      await openAlert(db, {
        workspace_id: workspaceId,
        alert_type: "language_budget",
        severity: "medium",
        cause,
        subject_kind: "workspace",
        subject_id: workspaceId,
        suggestion: `Rules do the language work until the ${span} is over. Raise settings.language.budget_${span}_minor, or look at GET /v1/ai/usage for what it went on.`,
      });
  }
}

/** Calls one by one are kept for so long; their figures by day stay. */
export async function deleteOldLanguageCalls(db: Db, days: number): Promise<number> {
  const gone = await sql`delete from ai_calls where at < now() - ${days} * interval '1 day'`.execute(db);
  return Number(gone.numAffectedRows ?? 0);
}

/** Usage by local day, provider, model and feature; both days count. */
export function listLanguageUsage(db: Db, workspaceId: string, span: { from: string; to: string }) {
  return db
    .selectFrom("ai_usage")
    .select([
      sql<string>`to_char(day, 'YYYY-MM-DD')`.as("day"),
      "provider",
      "model",
      "feature",
      "calls",
      "failed",
      "unpriced",
      "input_tokens",
      "cache_write_tokens",
      "cache_read_tokens",
      "output_tokens",
      "cost_micros",
    ])
    .where("workspace_id", "=", workspaceId)
    .where("day", ">=", span.from)
    .where("day", "<=", span.to)
    .orderBy("day", "desc")
    .orderBy("provider")
    .orderBy("model")
    .orderBy("feature")
    .execute();
}
