import { sql } from "kysely";
import type { Db } from "./connect.ts";
import { openAttempts } from "./ledger.ts";
import { NO_CAMPAIGN } from "./outbox.ts";
import { unappliedBacklog } from "./webhookEvents.ts";

/** How the installation stands, for metrics: all workspaces together, so it needs the worker's role. */
export interface Figures {
  queues: {
    channel: string;
    /** Due now and free to go; due later; of a campaign that does not run. */
    ready: number;
    later: number;
    held: number;
    /** How long the oldest that is free to go has been due. */
    oldest_ready_seconds: number;
  }[];
  attempts: { open: number; uncertain: number; oldest_uncertain_seconds: number };
  senders: {
    id: string;
    channel: string;
    used_hour: number;
    used_day: number;
    limit_hour: number;
    limit_day: number;
  }[];
  webhooks: { events: number; oldest_seconds: number };
  owed: { wakes: number; oldest_seconds: number };
  open_alerts: { alert_type: string; severity: string; alerts: number }[];
}

const TIMEOUT_MS = 2_000;

/** Reads all figures as of one moment; fails where a statement of it takes more than two seconds. */
export function readFigures(db: Db): Promise<Figures> {
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (tx) => {
      await sql`set local statement_timeout = ${sql.lit(TIMEOUT_MS)}`.execute(tx);
      return {
        queues: await readQueues(tx),
        attempts: await readAttempts(tx),
        senders: await readBudgets(tx),
        webhooks: await unappliedBacklog(tx),
        owed: await readOwed(tx),
        open_alerts: await readAlerts(tx),
      };
    });
}

/** From the index of what is due alone: it is read whole, but nothing else is. */
async function readQueues(db: Db): Promise<Figures["queues"]> {
  const { rows } = await sql<Figures["queues"][number]>`
    select s.channel, coalesce(sum(q.due) filter (where q.free), 0)::float8 as ready,
      coalesce(sum(q.later) filter (where q.free), 0)::float8 as later,
      coalesce(sum(q.due + q.later) filter (where not q.free), 0)::float8 as held,
      coalesce(max(q.oldest_seconds) filter (where q.free), 0)::float8 as oldest_ready_seconds
    from (
      select w.*, w.lane = ${NO_CAMPAIGN}::uuid or coalesce(k.state = 'running', false) as free
      from (
        select sender_id, lane, count(*) filter (where due_at <= now()) as due,
          count(*) filter (where due_at > now()) as later,
          greatest(0, extract(epoch from now() - min(due_at))) as oldest_seconds
        from messages where due_at is not null group by sender_id, lane
      ) w left join campaigns k on k.id = w.lane
    ) q join senders s on s.id = q.sender_id
    group by s.channel`.execute(db);
  return rows;
}

async function readAttempts(db: Db): Promise<Figures["attempts"]> {
  const { rows } = await sql<Figures["attempts"]>`
    select count(*) filter (where outcome = 'open') as open,
      count(*) filter (where outcome = 'uncertain') as uncertain,
      coalesce(extract(epoch from now() - min(intended_at) filter (where outcome = 'uncertain')), 0)::float8
        as oldest_uncertain_seconds
    from ${openAttempts} a`.execute(db);
  return rows[0] as Figures["attempts"];
}

async function readBudgets(db: Db): Promise<Figures["senders"]> {
  const { rows } = await sql<Figures["senders"][number]>`
    select s.id, s.channel, s.max_per_hour as limit_hour, least(s.max_per_day, s.warmup_day_limit) as limit_day,
      coalesce(used.hour, 0)::int as used_hour, coalesce(used.day, 0)::int as used_day
    from senders s join workspaces w on w.id = s.workspace_id
    left join lateral (
      select sum(u.used) filter (where u.minute + interval '1 minute' > now() - interval '1 hour') as hour,
        sum(u.used) filter (where u.minute >= date_trunc('day', now(), w.time_zone)) as day
      from sender_minutes u where u.sender_id = s.id and u.minute > now() - interval '26 hours'
    ) used on true
    where s.removed_at is null order by s.id`.execute(db);
  return rows;
}

async function readOwed(db: Db): Promise<Figures["owed"]> {
  const { rows } = await sql<Figures["owed"]>`
    select count(*) as wakes, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds
    from temporal_outbox`.execute(db);
  return rows[0] as Figures["owed"];
}

async function readAlerts(db: Db): Promise<Figures["open_alerts"]> {
  const { rows } = await sql<Figures["open_alerts"][number]>`
    select alert_type, severity, count(*) as alerts from alerts
    where resolved_at is null group by 1, 2`.execute(db);
  return rows;
}
