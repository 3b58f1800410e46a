import { sql } from "kysely";
import type { LeadScoreSettings } from "../domain/leadQuality.ts";
import { type LeadScore, type ScoreWeights, scoreLead } from "../domain/leadScore.ts";
import type { Db, Tx } from "./connect.ts";
import { type LeadRow, readLeadFacts } from "./leadFacts.ts";
import { markLeads } from "./leadMarks.ts";
import { qualify } from "./qualifiedLeads.ts";
import { belongsTo } from "./tenant.ts";

/** How a workspace scores its people. */
export interface Scoring {
  workspaceId: string;
  settings: LeadScoreSettings;
  weights: ScoreWeights;
}

export interface ScoredLead {
  facts: LeadRow;
  score: LeadScore;
}

/** Scores as they are at this moment; nothing is written. */
export async function scoreLeads(db: Db, on: Scoring, contactIds: readonly string[]): Promise<ScoredLead[]> {
  const { workspaceId, settings, weights } = on;
  const rows = await readLeadFacts(db, {
    workspaceId,
    contactIds,
    qualifying: settings.qualifying_intents,
  });
  return rows.map((facts) => ({ facts, score: scoreLead(facts, weights) }));
}

/** Why somebody is scored: something happened, a night has passed, the weights have changed. */
export type ScoreCause = "event" | "nightly" | "weights";

export interface ScoreReport {
  people: number;
  /** Whose score is another than before. */
  changed: number;
  /** Who has become a qualified lead, and who is none any more. */
  qualified: number;
  cooled: number;
}

/**
 * Brings the scores of these people up to date: their rows, their history, and whether they are qualified leads. Waits
 * for nobody: who is being changed by somebody else is marked, and comes again. Part of the caller's transaction.
 */
export async function updateScores(
  tx: Tx,
  on: Scoring,
  contactIds: readonly string[],
  cause: ScoreCause,
): Promise<ScoreReport> {
  const free = await lockFree(tx, on.workspaceId, contactIds);
  const leads = await scoreLeads(tx, on, free);
  const changed = await writeScores(tx, leads);
  await writeHistory(tx, on.workspaceId, leads, cause);
  return { people: leads.length, changed, ...(await qualify(tx, on, leads)) };
}

/** Locks the rows that nobody else has locked, and marks the others. */
async function lockFree(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from contacts where id = any(${ids as string[]}::uuid[]) and ${belongsTo("workspace_id", workspaceId)}
    order by id for no key update skip locked`.execute(tx);
  const free = new Set(rows.map((row) => row.id));
  if (free.size < ids.length) {
    const { rows: busy } = await sql<{ id: string }>`
      select id from contacts where id = any(${ids.filter((id) => !free.has(id))}::uuid[])
        and ${belongsTo("workspace_id", workspaceId)}`.execute(tx);
    await markLeads(
      tx,
      workspaceId,
      busy.map((row) => row.id),
    );
  }
  return [...free];
}

const idsOf = (leads: readonly ScoredLead[]) => leads.map(({ facts }) => facts.contact_id);

async function writeScores(tx: Tx, leads: readonly ScoredLead[]): Promise<number> {
  const moved = leads.filter(({ facts, score }) => facts.lead_score !== score.total);
  if (moved.length === 0) return 0;
  await sql`
    update contacts c set lead_score = u.total
    from unnest(${idsOf(moved)}::uuid[], ${moved.map(({ score }) => score.total)}::smallint[]) u (id, total)
    where c.id = u.id`.execute(tx);
  return moved.length;
}

/** So far a score has to be from the last one that was written down. */
const WORTH_A_ROW = 5;

async function writeHistory(
  tx: Tx,
  workspaceId: string,
  leads: readonly ScoredLead[],
  cause: ScoreCause,
): Promise<void> {
  const moved = leads.filter(({ facts, score }) => facts.lead_score !== score.total);
  if (moved.length === 0) return;
  const part = (of: keyof LeadScore["breakdown"]) => moved.map(({ score }) => score.breakdown[of]);
  await sql`
    insert into lead_score_history (workspace_id, contact_id, total, engagement, profile, behavior, timing, cause)
    select ${workspaceId}::uuid, u.id, u.total, u.engagement, u.profile, u.behavior, u.timing, ${cause}
    from unnest(${idsOf(moved)}::uuid[], ${moved.map(({ score }) => score.total)}::smallint[],
      ${part("engagement")}::smallint[], ${part("profile")}::smallint[], ${part("behavior")}::smallint[],
      ${part("timing")}::smallint[]) u (id, total, engagement, profile, behavior, timing)
    left join lateral (select h.total from lead_score_history h where h.contact_id = u.id
      order by h.at desc limit 1) last on true
    where abs(u.total - coalesce(last.total, 0)) >= ${WORTH_A_ROW}
    on conflict do nothing`.execute(tx);
}

/** Somebody with a high score, for a list of them. */
export interface HotContact {
  id: string;
  name: string | null;
  last_activity_at: Date | null;
  qualified_at: Date | null;
}

/** The people with at least this score by their rows, best first. */
export function findHottest(
  db: Db,
  workspaceId: string,
  threshold: number,
  limit: number,
): Promise<HotContact[]> {
  return db
    .selectFrom("contacts as c")
    .leftJoin("qualified_leads as q", (join) =>
      join.onRef("q.contact_id", "=", "c.id").on("q.ended_at", "is", null),
    )
    .select(["c.id", "c.name", "c.last_activity_at", "q.at as qualified_at"])
    .where("c.workspace_id", "=", workspaceId)
    .where("c.erased_at", "is", null)
    .where("c.lead_score", ">=", threshold)
    .orderBy("c.lead_score", "desc")
    .orderBy("c.id", "desc")
    .limit(limit)
    .execute();
}

/** A score that somebody had; `at_us` is its moment in microseconds, for the page behind it. */
export interface PastScore {
  at: Date;
  at_us: number;
  total_score: number;
  breakdown: LeadScore["breakdown"];
  cause: string;
}

/** Newest first. */
export async function listPastScores(
  db: Db,
  workspaceId: string,
  contactId: string,
  page: { beforeUs?: number | undefined; limit: number },
): Promise<PastScore[]> {
  const { rows } = await sql<PastScore>`
    select at, (extract(epoch from at) * 1000000)::bigint as at_us, total as total_score, cause,
      jsonb_build_object('engagement', engagement, 'profile', profile, 'behavior', behavior, 'timing', timing) as breakdown
    from lead_score_history
    where contact_id = ${contactId} and workspace_id = ${workspaceId}
      and (${page.beforeUs ?? null}::bigint is null
        or at < timestamptz 'epoch' + ${page.beforeUs ?? null}::bigint * interval '1 microsecond')
    order by at desc limit ${page.limit}`.execute(db);
  return rows;
}
