import { type RawBuilder, sql } from "kysely";
import type { MessageChannel } from "../domain/address.ts";
import type { SenderKind } from "../domain/pace.ts";
import type { PhoneType } from "../domain/phone.ts";
import type { Db, Tx } from "./connect.ts";
import { hourlyBudget } from "./emailHealth.ts";

/** The lane of messages that belong to no campaign. */
export const NO_CAMPAIGN = "00000000-0000-0000-0000-000000000000";

/** Replies first, then drips and single messages, bulk last. */
export const PRIORITIES = { reply: 1, single: 2, drip: 3, bulk: 4 } as const;

/** A sender under the epoch of one slice, locked until the transaction ends, with what it may still send. */
export interface FencedSender {
  id: string;
  workspace_id: string;
  provider_account_id: string | null;
  channel: MessageChannel;
  address: string;
  kind: SenderKind;
  /** Of e-mail: how it goes out. */
  name: string | null;
  reply_to: string | null;
  ip_pool_name: string | null;
  asm_group_id: number | null;
  status: string;
  status_reason: string | null;
  max_per_hour: number;
  max_per_day: number;
  warmup_day_limit: number | null;
  gap_min_ms: number | null;
  gap_max_ms: number | null;
  rate_per_second: number | null;
  rate_factor: number;
  slowed_at: Date | null;
  stopped: boolean;
  /** Until this sender may send again by its pace; below zero when it may already. */
  pace_wait_ms: number;
  used_hour: number;
  used_day: number;
  /** Milliseconds to the moments at which the hour's oldest minute and the day end. */
  hour_frees_ms: number;
  day_ends_ms: number;
  test_mode: boolean;
  time_zone: string;
  settings: Record<string, unknown>;
  now: Date;
}

/** Raises the epoch: from here on nothing that an earlier slice of this sender begins can be written. */
export async function raiseEpoch(
  db: Db,
  senderId: string,
): Promise<{ epoch: number; channel: string } | undefined> {
  const { rows } = await sql<{ epoch: number; channel: string }>`
    insert into sender_pace (sender_id, workspace_id, epoch)
    select id, workspace_id, 1 from senders where id = ${senderId} and removed_at is null
    on conflict (sender_id) do update set epoch = sender_pace.epoch + 1
    returning epoch, (select channel from senders where id = ${senderId}) as channel`.execute(db);
  return rows[0];
}

/** A slice that asks to send: its sender, and the epoch under which it may. */
export interface SliceClaim {
  senderId: string;
  epoch: number;
}

/**
 * Locks the senders whose epoch is still the claimed one, in the order of their ids; one that is missing has been taken
 * over by another slice.
 */
export async function fenceSenders(
  tx: Tx,
  claims: readonly SliceClaim[],
): Promise<Map<string, FencedSender>> {
  const { rows } = await sql<FencedSender>`
    select s.id, s.workspace_id, s.provider_account_id, s.channel, s.address, s.kind, s.name, s.reply_to, s.ip_pool_name,
      s.asm_group_id, s.status, s.status_reason,
      ${hourlyBudget} as max_per_hour, s.max_per_day, s.warmup_day_limit, s.gap_min_ms, s.gap_max_ms, s.rate_per_second, p.rate_factor,
      p.slowed_at, w.sending_stopped_at is not null
        or exists (select from switches where name = 'sending_stopped' and engaged_at is not null) as stopped,
      case when p.next_send_at = '-infinity' then -1
        else extract(epoch from p.next_send_at - clock_timestamp()) * 1000 end::float8 as pace_wait_ms,
      coalesce(hour.used, 0)::int as used_hour, coalesce(day.used, 0)::int as used_day,
      coalesce(extract(epoch from hour.oldest + interval '61 minutes' - now()) * 1000, 0)::float8 as hour_frees_ms,
      extract(epoch from (date_trunc('day', now() at time zone w.time_zone) + interval '1 day') at time zone w.time_zone
        - now())::float8 * 1000 as day_ends_ms,
      w.test_mode, w.time_zone, w.settings, clock_timestamp() as now
    from unnest(${claims.map((c) => c.senderId)}::uuid[], ${claims.map((c) => c.epoch)}::bigint[]) c (id, epoch)
    join sender_pace p on p.sender_id = c.id and p.epoch = c.epoch
    join senders s on s.id = p.sender_id join workspaces w on w.id = s.workspace_id
    left join email_sender_health h on h.sender_id = s.id
    left join lateral (select sum(used) as used, min(minute) filter (where used > 0) as oldest from sender_minutes
      where sender_id = s.id and minute >= date_trunc('minute', now()) - interval '60 minutes') hour on true
    left join lateral (select sum(used) as used from sender_minutes where sender_id = s.id
      and minute >= date_trunc('day', now() at time zone w.time_zone) at time zone w.time_zone) day on true
    where s.removed_at is null
    order by p.sender_id for no key update of p`.execute(tx);
  return new Map(rows.map((row) => [row.id, row]));
}

