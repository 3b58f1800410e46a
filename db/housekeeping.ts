import { sql } from "kysely";
import { BUCKETS_KEPT_MS } from "../domain/pace.ts";
import type { Db } from "./connect.ts";

/** Answers that were kept for repeated requests, a day after the first. */
export async function deleteOldIdempotencyKeys(db: Db): Promise<number> {
  const gone = await sql`delete from idempotency_keys where created_at < now() - interval '24 hours'`.execute(
    db,
  );
  return Number(gone.numAffectedRows ?? 0);
}

/** Budget minutes that no limit looks at any more. */
export async function deleteOldMinutes(db: Db): Promise<number> {
  const gone = await sql`delete from sender_minutes
    where minute < now() - ${BUCKETS_KEPT_MS} * interval '1 millisecond'`.execute(db);
  return Number(gone.numAffectedRows ?? 0);
}
