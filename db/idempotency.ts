import { sql } from "kysely";
import type { Tx } from "./connect.ts";

/**
 * Takes `key` for the length of the transaction; false where another request holds it now. A process that dies
 * loses the lock with its work, so nothing is left to clean up.
 */
export async function holdIdempotencyKey(tx: Tx, workspaceId: string, key: string): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`idempotency:${workspaceId}:${key}`}, 0)) as held`.execute(
    tx,
  );
  return rows[0]?.held === true;
}

/** The kept answer of a key, for 24 hours. */
export function findIdempotentAnswer(tx: Tx, workspaceId: string, key: string) {
  return tx
    .selectFrom("idempotency_keys")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("key", "=", key)
    .where("created_at", ">", sql<Date>`now() - interval '24 hours'`)
    .executeTakeFirst();
}

export interface IdempotentAnswer {
  workspace_id: string;
  key: string;
  route: string;
  body_hash: Buffer;
  status: number;
  response: unknown;
}

/** Keeps an answer; one that has outlived its 24 hours gives way. */
export async function keepIdempotentAnswer(tx: Tx, answer: IdempotentAnswer): Promise<void> {
  const row = { ...answer, response: JSON.stringify(answer.response) };
  await tx
    .insertInto("idempotency_keys")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["workspace_id", "key"]).doUpdateSet({ ...row, created_at: sql`now()` }),
    )
    .execute();
}
