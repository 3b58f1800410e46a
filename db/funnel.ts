import { sql } from "kysely";
import type { Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { type SentFilter, sentIn } from "./sentMessages.ts";

/** How far the people who were written to in a span have come in it: each once. */
export interface FunnelFigures {
  contacted: number;
  reached: number;
  /** Who answered has read it, whatever the receipts say. */
  read: number;
  replied: number;
  /** Became a qualified lead, or bought, after they were first written to in the span. */
  qualified: number;
  purchased: number;
}

export async function readFunnel(
  db: Db,
  workspaceId: string,
  span: Span,
  filter: SentFilter,
): Promise<FunnelFigures> {
  const { from, to } = span;
  const { rows } = await sql<FunnelFigures>`
    with people as materialized (
      select contact_id, min(at) as at, bool_or(delivered) as reached, bool_or(read or replied) as read,
        bool_or(replied) as replied
      from (${sentIn(workspaceId, span, filter)}) m group by contact_id
    ), led as materialized (
      select contact_id, max(at) as at from qualified_leads
      where workspace_id = ${workspaceId} and at >= ${from} and at < ${to} group by contact_id
    ), bought as materialized (
      select contact_id, max(at) as at from conversions
      where workspace_id = ${workspaceId} and at >= ${from} and at < ${to} and outcome = 'purchased' group by contact_id
    )
    select count(*)::int as contacted, count(*) filter (where p.reached)::int as reached,
      count(*) filter (where p.read)::int as read, count(*) filter (where p.replied)::int as replied,
      count(*) filter (where l.at >= p.at)::int as qualified, count(*) filter (where b.at >= p.at)::int as purchased
    from people p left join led l on l.contact_id = p.contact_id left join bought b on b.contact_id = p.contact_id`.execute(
    db,
  );
  return rows[0] as FunnelFigures;
}
