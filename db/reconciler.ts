import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";

/** An attempt that the provider took and whose end no receipt has told. */
export interface UnfinishedAttempt {
  message_id: string;
  n: number;
  workspace_id: string;
  provider_account_id: string | null;
  provider_sid: string;
}

/** Attempts that have reached an age, and up to where they reach: the cursor once they have been asked about. */
export interface AgedAttempts {
  attempts: UnfinishedAttempt[];
  /** As the database writes it: to the microsecond, which a Date would lose. */
  until: string;
  /** The database's clock: the only one that decides. */
  now: Date;
}

/** How far back a first look goes, in minutes more than the age itself. */
const FIRST_LOOK_MINUTES = 24 * 60;

/**
 * The attempts without a final receipt that have reached this age since the last look at it, oldest first; at least
 * `limit` of them where there are more, as those of one moment stay together.
 */
export async function findUnfinished(db: Db, ageMinutes: number, limit: number): Promise<AgedAttempts> {
  // The limits of time are parameters, so that the planner sees that they are a small part of the table.
  const { rows: spans } = await sql<{ from: string; until: string; now: Date }>`
    select greatest(coalesce((select asked_until from reconciler_cursors where age_minutes = ${ageMinutes}), '-infinity'),
        now() - ${ageMinutes + FIRST_LOOK_MINUTES} * interval '1 minute')::text as from,
      (now() - ${ageMinutes} * interval '1 minute')::text as until, now() as now`.execute(db);
  const span = spans[0] as { from: string; until: string; now: Date };
  const { rows } = await sql<UnfinishedAttempt & { at: string }>`
    select a.message_id, a.n, a.workspace_id, s.provider_account_id, a.provider_sid, a.intended_at::text as at
    from attempts a join senders s on s.id = a.sender_id
    where a.intended_at > ${span.from}::timestamptz and a.intended_at <= ${span.until}::timestamptz
      and a.outcome = 'accepted' and a.provider_sid is not null
      and coalesce(a.receipt_state, 'accepted') in ('accepted', 'sent')
    order by a.intended_at fetch first ${sql.lit(limit)} rows with ties`.execute(db);
  const until = rows.length >= limit ? (rows.at(-1)?.at ?? span.until) : span.until;
  return { attempts: rows.map(({ at: _, ...attempt }) => attempt), until, now: span.now };
}

/** Everything up to there has been asked about at this age. */
export async function advanceReconciler(db: Db, ageMinutes: number, until: string): Promise<void> {
  await sql`insert into reconciler_cursors (age_minutes, asked_until) values (${ageMinutes}, ${until}::timestamptz)
    on conflict (age_minutes) do update
    set asked_until = greatest(reconciler_cursors.asked_until, excluded.asked_until)`.execute(db);
}

/** A sender whose inbound messages are to be asked for, and since when. */
export interface SenderInbox {
  id: string;
  workspace_id: string;
  provider_account_id: string | null;
  channel: "whatsapp" | "sms";
  address: string;
  since: Date;
  /** The database's clock. */
  now: Date;
}

/** How far back the provider is asked at most. */
const LONGEST_ABSENCE_DAYS = 7;

/** The senders that people can write to, longest not asked for first. A new one is asked for since it was added. */
export async function findInboxes(db: Db, limit: number): Promise<SenderInbox[]> {
  const { rows } = await sql<SenderInbox>`
    select s.id, s.workspace_id, s.provider_account_id, s.channel, s.address,
      greatest(coalesce(p.inbound_seen_at, s.created_at), now() - ${LONGEST_ABSENCE_DAYS} * interval '1 day') as since,
      now() as now
    from senders s left join sender_pace p on p.sender_id = s.id
    where s.removed_at is null and s.channel in ('whatsapp', 'sms')
    order by p.inbound_seen_at nulls first, s.id limit ${limit}`.execute(db);
  return rows;
}

/** Remembers up to when a sender's inbound messages are known. Part of the transaction that applies them. */
export async function noteInbox(tx: Tx, inbox: SenderInbox, seenUntil: Date): Promise<void> {
  await sql`insert into sender_pace (sender_id, workspace_id, inbound_seen_at)
    values (${inbox.id}, ${inbox.workspace_id}, ${seenUntil})
    on conflict (sender_id) do update
    set inbound_seen_at = greatest(sender_pace.inbound_seen_at, excluded.inbound_seen_at)`.execute(tx);
}

/** Of these SIDs, those that are stored already, by a webhook or an earlier look. */
export async function findKnownInbound(db: Db, sids: readonly string[]): Promise<Set<string>> {
  if (sids.length === 0) return new Set();
  const { rows } = await sql<{ provider_sid: string }>`
    select provider_sid from messages where provider_sid = any(${sids as string[]})`.execute(db);
  return new Set(rows.map((row) => row.provider_sid));
}
