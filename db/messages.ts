import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";

const shown = [
  "id",
  "contact_id",
  "campaign_id",
  "conversation_id",
  "sender_id",
  "template_id",
  "direction",
  "channel",
  "purpose",
  "state",
  "reason",
  "detail",
  "error_code",
  "address",
  "body",
  "parts",
  "attempts",
  "due_at",
  "expires_at",
  "created_at",
  "intended_at",
  "accepted_at",
  "sent_at",
  "delivered_at",
  "read_at",
  "failed_at",
  "replied_at",
] as const;

export function findMessage(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("messages")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** The calls to the provider for these messages, oldest first. */
export function listAttempts(db: Db, workspaceId: string, messageIds: readonly string[]) {
  return db
    .selectFrom("attempts")
    .select(["message_id", "n", "intended_at", "settled_at", "outcome", "settled_by"])
    .select(["receipt_state", "receipt_at", "provider_sid", "error_code", "call_id"])
    .where("workspace_id", "=", workspaceId)
    .where(sql<boolean>`message_id = any(${messageIds as string[]}::uuid[])`)
    .orderBy("intended_at")
    .orderBy("n")
    .execute();
}

/** A message whose last call nobody knows the end of. */
export interface UncertainMessage {
  id: string;
  sender_id: string;
  channel: string;
  /** The attempt's number. */
  n: number;
  age_ms: number;
  /** Of e-mail: the call that it went out with, which is settled as a whole. */
  call_id: string | null;
}

/** Locks a message that is in doubt; undefined where it is not (any more). Its campaign is locked before. */
export async function lockUncertain(
  tx: Tx,
  workspaceId: string,
  id: string,
): Promise<UncertainMessage | undefined> {
  const { rows } = await sql<UncertainMessage>`
    select m.id, m.sender_id, m.channel, a.n, a.call_id,
      (extract(epoch from clock_timestamp() - a.intended_at) * 1000)::float8 as age_ms
    from messages m join attempts a on a.message_id = m.id and a.n = m.attempts
    where m.id = ${id} and m.workspace_id = ${workspaceId} and m.state = 'uncertain' and a.outcome = 'uncertain'
    for no key update of m, a`.execute(tx);
  return rows[0];
}

/** Keeps with a message how an operator has settled it; what they noted goes when its person is erased. */
export async function noteSettled(
  tx: Tx,
  workspaceId: string,
  id: string,
  settled: { outcome: string; by: string; note: string },
): Promise<void> {
  await sql`
    update messages set detail = coalesce(detail, '{}') || jsonb_build_object('settled', ${JSON.stringify(settled)}::jsonb)
    where id = ${id} and workspace_id = ${workspaceId}`.execute(tx);
}
