import { type Insertable, sql } from "kysely";
import type { MessageState } from "../domain/receipts.ts";
import type { Db, Tx } from "./connect.ts";
import type { MessageFallbacks } from "./schema.ts";

/** What is to go out on another channel where this message does not arrive; part of the transaction that queues it. */
export async function insertFallback(tx: Tx, fallback: Insertable<MessageFallbacks>): Promise<void> {
  await tx.insertInto("message_fallbacks").values(fallback).execute();
}

/** How the fallback of a message stands; undefined where it has none. */
export function findFallback(db: Db, workspaceId: string, messageId: string) {
  return db
    .selectFrom("message_fallbacks")
    .select(["channel", "due_at", "settled_at", "outcome", "reason", "fallback_id"])
    .where("workspace_id", "=", workspaceId)
    .where("message_id", "=", messageId)
    .executeTakeFirst();
}

export interface ReadyFallback {
  message_id: string;
  workspace_id: string;
  contact_id: string;
}

/**
 * Looks at open fallbacks whose turn it is and puts the next look of each off: by a quarter of what
 * it has waited, a second at least and a minute at most. Gives those with something to decide; should that fail, the
 * next look gives them again.
 */
export async function takeReady(db: Db, limit: number): Promise<ReadyFallback[]> {
  const { rows } = await sql<ReadyFallback & { ready: boolean }>`
    with due as (
      select message_id from message_fallbacks where settled_at is null and look_at <= now()
      order by look_at limit ${limit} for update skip locked
    )
    update message_fallbacks f
    set look_at = least(case when f.due_at > clock_timestamp() then f.due_at end,
      clock_timestamp() + least(greatest((clock_timestamp() - f.created_at) / 4, interval '1 second'), interval '1 minute'))
    from due join messages m on m.id = due.message_id
    where f.message_id = due.message_id
    returning f.message_id, f.workspace_id, m.contact_id,
      m.state not in ('queued', 'sending', 'uncertain', 'accepted', 'sent')
        or f.due_at <= clock_timestamp() or m.expires_at <= clock_timestamp() as ready`.execute(db);
  return rows.filter((row) => row.ready);
}

/** An open fallback with the message it stands in for, both locked. */
export interface OpenFallback {
  message_id: string;
  channel: "whatsapp" | "sms";
  template_id: string | null;
  body: string | null;
  variables: Record<string, unknown>;
  contact_id: string;
  first_channel: "whatsapp" | "sms";
  purpose: "marketing" | "transactional";
  state: MessageState;
  reason: string | null;
  skipped: string | null;
  address: string | null;
  expires_at: Date;
  overdue: boolean;
  now: Date;
}

/** Undefined where somebody else has settled it. The caller holds the person's lock. */
export async function lockFallback(tx: Tx, messageId: string): Promise<OpenFallback | undefined> {
  const { rows } = await sql<OpenFallback>`
    select f.message_id, f.channel, f.template_id, f.body, f.variables, m.contact_id, m.channel as first_channel,
      m.purpose, m.state, m.reason, m.detail ->> 'skipped' as skipped, m.address, m.expires_at,
      coalesce(f.due_at <= clock_timestamp(), false) as overdue, clock_timestamp() as now
    from message_fallbacks f join messages m on m.id = f.message_id
    where f.message_id = ${messageId} and f.settled_at is null
    for no key update of f, m`.execute(tx);
  return rows[0];
}

/** Ends a locked fallback; its words are not kept twice. */
export async function settleFallback(
  tx: Tx,
  messageId: string,
  end: { outcome: "sent" | "not_needed" | "dropped"; reason: string; fallbackId: string | null },
): Promise<void> {
  await sql`
    update message_fallbacks set settled_at = clock_timestamp(), outcome = ${end.outcome}, reason = ${end.reason},
      fallback_id = ${end.fallbackId}, body = null, variables = '{}'
    where message_id = ${messageId} and settled_at is null`.execute(tx);
}

/**
 * Another message has taken the place of a locked one: while it waits it is withdrawn, and should the provider hand it
 * back it is too late to be sent again.
 */
export async function withdrawPrimary(tx: Tx, messageId: string): Promise<void> {
  await sql`
    update messages set
      state = case when due_at is null then state else 'cancelled' end,
      reason = case when due_at is null then reason else 'fallback' end,
      due_at = null, expires_at = least(expires_at, clock_timestamp())
    where id = ${messageId} and state in ('queued', 'accepted', 'sent')`.execute(tx);
}

/** The words that wait for a person who is erased. */
export async function forgetFallbacks(tx: Tx, workspaceId: string, contactId: string): Promise<void> {
  await sql`
    delete from message_fallbacks f using messages m
    where m.id = f.message_id and m.contact_id = ${contactId} and f.workspace_id = ${workspaceId}
      and f.settled_at is null`.execute(tx);
}
