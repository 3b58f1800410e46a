import { sql } from "kysely";
import { climbedBack, slowedDown } from "../domain/pace.ts";
import { lockOpenCampaigns } from "./campaigns.ts";
import type { Db, Tx } from "./connect.ts";

/** How one attempt ended, as far as our own call tells, and what becomes of its message. */
export interface Settlement {
  messageId: string;
  n: number;
  outcome: "accepted" | "refused" | "not_sent" | "uncertain";
  settledBy: "answer" | "listing" | "deadline" | "receipt" | "cancelled" | `operator:${string}`;
  providerSid: string | null;
  errorCode: string | null;
  message: {
    state: "accepted" | "queued" | "failed" | "uncertain" | "cancelled";
    /** From now; only where the state is queued. */
    dueInMs: number;
    reason: string | null;
    /** Counts as one of the three refusals. */
    counts: boolean;
    /** The person is left alone until then; counts as a hold. */
    holdsRecipient: boolean;
  };
}

/**
 * Writes how attempts ended. What a receipt has already settled stays as it is: receipts know better.
 * Fenced on the attempt's number, which no index but the key holds; a budget that was not used is given back.
 */
export async function settleAttempts(tx: Tx, settlements: readonly Settlement[]): Promise<void> {
  if (settlements.length === 0) return;
  const ended = await findEnded(tx, settlements);
  const rows = settlements
    .toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1))
    .map((one) => (ended.has(one.messageId) ? { ...one, message: withdrawn } : one));
  const column = <T>(pick: (one: Settlement) => T) => rows.map(pick);
  await sql`
    with u as (
      select * from unnest(${column((s) => s.messageId)}::uuid[], ${column((s) => s.n)}::smallint[],
        ${column((s) => s.message.state)}::text[], ${column((s) => s.message.dueInMs)}::float8[],
        ${column((s) => s.message.reason)}::text[], ${column((s) => s.errorCode)}::text[],
        ${column((s) => s.message.counts)}::bool[], ${column((s) => s.message.holdsRecipient)}::bool[])
        as u (id, n, state, due_in_ms, reason, error_code, counts, holds)
    )
    update messages m set state = u.state,
      due_at = case when u.state = 'queued' then clock_timestamp() + u.due_in_ms * interval '1 millisecond' end,
      accepted_at = case when u.state = 'accepted' then clock_timestamp() else m.accepted_at end,
      failed_at = case when u.state = 'failed' then clock_timestamp() else m.failed_at end,
      refusals = m.refusals + case when u.counts then 1 else 0 end,
      reason = u.reason, error_code = coalesce(u.error_code, m.error_code),
      detail = case when u.holds then coalesce(m.detail, '{}') || jsonb_build_object(
          'holds', coalesce((m.detail ->> 'holds')::int, 0) + 1,
          'recipient_hold_until', clock_timestamp() + u.due_in_ms * interval '1 millisecond')
        else m.detail end
    from u where m.id = u.id and m.attempts = u.n and m.state in ('sending', 'uncertain')`.execute(tx);
  await sql`
    with u as (
      select * from unnest(${column((s) => s.messageId)}::uuid[], ${column((s) => s.n)}::smallint[],
        ${column((s) => s.outcome)}::text[], ${column((s) => s.settledBy)}::text[],
        ${column((s) => s.providerSid)}::text[], ${column((s) => s.errorCode)}::text[])
        as u (id, n, outcome, settled_by, provider_sid, error_code)
    ), settled as (
      update attempts a set outcome = u.outcome,
        settled_at = case when u.outcome = 'uncertain' then null else clock_timestamp() end,
        settled_by = case when u.outcome = 'uncertain' then null else u.settled_by end,
        open_at = case when u.outcome = 'uncertain' then a.open_at end,
        provider_sid = coalesce(a.provider_sid, case when not exists (
          select from attempts other where other.provider_sid = u.provider_sid) then u.provider_sid end),
        error_code = u.error_code
      from u where a.message_id = u.id and a.n = u.n and a.outcome in ('open', 'uncertain')
      returning a.sender_id, a.outcome, date_trunc('minute', a.intended_at) as minute
    )
    update sender_minutes b set used = greatest(0, b.used - g.unused)
    from (select sender_id, minute, count(*)::int as unused from settled where outcome = 'not_sent' group by 1, 2) g
    where b.sender_id = g.sender_id and b.minute = g.minute`.execute(tx);
}

const withdrawn: Settlement["message"] = {
  state: "cancelled",
  dueInMs: 0,
  reason: "campaign_cancelled",
  counts: false,
  holdsRecipient: false,
};

/** Messages that would wait again for a campaign that has ended: nothing would ever send them. */
async function findEnded(tx: Tx, settlements: readonly Settlement[]): Promise<Set<string>> {
  const again = settlements.filter((one) => one.message.state === "queued").map((one) => one.messageId);
  const open = await lockOpenCampaigns(tx, again);
  if (again.length === 0) return new Set();
  const { rows } = await sql<{ id: string; campaign_id: string }>`
    select id, campaign_id from messages
    where id = any(${again}::uuid[]) and campaign_id is not null`.execute(tx);
  return new Set(rows.filter((row) => !open.has(row.campaign_id)).map((row) => row.id));
}

