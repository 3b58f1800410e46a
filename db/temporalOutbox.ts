import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** What a committed transaction owes to Temporal: wake this workflow, starting it where it does not run. */
export interface Wake {
  workspaceId: string;
  workflowId: string;
  type: string;
  input: Record<string, unknown>;
  summary: string;
  attributes: { campaignId?: string; senderId?: string; channel?: string };
  /** Not to be told before so many milliseconds are over. */
  afterMs?: number;
}

/** Part of the caller's transaction. Wakes of one workflow merge: the newest says it all, as a wake only means "look". */
export async function oweWake(tx: Db, wakes: readonly Wake[]): Promise<void> {
  if (wakes.length === 0) return;
  const newest = new Map(wakes.map((wake) => [wake.workflowId, wake]));
  const rows = [...newest.values()].map((wake) => ({
    workflow_id: wake.workflowId,
    request: "wake",
    workspace_id: wake.workspaceId,
    input: JSON.stringify(wake),
    next_try_at: sql<Date>`now() + ${wake.afterMs ?? 0} * interval '1 millisecond'`,
  }));
  await tx
    .insertInto("temporal_outbox")
    .values(rows.sort((a, b) => (a.workflow_id < b.workflow_id ? -1 : 1)))
    .onConflict((conflict) =>
      conflict.columns(["workflow_id", "request"]).doUpdateSet({
        version: sql`temporal_outbox.version + 1`,
        input: sql`excluded.input`,
        next_try_at: sql`excluded.next_try_at`,
      }),
    )
    .execute();
}

/** A wake that is owed, as it was written; `version` tells whether another has been merged into it since. */
export interface OwedRow {
  workflow_id: string;
  input: Wake;
  version: number;
}

const CLAIM_SECONDS = 10;

/** Takes what is due, oldest first; whoever takes a row has ten seconds for it before others may. */
export async function takeOwed(db: Db, limit: number): Promise<OwedRow[]> {
  const { rows } = await sql<OwedRow>`
    update temporal_outbox o set next_try_at = now() + ${CLAIM_SECONDS} * interval '1 second', tries = o.tries + 1
    from (select workflow_id, request from temporal_outbox where next_try_at <= now()
      order by next_try_at limit ${limit} for update skip locked) due
    where o.workflow_id = due.workflow_id and o.request = due.request
    returning o.workflow_id, o.input, o.version`.execute(db);
  return rows;
}

/** Paid; unless the same workflow was owed another wake meanwhile. */
export async function forgetWake(db: Db, row: OwedRow): Promise<void> {
  await db
    .deleteFrom("temporal_outbox")
    .where("workflow_id", "=", row.workflow_id)
    .where("version", "=", row.version)
    .execute();
}

/** Not paid: the next try comes after 1, 2, 4 … 60 seconds. */
export async function keepWake(db: Db, row: OwedRow, why: string): Promise<void> {
  await db
    .updateTable("temporal_outbox")
    .set({ next_try_at: sql`now() + least(power(2, tries - 1), 60) * interval '1 second'`, last_error: why })
    .where("workflow_id", "=", row.workflow_id)
    .where("version", "=", row.version)
    .execute();
}
