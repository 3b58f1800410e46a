import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** What a committed transaction owes to Temporal: wake this workflow, starting it where it does not run. */
export interface OwedWake {
  workspaceId: string;
  workflowId: string;
}

/** Part of the caller's transaction. Wakes of one workflow merge: the newest says it all, as a wake only means "look". */
export async function oweWake(tx: Db, wakes: readonly OwedWake[]): Promise<void> {
  if (wakes.length === 0) return;
  const rows = wakes.map((wake) => ({
    workflow_id: wake.workflowId,
    request: "wake",
    workspace_id: wake.workspaceId,
    input: JSON.stringify(wake),
  }));
  await tx
    .insertInto("temporal_outbox")
    .values(rows.sort((a, b) => (a.workflow_id < b.workflow_id ? -1 : 1)))
    .onConflict((conflict) =>
      conflict.columns(["workflow_id", "request"]).doUpdateSet({
        version: sql`temporal_outbox.version + 1`,
        input: sql`excluded.input`,
        next_try_at: sql`now()`,
      }),
    )
    .execute();
}
