import { sql } from "kysely";
import type { Db } from "./connect.ts";
import type { OfWarmup } from "./warmups.ts";

/**
 * Warmups whose day should have been judged a while ago, as waking them takes it: their run is gone, or has not been told
 * of a change.
 */
export async function findOverdue(
  db: Db,
  minutes: number,
): Promise<{ id: string; workspace_id: string; channel: string }[]> {
  return db
    .selectFrom("warmups as w")
    .innerJoin("senders as s", "s.id", "w.sender_id")
    .select(["s.id", "s.workspace_id", "s.channel"])
    .where("w.state", "=", "running")
    .where("w.day_ends_at", "<", sql<Date>`now() - ${minutes} * interval '1 minute'`)
    .execute();
}

/** A warmup's days, newest first. */
export function listWarmupDays(db: Db, of: OfWarmup, page: { before?: number | undefined; limit: number }) {
  let query = db
    .selectFrom("warmup_days")
    .selectAll()
    .where("workspace_id", "=", of.workspaceId)
    .where("sender_id", "=", of.senderId);
  if (page.before !== undefined) query = query.where("n", "<", page.before);
  return query.orderBy("n", "desc").limit(page.limit).execute();
}
