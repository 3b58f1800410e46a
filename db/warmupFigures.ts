import { sql } from "kysely";
import { type DayHealth, type Quality, weighFailures } from "../domain/warmup.ts";
import type { Db } from "./connect.ts";

/** What a sender did in a span of its warmup, as warmup_days keeps it. */
export interface DayFigures {
  /** Messages that went to the provider; sent: those that it took. */
  used: number;
  sent: number;
  delivered: number;
  failed: number;
  opted_out: number;
  blocked: number;
  replied: number;
  /** How many failed or were refused, by code. */
  failures: Record<string, number>;
  quality: Quality | null;
}

/** The figures of a sender from one moment up to another: by attempts, as they stand now, and by what came in. */
export async function readDayFigures(
  db: Db,
  of: { workspaceId: string; senderId: string; from: Date; to: Date; quality: Quality | null },
): Promise<DayFigures> {
  const [tried, answered, mail] = await Promise.all([
    readTried(db, of),
    readAnswered(db, of),
    readMail(db, of),
  ]);
  const { failed, blocked } = weighFailures(tried.failures);
  return {
    ...tried,
    failed,
    replied: answered.replied,
    opted_out: answered.opted_out + mail.unsubscribed,
    blocked: blocked + mail.complained,
    quality: of.quality,
  };
}

/** What the judge of domain/warmup.ts goes by. */
export const healthOf = (figures: DayFigures): DayHealth => ({
  sent: figures.sent,
  delivered: figures.delivered,
  failed: figures.failed,
  unwanted: figures.opted_out + figures.blocked,
  quality: figures.quality,
});

type Span = { workspaceId: string; senderId: string; from: Date; to: Date };

async function readTried(db: Db, of: Span) {
  const { rows } = await sql<Pick<DayFigures, "used" | "sent" | "delivered" | "failures">>`
    with tried as (
      select outcome, receipt_state, outcome = 'refused' or receipt_state in ('failed', 'undelivered') as failed,
        coalesce(error_code, 'unknown') as code
      from attempts
      where workspace_id = ${of.workspaceId} and sender_id = ${of.senderId} and outcome <> 'not_sent'
        and intended_at >= ${of.from} and intended_at < ${of.to}
    )
    select count(*) as used, count(*) filter (where outcome = 'accepted') as sent,
      count(*) filter (where receipt_state in ('delivered', 'read')) as delivered,
      (select coalesce(jsonb_object_agg(code, n), '{}') from
        (select code, count(*) as n from tried where failed group by code) codes) as failures
    from tried`.execute(db);
  return rows[0] as (typeof rows)[number];
}

/** Of e-mail: who unsubscribed and who complained, by the hours that the span has begun in. */
async function readMail(db: Db, of: Span) {
  const { rows } = await sql<{ unsubscribed: number; complained: number }>`
    select coalesce(sum(unsubscribed), 0)::int as unsubscribed, coalesce(sum(complained), 0)::int as complained
    from email_domain_counts where sender_id = ${of.senderId} and workspace_id = ${of.workspaceId}
      and hour >= date_trunc('hour', ${of.from}::timestamptz) and hour < ${of.to}`.execute(db);
  return rows[0] as (typeof rows)[number];
}

/** People count once, whatever they wrote; who opted out did not reply. */
async function readAnswered(db: Db, of: Span) {
  const { rows } = await sql<Pick<DayFigures, "replied" | "opted_out">>`
    select count(*) filter (where not leaves) as replied, count(*) filter (where leaves) as opted_out from (
      select bool_or(exists (select from consents c where c.contact_id = m.contact_id and c.channel = m.channel
        and c.state = 'opted_out' and c.evidence ->> 'message_id' = m.id::text)) as leaves
      from messages m
      where m.workspace_id = ${of.workspaceId} and m.sender_id = ${of.senderId} and m.direction = 'in'
        and m.reason is distinct from 'automatic' and m.created_at >= ${of.from} and m.created_at < ${of.to}
      group by m.contact_id
    ) people`.execute(db);
  return rows[0] as (typeof rows)[number];
}
