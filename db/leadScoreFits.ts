import { sql } from "kysely";
import type { FitJudgement } from "../domain/leadScoreFit.ts";
import type { ScoreWeights } from "../domain/leadScore.ts";
import type { Db, Tx } from "./connect.ts";
import { newestFirst } from "./rows.ts";

const shown = [
  "id",
  "workspace_id",
  "state",
  "requested_by",
  "requested_at",
  "fitted_at",
  "people",
  "people_read",
  "converted",
  "held_out",
  "held_out_converted",
  "auc_default",
  "auc_fitted",
  "gain_low",
  "weights",
  "rescoring",
  "decided_by",
  "decided_at",
] as const;

/** What stands in jsonb. */
type Weighed = { weights: ScoreWeights | null };

/**
 * Undefined where one is under way already. The index's condition is spelt out: a parameter is unknown once the statement
 * has its general plan, and then no index answers to it.
 */
export function insertFit(tx: Tx, workspaceId: string, requestedBy: string) {
  return tx
    .insertInto("lead_score_fits")
    .values({ workspace_id: workspaceId, requested_by: requestedBy })
    .onConflict((on) => on.column("workspace_id").where(sql<boolean>`state = 'requested'`).doNothing())
    .returning(shown)
    .$narrowType<Weighed>()
    .executeTakeFirst();
}

export function findFit(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("lead_score_fits")
    .select(shown)
    .$narrowType<Weighed>()
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** Newest first. */
export function listFits(db: Db, workspaceId: string, page: { before?: string | undefined; limit: number }) {
  const query = db
    .selectFrom("lead_score_fits")
    .select(shown)
    .$narrowType<Weighed>()
    .where("workspace_id", "=", workspaceId);
  return newestFirst(query, page);
}

/** How far it has come. */
export async function tellFitProgress(db: Db, id: string, people: number, read: number): Promise<void> {
  await db
    .updateTable("lead_score_fits")
    .set({ people, people_read: read })
    .where("id", "=", id)
    .where("state", "=", "requested")
    .execute();
}

export interface FitResult extends Partial<FitJudgement> {
  state: "proposed" | "too_few" | "no_better";
  /** Those that the fit is made of, held-out ones among them. */
  people: number;
  converted: number;
  held_out?: number;
  held_out_converted?: number;
  weights?: ScoreWeights;
}

/** Writes down what came of a fit; once. */
export async function finishFit(db: Db, id: string, { weights, ...result }: FitResult): Promise<void> {
  await db
    .updateTable("lead_score_fits")
    .set({
      ...result,
      people_read: result.people,
      weights: weights === undefined ? null : JSON.stringify(weights),
      fitted_at: sql<Date>`now()`,
    })
    .where("id", "=", id)
    .where("state", "=", "requested")
    .execute();
}

type Of = { workspaceId: string; id: string; by: string };

/** Takes the weights of a fit into use, in place of those that are. Undefined where it has none to take. */
export async function acceptFit(tx: Tx, { workspaceId, id, by }: Of) {
  await lockFits(tx, workspaceId);
  const fit = await findFit(tx, workspaceId, id);
  if (fit === undefined || fit.weights === null || fit.state === "accepted") return undefined;
  await sql`
    update lead_score_fits set state = 'dropped', rescoring = false, decided_at = now(), decided_by = ${by}
    where workspace_id = ${workspaceId} and state = 'accepted'`.execute(tx);
  return decide(tx, { workspaceId, id, by }, "accepted", true);
}

/** Drops a fit; where its weights are in use, everybody is scored by the usual ones again. Undefined: it is over. */
export async function dropFit(tx: Tx, { workspaceId, id, by }: Of) {
  await lockFits(tx, workspaceId);
  const fit = await findFit(tx, workspaceId, id);
  if (fit === undefined || !["proposed", "accepted"].includes(fit.state)) return undefined;
  return decide(tx, { workspaceId, id, by }, "dropped", fit.state === "accepted");
}

/** One decision at a time. */
const lockFits = (tx: Tx, workspaceId: string) =>
  sql`select from lead_score_fits where workspace_id = ${workspaceId} order by id for update`.execute(tx);

const decide = (tx: Tx, { workspaceId, id, by }: Of, state: "accepted" | "dropped", rescoring: boolean) =>
  tx
    .updateTable("lead_score_fits")
    .set({ state, rescoring, decided_by: by, decided_at: sql<Date>`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .returning(shown)
    .$narrowType<Weighed>()
    .executeTakeFirst();

/** Everybody has been scored by what was decided then; not where something else has been since. */
export async function finishRescoring(db: Db, id: string, decidedAt: Date | null): Promise<void> {
  await sql`
    update lead_score_fits set rescoring = false
    where id = ${id} and date_trunc('milliseconds', decided_at) = ${decidedAt}`.execute(db);
}

/** Who bought within so many days, the last time each, in an order that has nothing to do with them. */
export async function sampleBuyers(db: Db, workspaceId: string, days: number, limit: number) {
  const { rows } = await sql<{ id: string; at: Date }>`
    select * from (
      select distinct on (o.contact_id) o.contact_id as id, o.at from conversions o
      join contacts c on c.id = o.contact_id and c.erased_at is null
      where o.workspace_id = ${workspaceId} and o.outcome = 'purchased'
        and o.at > now() - ${days} * interval '1 day' and o.at <= now()
      order by o.contact_id, o.at desc) bought
    order by md5(id::text) limit ${limit}`.execute(db);
  return rows;
}

/** Others, in an order that has nothing to do with them. */
export async function sampleOthers(db: Db, workspaceId: string, days: number, limit: number) {
  const { rows } = await sql<{ id: string }>`
    select c.id from contacts c
    where c.workspace_id = ${workspaceId} and c.erased_at is null
      and not exists (select from conversions o where o.contact_id = c.id and o.outcome = 'purchased'
        and o.at > now() - ${days} * interval '1 day')
    order by md5(c.id::text) limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}
