import { sql } from "kysely";
import type { SentFigures } from "../domain/rates.ts";
import { localDayOf, type Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { receivedIn, type SentFilter, sentFigures, sentIn, sentOrNothing } from "./sentMessages.ts";

/** A local day. What became of messages counts for the day on which they went out. */
export interface DayFigures extends SentFigures {
  day: string;
  received: number;
}

/** Every day of the span, oldest first; days without anything too. */
export async function readTimeline(
  db: Db,
  workspaceId: string,
  span: Span,
  filter: SentFilter,
): Promise<DayFigures[]> {
  const { rows } = await sql<DayFigures>`
    with gone as (
      select ${localDayOf(sql`at`, span)} as day, ${sentFigures} from (${sentIn(workspaceId, span, filter)}) m group by 1
    ), come as (
      select ${localDayOf(sql`at`, span)} as day, count(*)::int as received
      from (${receivedIn(workspaceId, span, filter)}) m group by 1
    )
    select d.day::date::text as day, ${sentOrNothing}, coalesce(c.received, 0) as received
    from generate_series(${span.first_day}::date, ${span.last_day}::date, interval '1 day') d (day)
      left join gone g on g.day = d.day::date left join come c on c.day = d.day::date
    order by d.day`.execute(db);
  return rows;
}
