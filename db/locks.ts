import { sql } from "kysely";
import type { Tx } from "./connect.ts";

/**
 * Serialises everything that decides or changes whether these people may be messaged: opt-outs, suppressions and
 * the intent to send take the same locks, until their transaction ends. Always before any row of theirs is locked,
 * and in one order (ids ascending), so that two callers never wait for each other.
 * The key is the low half of the UUID: 62 random bits.
 */
export async function lockContacts(tx: Tx, contactIds: readonly string[]): Promise<void> {
  if (contactIds.length === 0) return;
  await sql`
    select pg_advisory_xact_lock(('x' || right(replace(id::text, '-', ''), 16))::bit(64)::bigint)
    from (select distinct id from unnest(${contactIds as string[]}::uuid[]) id order by id) ids`.execute(tx);
}
