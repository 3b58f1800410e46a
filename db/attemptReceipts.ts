import { sql } from "kysely";
import { type AttemptState, ATTEMPT_RANK, climb } from "../domain/receipts.ts";
import type { Refusal } from "../domain/twilioErrors.ts";
import type { Tx } from "./connect.ts";

/** One receipt of a provider, for the attempt whose id it carries. */
export interface Receipt {
  messageId: string;
  n: number;
  /** Null where the attempt is known by its own id alone. */
  providerSid: string | null;
  state: AttemptState;
  errorCode: string | null;
  /** What a failure means; where it is not given, Twilio's table tells by the code. */
  refusal?: Refusal | undefined;
  at: Date;
}

/** What tells attempts apart. */
export const attemptKey = (of: { messageId: string; n: number }) => `${of.messageId}.${of.n}`;

/** Of each attempt the news that counts, in the order of the messages' ids. */
export function highestPerAttempt(receipts: readonly Receipt[]): Receipt[] {
  const best = new Map<string, Receipt>();
  for (const receipt of receipts) {
    const known = best.get(attemptKey(receipt));
    if (known === undefined || climb(known.state, receipt.state) !== known.state)
      best.set(attemptKey(receipt), receipt);
  }
  return [...best.values()].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
}

/** Gives the attempts that this news raised; one that was told already, or told better, is not among them. */
export async function raiseAttempts(
  tx: Tx,
  workspaceId: string,
  receipts: readonly Receipt[],
): Promise<Set<string>> {
  const { rows } = await sql<{ key: string }>`
    update attempts a set receipt_state = u.state, receipt_rank = u.rank, receipt_at = u.at,
      provider_sid = coalesce(a.provider_sid, case when not exists (
        select from attempts other where other.provider_sid = u.sid) then u.sid end),
      error_code = coalesce(u.error_code, a.error_code), outcome = 'accepted', settled_at = coalesce(a.settled_at, clock_timestamp()), open_at = null,
      settled_by = case when a.outcome = 'accepted' then a.settled_by else 'receipt' end
    from unnest(${receipts.map((r) => r.messageId)}::uuid[], ${receipts.map((r) => r.n)}::smallint[],
      ${receipts.map((r) => r.state)}::text[], ${receipts.map((r) => ATTEMPT_RANK[r.state])}::smallint[],
      ${receipts.map((r) => r.providerSid)}::text[], ${receipts.map((r) => r.errorCode)}::text[],
      ${receipts.map((r) => r.at)}::timestamptz[]) u (id, n, state, rank, sid, error_code, at)
    where a.message_id = u.id and a.n = u.n and a.workspace_id = ${workspaceId} and a.receipt_rank < u.rank
    returning a.message_id || '.' || a.n as key`.execute(tx);
  return new Set(rows.map((row) => row.key));
}

/** Of each message the states of all its attempts, oldest first. */
export async function attemptStates(tx: Tx, ids: readonly string[]): Promise<Map<string, AttemptState[]>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{
    message_id: string;
    outcome: AttemptState;
    receipt_state: AttemptState | null;
  }>`
    select message_id, outcome, receipt_state from attempts
    where message_id = any(${ids as string[]}::uuid[]) order by message_id, n`.execute(tx);
  const states = new Map<string, AttemptState[]>();
  for (const row of rows) {
    const state = row.receipt_state === null ? row.outcome : climb(row.outcome, row.receipt_state);
    states.set(row.message_id, [...(states.get(row.message_id) ?? []), state]);
  }
  return states;
}
