import { sql } from "kysely";
import type { Db } from "./connect.ts";
import { receivedIn, sentIn, wentOut } from "./sentMessages.ts";

export interface DashboardFigures extends Totals, Recent {}

interface Totals {
  total_messages_sent: number;
  total_messages_received: number;
  total_contacts: number;
  total_campaigns: number;
  active_campaigns: number;
}

interface Recent {
  /** Sent and received since the workspace's midnight, and since its Monday's. */
  today_messages: number;
  this_week_messages: number;
  /** Mean over the campaigns that have sent in the last RATED_DAYS, each counted alike; null where none has. */
  avg_response_rate: number | null;
}

export const RATED_DAYS = 30;

/** How a workspace stands at this moment. */
export async function readDashboard(db: Db, workspaceId: string): Promise<DashboardFigures> {
  return { ...(await readTotals(db, workspaceId)), ...(await readRecent(db, workspaceId)) };
}

async function readTotals(db: Db, workspaceId: string): Promise<Totals> {
  const { rows } = await sql<Totals>`
    select (select count(*) from messages m
        where m.workspace_id = ${workspaceId} and m.direction = 'out' and ${wentOut}) as total_messages_sent,
      (select count(*) from senders s join messages m on m.sender_id = s.id and m.direction = 'in'
        where s.workspace_id = ${workspaceId}) as total_messages_received,
      (select count(*) from contacts c where c.workspace_id = ${workspaceId} and c.erased_at is null) as total_contacts,
      count(*) as total_campaigns, count(*) filter (where k.state = 'running') as active_campaigns
    from campaigns k where k.workspace_id = ${workspaceId}`.execute(db);
  return rows[0] as Totals;
}

async function readRecent(db: Db, workspaceId: string): Promise<Recent> {
  const clock = await sql<{ today: Date; week: Date; rated: Date; now: Date }>`
    select date_trunc('day', now(), time_zone) as today, date_trunc('week', now(), time_zone) as week,
      now() - ${RATED_DAYS} * interval '1 day' as rated, now() as now
    from workspaces where id = ${workspaceId}`.execute(db);
  const { today, week, rated, now } = clock.rows[0] as (typeof clock.rows)[number];
  const { rows } = await sql<Recent>`
    with gone as materialized (${sentIn(workspaceId, { from: rated, to: now }, {})}),
      come as (${receivedIn(workspaceId, { from: week, to: now }, {})}),
      recent as (select at from gone where at >= ${week} union all select at from come),
      rates as (
        select 100 * (count(distinct contact_id) filter (where replied))::float8 / count(*) as rate
        from gone where campaign_id is not null group by campaign_id
      )
    select count(*) filter (where at >= ${today})::int as today_messages, count(*)::int as this_week_messages,
      (select round(avg(rate)::numeric, 1)::float8 from rates) as avg_response_rate
    from recent`.execute(db);
  return rows[0] as Recent;
}