/** Attempts that nobody has settled: those open by themselves, and those of open calls that take many (decision 0023). */
export const openAttempts = sql`(
  select message_id, n, sender_id, epoch, outcome, intended_at from attempts where open_at is not null
  union all
  select t.message_id, t.n, c.sender_id, t.epoch, t.outcome, t.intended_at from email_calls c
  join attempts t on t.call_id = c.id where c.settled_at is null and t.settled_at is null)`;

/** What a slice that died has left open is in doubt from here on. Messages are locked before attempts, as everywhere. */
export async function doubtAbandoned(db: Db, senderId: string, epoch: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with left_open as materialized (
      select a.message_id, a.n from ${openAttempts} a join messages m on m.id = a.message_id
      where a.sender_id = ${senderId} and a.epoch < ${epoch} and a.outcome = 'open'
      order by m.id for no key update of m
    ), doubted as (
      update attempts a set outcome = 'uncertain' from left_open o
      where a.message_id = o.message_id and a.n = o.n and a.outcome = 'open'
      returning a.message_id, a.n
    ), marked as (
      update messages m set state = 'uncertain' from doubted d
      where m.id = d.message_id and m.attempts = d.n and m.state = 'sending' returning m.id
    )
    select count(*) as n from doubted`.execute(db);
  return rows[0]?.n ?? 0;
}

/** An attempt that nobody knows the end of, with what the provider's list is searched by. */
export interface DoubtfulAttempt {
  message_id: string;
  n: number;
  channel: "whatsapp" | "sms";
  address: string;
  body: string | null;
  age_ms: number;
  /** When a listing first showed nothing of it. */
  absent_for_ms: number | null;
}

export async function findDoubtful(db: Db, senderId: string, limit: number): Promise<DoubtfulAttempt[]> {
  const { rows } = await sql<DoubtfulAttempt>`
    select a.message_id, a.n, m.channel, m.address, m.body,
      (extract(epoch from clock_timestamp() - a.intended_at) * 1000)::float8 as age_ms,
      (extract(epoch from clock_timestamp() - (a.detail ->> 'absent_since')::timestamptz) * 1000)::float8 as absent_for_ms
    from attempts a join messages m on m.id = a.message_id
    where a.sender_id = ${senderId} and a.open_at is not null and a.outcome = 'uncertain'
    order by a.open_at limit ${limit}`.execute(db);
  return rows;
}

/** How many attempts of this sender are in doubt. */
export async function countDoubtful(db: Db, senderId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${openAttempts} a where a.sender_id = ${senderId} and a.outcome = 'uncertain'`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}

/** Remembers that a listing did not show this attempt; the first such moment counts. */
export async function noteAbsent(db: Db, messageId: string, n: number): Promise<void> {
  await sql`
    update attempts set detail = jsonb_build_object('absent_since', clock_timestamp()) || coalesce(detail, '{}')
    where message_id = ${messageId} and n = ${n} and outcome = 'uncertain'`.execute(db);
}

/** How many attempts between the same two addresses with the same text nobody knows the end of, this one included. */
export async function countAlike(db: Db, attempt: { message_id: string }): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from messages mine
    join messages m on m.contact_id = mine.contact_id and m.sender_id = mine.sender_id
      and m.address = mine.address and m.body is not distinct from mine.body
    join attempts a on a.message_id = m.id and a.outcome in ('open', 'uncertain') and a.provider_sid is null
    where mine.id = ${attempt.message_id}`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Of these provider SIDs, those that belong to attempts already. */
export async function findBoundSids(db: Db, sids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ provider_sid: string }>`
    select provider_sid from attempts where provider_sid = any(${sids as string[]})`.execute(db);
  return new Set(rows.map((row) => row.provider_sid));
}

/**
 * Halves what a sender's pace has climbed back to, at most once a second, and keeps it silent for as long as the
 * provider asks.
 */
export async function slowSender(tx: Tx, senderId: string, waitMs: number, minuteMs: number): Promise<void> {
  const { rows } = await sql<{ rate_factor: number; slowed_at: Date | null; now: Date }>`
    select rate_factor, slowed_at, clock_timestamp() as now from sender_pace
    where sender_id = ${senderId} for no key update`.execute(tx);
  const pace = rows[0];
  if (pace === undefined) return;
  const slowedAt = pace.slowed_at?.getTime() ?? 0;
  const now = pace.now.getTime();
  const factor =
    now - slowedAt < 1_000
      ? pace.rate_factor
      : slowedDown(climbedBack(pace.rate_factor, slowedAt, now, minuteMs));
  await sql`
    update sender_pace set rate_factor = ${factor}, slowed_at = clock_timestamp(),
      next_send_at = greatest(next_send_at, clock_timestamp() + ${waitMs} * interval '1 millisecond')
    where sender_id = ${senderId}`.execute(tx);
}

/** Takes a sender out of service, with the reason that the operator reads; false where it was not active. */
export async function stopSender(tx: Db, senderId: string, reason: string): Promise<boolean> {
  const row = await tx
    .updateTable("senders")
    .set({ status: "stopped", status_reason: reason, updated_at: sql`now()` })
    .where("id", "=", senderId)
    .where("status", "=", "active")
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}