export interface DueRow {
  id: string;
  sender_id: string;
  contact_id: string;
}

/**
 * The lanes of a sender: its running campaigns, and what belongs to no campaign. Campaigns that were started while its
 * e-mail is complained about too often wait (db/emailHealth.ts).
 */
const lanesOf = (senderId: RawBuilder<unknown>) => sql`
  (select cs.campaign_id as lane from campaign_senders cs join campaigns k on k.id = cs.campaign_id
     where cs.sender_id = ${senderId} and k.state = 'running' and not exists (
       select from email_sender_health h where h.sender_id = cs.sender_id and h.holds_since < k.started_at)
   union all select ${NO_CAMPAIGN}::uuid) lanes
  cross join (values (1::smallint), (2::smallint), (3::smallint), (4::smallint)) p (priority)`;

/**
 * What is due of each of these senders, most urgent first and at most as many as it may take; lanes of one priority
 * take turns, so that campaigns share a sender evenly. Which begins is left to chance: a slow sender takes one at a time.
 */
export async function peekDue(tx: Db, senders: readonly { id: string; most: number }[]): Promise<DueRow[]> {
  const { rows } = await sql<DueRow>`
    select due.id, s.id as sender_id, due.contact_id
    from unnest(${senders.map((s) => s.id)}::uuid[], ${senders.map((s) => s.most)}::int[]) s (id, most)
    cross join lateral (
      select d.id, d.contact_id from ${lanesOf(sql.ref("s.id"))}
      cross join lateral (
        select m.id, m.contact_id, row_number() over (order by m.due_at, m.id) as turn
        from messages m
        where m.sender_id = s.id and m.priority = p.priority and m.lane = lanes.lane and m.due_at <= now()
        order by m.due_at, m.id limit s.most
      ) d
      order by p.priority, d.turn, random() limit s.most
    ) due`.execute(tx);
  return rows;
}

/** Milliseconds until the next row of this sender is due; null when it has none. */
export async function nextDueMs(db: Db, senderId: string): Promise<number | null> {
  const { rows } = await sql<{ wait_ms: number | null }>`
    select (extract(epoch from min(d.due_at) - clock_timestamp()) * 1000)::float8 as wait_ms
    from ${lanesOf(sql`${senderId}::uuid`)}
    cross join lateral (
      select m.due_at from messages m
      where m.sender_id = ${senderId} and m.priority = p.priority and m.lane = lanes.lane and m.due_at is not null
      order by m.due_at limit 1
    ) d`.execute(db);
  return rows[0]?.wait_ms ?? null;
}

/** A queued row with what only its campaign and template know. */
export interface QueuedMessage {
  id: string;
  sender_id: string;
  contact_id: string;
  campaign_id: string | null;
  campaign_state: string | null;
  conversation_id: string | null;
  channel: MessageChannel;
  purpose: "marketing" | "transactional" | "conversation";
  address: string;
  body: string | null;
  content_sid: string | null;
  content_variables: Record<string, string> | null;
  media: string[] | null;
  parts: number;
  refusals: number;
  holds: number;
  country: string | null;
  phone_type: PhoneType | null;
  expires_at: Date | null;
  template_id: string | null;
  approval_status: string | null;
  /** Of e-mail: what it is about, and what its content takes in a call. */
  topic_id: string | null;
  content_bytes: number | null;
  detail: { recipient_hold_until?: string; confirms?: string } | null;
}

/**
 * The rows among these that are still queued for the sender that saw them. Not locked: whoever takes a row away from
 * the queue holds its person's lock or ends its campaign, and writeIntents takes only what is still there.
 */
export async function readQueued(tx: Tx, due: readonly DueRow[]): Promise<QueuedMessage[]> {
  const { rows } = await sql<QueuedMessage>`
    select m.id, m.sender_id, m.contact_id, m.campaign_id, k.state as campaign_state, m.conversation_id, m.channel, m.purpose,
      m.address, m.body, m.content_sid, m.content_variables, m.media, m.parts, m.refusals,
      coalesce((m.detail ->> 'holds')::int, 0) as holds, c.country, c.phone_type, m.expires_at, m.template_id,
      t.approval_status, e.envelope ->> 'topic_id' as topic_id, e.size_bytes as content_bytes, m.detail
    from unnest(${due.map((row) => row.id)}::uuid[], ${due.map((row) => row.sender_id)}::uuid[]) u (id, sender_id)
    join messages m on m.id = u.id and m.sender_id = u.sender_id
    join contacts c on c.id = m.contact_id
    left join campaigns k on k.id = m.campaign_id
    left join templates t on t.id = m.template_id
    left join email_contents e on e.id = case when m.channel = 'email' then m.content_sid::uuid end
    where m.due_at is not null
    order by m.id`.execute(tx);
  return rows;
}

