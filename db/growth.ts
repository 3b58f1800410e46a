import { sql } from "kysely";
import { localDayOf, type Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { firstIdAt } from "./rows.ts";

export interface GrowthDay {
  day: string;
  new_contacts: number;
  lost_addresses: number;
}

export interface Growth {
  /** People at the first midnight, without those who have been erased since. */
  contacts_before: number;
  /** Addresses that may not be written to any more since then, by why; those that were let go again are not among them. */
  lost: { reason: string; addresses: number }[];
  days: GrowthDay[];
}

/** How the people of a workspace became more and fewer in a span; rows are found by when they were written. */
export async function readGrowth(db: Db, workspaceId: string, span: Span): Promise<Growth> {
  const [first, end] = [firstIdAt(span.from), firstIdAt(span.to)];
  const before = await sql<{ n: number }>`
    select count(*)::int as n from contacts
    where workspace_id = ${workspaceId} and id < ${first} and erased_at is null`.execute(db);
  const lost = await sql<Growth["lost"][number]>`
    select reason, count(*)::int as addresses from suppressions
    where workspace_id = ${workspaceId} and id >= ${first} and id < ${end} and lifted_at is null
    group by reason order by addresses desc, reason`.execute(db);
  const days = await sql<GrowthDay>`
    with come as (
      select ${localDayOf(sql`created_at`, span)} as day, count(*)::int as n from contacts
      where workspace_id = ${workspaceId} and id >= ${first} and id < ${end} and erased_at is null group by 1
    ), gone as (
      select ${localDayOf(sql`created_at`, span)} as day, count(*)::int as n from suppressions
      where workspace_id = ${workspaceId} and id >= ${first} and id < ${end} and lifted_at is null group by 1
    )
    select d.day::date::text as day, coalesce(c.n, 0) as new_contacts, coalesce(g.n, 0) as lost_addresses
    from generate_series(${span.first_day}::date, ${span.last_day}::date, interval '1 day') d (day)
      left join come c on c.day = d.day::date left join gone g on g.day = d.day::date
    order by d.day`.execute(db);
  return { contacts_before: before.rows[0]?.n ?? 0, lost: lost.rows, days: days.rows };
}
