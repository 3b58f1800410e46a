import { sql } from "kysely";
import type { Ending } from "../domain/conversationEnding.ts";
import type { Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { firstIdAt } from "./rows.ts";
import { receivedIn, wentOut } from "./sentMessages.ts";

/** How people were talked with in a span. */
export interface ConversationFigures extends Traffic, Endings, Waits {}

interface Traffic {
  /** Those in which a person wrote. */
  conversations: number;
  received: number;
  /** Written in conversations of ours, by people and machines: no campaigns. */
  sent: number;
  /** What came in by the hour of the local day, 0 to 23. */
  hours: number[];
}

interface Endings {
  new_conversations: number;
  /** In the span, and not opened again since. */
  closed: number;
  outcomes: Record<Ending, number>;
  handling_seconds: number | null;
  ratings: number;
  csat: number | null;
}

interface Waits {
  first_response_seconds: number | null;
  response_seconds: number | null;
  /** How many answers took less than each of RESPONSE_BOUNDS, and last those that took longer. */
  buckets: number[];
}

/** In seconds: 1, 5, 30 and 60 minutes. */
const RESPONSE_BOUNDS = [60, 300, 1_800, 3_600];

export async function readConversationFigures(
  db: Db,
  workspaceId: string,
  span: Span,
): Promise<ConversationFigures> {
  return {
    ...(await readTraffic(db, workspaceId, span)),
    ...(await readEndings(db, workspaceId, span)),
    ...(await readWaits(db, workspaceId, span)),
  };
}

async function readTraffic(db: Db, workspaceId: string, span: Span): Promise<Traffic> {
  const { rows } = await sql<Traffic>`
    with come as materialized (
      select at, conversation_id from (${receivedIn(workspaceId, span, {})}) m where reason is distinct from 'automatic'
    ), hours as (
      select extract(hour from at at time zone ${span.time_zone})::int as hour, count(*)::int as n from come group by 1
    )
    select (select count(distinct conversation_id)::int from come) as conversations,
      (select count(*)::int from come) as received,
      (select count(*)::int from messages m
        where m.workspace_id = ${workspaceId} and m.campaign_id is null and m.conversation_id is not null
          and m.id >= ${firstIdAt(span.from)} and m.id < ${firstIdAt(span.to)}
          and m.direction = 'out' and ${wentOut}) as sent,
      array(select coalesce(h.n, 0) from generate_series(0, 23) o (hour) left join hours h on h.hour = o.hour
        order by o.hour) as hours`.execute(db);
  return rows[0] as Traffic;
}

/** Whether a conversation `c` was closed in a span, and not opened again since: by the index of those that have changed since. */
export const closedIn = (workspaceId: string, { from, to }: Span) => sql`
  c.workspace_id = ${workspaceId} and c.updated_at >= ${from} and c.state = 'closed'
    and c.closed_at >= ${from} and c.closed_at < ${to}`;

/** Those that were begun in the span have changed since, too. */
async function readEndings(db: Db, workspaceId: string, span: Span): Promise<Endings> {
  const { from, to } = span;
  const { rows } = await sql<Endings>`
    with closed as (
      select c.outcome, c.csat_score, extract(epoch from c.closed_at - c.first_inbound_at) as seconds
      from conversations c where ${closedIn(workspaceId, span)}
    )
    select (select count(*)::int from conversations c where c.workspace_id = ${workspaceId}
        and c.updated_at >= ${from} and c.created_at >= ${from} and c.created_at < ${to}) as new_conversations,
      count(*)::int as closed, round(avg(seconds) filter (where seconds >= 0))::int as handling_seconds,
      count(csat_score)::int as ratings, round(avg(csat_score), 1)::float8 as csat,
      jsonb_build_object(
        'resolved', count(*) filter (where outcome = 'resolved'),
        'escalated', count(*) filter (where outcome = 'escalated'),
        'abandoned', count(*) filter (where outcome = 'abandoned'),
        'fallback', count(*) filter (where outcome = 'fallback')) as outcomes
    from closed`.execute(db);
  return rows[0] as Endings;
}

async function readWaits(db: Db, workspaceId: string, { from, to }: Span): Promise<Waits> {
  const { rows } = await sql<Waits>`
    with answered as (
      select kind, seconds, width_bucket(seconds, ${RESPONSE_BOUNDS}::int[]) as bucket from response_times
      where workspace_id = ${workspaceId} and answered_at >= ${from} and answered_at < ${to}
    ), counted as (select bucket, count(*)::int as n from answered group by bucket)
    select round(avg(seconds) filter (where kind = 'first'))::int as first_response_seconds,
      round(avg(seconds))::int as response_seconds,
      array(select coalesce(c.n, 0) from generate_series(0, ${RESPONSE_BOUNDS.length}::int) b (bucket)
        left join counted c on c.bucket = b.bucket order by b.bucket) as buckets
    from answered`.execute(db);
  return rows[0] as Waits;
}
