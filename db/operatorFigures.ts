import { sql } from "kysely";
import type { Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { closedIn } from "./conversationFigures.ts";

/** What a member did in a span. */
export interface OperatorFigures {
  member_id: string;
  /** Theirs at this moment, and not closed. */
  open: number;
  /** Given to them in the span, and still theirs. */
  assigned: number;
  /** Closed by them in the span, and not opened again since. */
  resolved: number;
  answers: number;
  first_response_seconds: number | null;
  response_seconds: number | null;
  ratings: number;
  csat: number | null;
}

/** What these members did, in the order of their ids. */
export async function readOperatorFigures(
  db: Db,
  workspaceId: string,
  span: Span,
  memberIds: readonly string[],
): Promise<OperatorFigures[]> {
  const { from, to } = span;
  const { rows } = await sql<OperatorFigures>`
    with closed as materialized (
      select c.closed_by, c.csat_score from conversations c where ${closedIn(workspaceId, span)}
    ), answered as (
      select r.author_id, count(*)::int as answers, round(avg(r.seconds))::int as response_seconds,
        round(avg(r.seconds) filter (where r.kind = 'first'))::int as first_response_seconds
      from response_times r
      where r.workspace_id = ${workspaceId} and r.answered_at >= ${from} and r.answered_at < ${to}
        and r.author_kind = 'member' group by r.author_id
    )
    select asked.id as member_id, theirs.*, coalesce(a.answers, 0) as answers, a.first_response_seconds,
      a.response_seconds, done.*
    from unnest(${memberIds as string[]}::uuid[]) asked (id)
    cross join lateral (
      select count(*) filter (where c.state <> 'closed')::int as open,
        count(*) filter (where c.assigned_at >= ${from} and c.assigned_at < ${to})::int as assigned
      from conversations c where c.assignee_id = asked.id and c.workspace_id = ${workspaceId}) theirs
    cross join lateral (
      select count(*)::int as resolved, count(c.csat_score)::int as ratings, round(avg(c.csat_score), 1)::float8 as csat
      from closed c where c.closed_by = 'member:' || asked.id) done
    left join answered a on a.author_id = asked.id
    order by asked.id`.execute(db);
  return rows;
}
