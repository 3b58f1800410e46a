import { sql } from "kysely";
import type { SenderFigures } from "../domain/banRiskSender.ts";
import type { Db } from "./connect.ts";

/** What a sender did in a span of time, and whose it is. */
export interface SenderInSpan {
  sender_id: string;
  workspace_id: string;
  figures: SenderFigures;
}

/** Of texts and replies, the newest so many are read. */
const SAMPLE = 100;

type Row = Omit<SenderFigures, "gaps"> & {
  sender_id: string;
  workspace_id: string;
  gaps: number;
  gap_mean: number | null;
  gap_deviation: number | null;
};

/**
 * The figures of these senders from one moment up to another, in one statement: attempts as they stand now, what people
 * wrote, and the newest texts of both sides. A sender that does not exist is left out.
 */
export async function readSenderFigures(
  db: Db,
  senderIds: readonly string[],
  span: { from: Date; to: Date },
): Promise<SenderInSpan[]> {
  if (senderIds.length === 0) return [];
  const { from, to } = span;
  const { rows } = await sql<Row>`
    with asked as materialized (
      select s.id, s.workspace_id, s.channel, s.max_per_hour, s.warmup_day_limit, s.created_at, w.time_zone
      from senders s join workspaces w on w.id = s.workspace_id where s.id = any(${senderIds as string[]}::uuid[])
    ), tried as materialized (
      select a.sender_id, a.message_id, a.intended_at, a.outcome, a.receipt_state,
        case when a.outcome = 'refused' or a.receipt_state in ('failed', 'undelivered')
          then coalesce(a.error_code, 'unknown') end as code,
        count(*) over (partition by a.sender_id order by a.intended_at
          range between interval '1 hour' preceding and current row) as in_hour,
        extract(epoch from a.intended_at - lag(a.intended_at) over (partition by a.sender_id order by a.intended_at))::float8 as gap
      from attempts a join asked s on s.id = a.sender_id
      where a.intended_at >= ${from} and a.intended_at < ${to} and a.outcome <> 'not_sent'
    ), counted as (
      select t.sender_id, count(*) as total, max(t.in_hour) as busiest_hour,
        count(*) filter (where t.intended_at >= date_trunc('day', ${to}::timestamptz, s.time_zone)) as today,
        count(*) filter (where t.outcome = 'accepted') as sent,
        count(*) filter (where t.receipt_state in ('delivered', 'read')) as delivered,
        count(t.gap) filter (where t.gap < 600) as gaps, avg(t.gap) filter (where t.gap < 600) as gap_mean,
        stddev_pop(t.gap) filter (where t.gap < 600) as gap_deviation
      from tried t join asked s on s.id = t.sender_id group by t.sender_id
    ), failed as (
      select sender_id, jsonb_object_agg(code, n) as failures
      from (select sender_id, code, count(*) as n from tried where code is not null group by sender_id, code) codes
      group by sender_id
    ), written as materialized (
      select t.sender_id, m.contact_id, min(m.id::text)::uuid as first_id
      from tried t join messages m on m.id = t.message_id group by t.sender_id, m.contact_id
    ), reached as (
      select w.sender_id, count(*) as recipients, count(*) filter (where not exists (
        select from messages e where e.contact_id = w.contact_id and e.id < w.first_id
          and (e.direction = 'in' or e.accepted_at is not null))) as new_recipients
      from written w group by w.sender_id
    ), said as materialized (
      select m.sender_id, m.contact_id, m.body, m.created_at,
        exists (select from consents c where c.contact_id = m.contact_id and c.channel = m.channel
          and c.state = 'opted_out' and c.evidence ->> 'message_id' = m.id::text) as leaves
      from messages m join asked s on s.id = m.sender_id
      where m.direction = 'in' and m.created_at >= ${from} and m.created_at < ${to}
    ), answered as (
      select sender_id, count(*) filter (where not leaves) as replied, count(*) filter (where leaves) as opted_out
      from (select sender_id, contact_id, bool_or(leaves) as leaves from said group by sender_id, contact_id) people
      group by sender_id
    )
    select s.id as sender_id, s.workspace_id, s.max_per_hour, s.warmup_day_limit as ladder_today,
      greatest(0, extract(epoch from ${to}::timestamptz - s.created_at) / 86400)::float8 as age_days,
      coalesce(c.total, 0)::int as total, coalesce(c.busiest_hour, 0)::int as busiest_hour,
      coalesce(c.today, 0)::int as today, coalesce(c.sent, 0)::int as sent, coalesce(c.delivered, 0)::int as delivered,
      coalesce(c.gaps, 0)::int as gaps, c.gap_mean, c.gap_deviation, coalesce(f.failures, '{}') as failures,
      coalesce(r.recipients, 0)::int as recipients, coalesce(r.new_recipients, 0)::int as new_recipients,
      coalesce(p.replied, 0)::int as replied, coalesce(p.opted_out, 0)::int as opted_out,
      array(select m.body from tried t join messages m on m.id = t.message_id
        where t.sender_id = s.id and m.campaign_id is not null and m.content_sid is null and m.body is not null
        order by t.intended_at desc limit ${SAMPLE}) as texts,
      array(select body from said where said.sender_id = s.id and body is not null
        order by created_at desc limit ${SAMPLE}) as replies
    from asked s left join counted c on c.sender_id = s.id left join failed f on f.sender_id = s.id
      left join reached r on r.sender_id = s.id left join answered p on p.sender_id = s.id`.execute(db);
  return rows.map(({ sender_id, workspace_id, gaps: n, gap_mean, gap_deviation, ...figures }) => ({
    sender_id,
    workspace_id,
    figures: { ...figures, gaps: { n, mean: gap_mean ?? 0, deviation: gap_deviation ?? 0 } },
  }));
}

/** The senders that have sent since then, and those whose campaigns were paused for their risk. */
export async function findSendersAtRisk(db: Db, since: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select s.id from senders s where s.removed_at is null and s.channel in ('sms', 'whatsapp') and (
      exists (select from sender_minutes u where u.sender_id = s.id and u.minute >= ${since} and u.used > 0)
      or exists (select from sender_risks r where r.sender_id = s.id and r.state = 'braked'))
    order by s.id`.execute(db);
  return rows.map(({ id }) => id);
}