/** What a sender is about to send, under which epoch, and from when on it may go on. */
export interface SenderIntents extends SliceClaim {
  nextSendInMs: number;
  messageIds: readonly string[];
  /** Of e-mail: the call that each of them goes out with, in their order. */
  callIds?: readonly string[];
}

/**
 * Writes the intents: an attempt for each message that is still queued, the budget they take, and when each sender may
 * go on. Gives the attempt number of each message that may go; one that is missing was cancelled meanwhile, and its
 * share of the budget is not given back: it would have been the next one's anyway.
 */
export async function writeIntents(
  tx: Tx,
  workspaceId: string,
  senders: readonly SenderIntents[],
): Promise<Map<string, number>> {
  const messages = senders.flatMap((s) =>
    s.messageIds.map((id, index) => ({ id, epoch: s.epoch, callId: s.callIds?.[index] ?? null })),
  );
  const { rows } = await sql<{ id: string; n: number }>`
    with sent as (
      update messages m set state = 'sending', due_at = null, intended_at = clock_timestamp(),
        attempts = m.attempts + 1, reason = null
      from unnest(${messages.map((m) => m.id)}::uuid[], ${messages.map((m) => m.epoch)}::bigint[],
        ${messages.map((m) => m.callId)}::uuid[]) u (id, epoch, call_id)
      where m.id = u.id and m.due_at is not null
      returning m.id, m.attempts as n, m.sender_id, u.epoch, u.call_id
    ), ledger as (
      insert into attempts (message_id, n, workspace_id, sender_id, epoch, intended_at, open_at, call_id)
      select id, n, ${workspaceId}, sender_id, epoch, clock_timestamp(),
        case when call_id is null then clock_timestamp() end, call_id from sent
    ), budget as (
      insert into sender_minutes (workspace_id, sender_id, minute, used)
      select ${workspaceId}, u.id, date_trunc('minute', clock_timestamp()), u.used
      from unnest(${senders.map((s) => s.senderId)}::uuid[], ${senders.map((s) => s.messageIds.length)}::int[]) u (id, used)
      on conflict (sender_id, minute) do update set used = sender_minutes.used + excluded.used
    ), pace as (
      update sender_pace p set next_send_at = clock_timestamp() + u.ms * interval '1 millisecond'
      from unnest(${senders.map((s) => s.senderId)}::uuid[], ${senders.map((s) => s.nextSendInMs)}::float8[]) u (id, ms)
      where p.sender_id = u.id
    )
    select id, n from sent`.execute(tx);
  return new Map(rows.map((row) => [row.id, row.n]));
}

/** Rows that may not go now: each waits until its own moment, with the rule that says so. */
export async function holdQueued(
  tx: Tx,
  holds: readonly { id: string; until: Date; rule: string; detail: string }[],
): Promise<void> {
  if (holds.length === 0) return;
  await sql`
    update messages m set due_at = u.until, reason = u.rule,
      detail = coalesce(m.detail, '{}') || jsonb_build_object('held', u.detail)
    from unnest(${holds.map((h) => h.id)}::uuid[], ${holds.map((h) => h.until)}::timestamptz[],
      ${holds.map((h) => h.rule)}::text[], ${holds.map((h) => h.detail)}::text[]) u (id, until, rule, detail)
    where m.id = u.id and m.due_at is not null`.execute(tx);
}

/** Rows that are not to go at all. */
export async function skipQueued(
  tx: Tx,
  skips: readonly { id: string; reason: string; detail: string }[],
): Promise<void> {
  if (skips.length === 0) return;
  await sql`
    update messages m set state = 'skipped', due_at = null, reason = u.reason,
      detail = coalesce(m.detail, '{}') || jsonb_build_object('skipped', u.detail)
    from unnest(${skips.map((s) => s.id)}::uuid[], ${skips.map((s) => s.reason)}::text[],
      ${skips.map((s) => s.detail)}::text[]) u (id, reason, detail)
    where m.id = u.id and m.due_at is not null`.execute(tx);
}
