import { sql } from "kysely";
import type { SentFigures } from "../domain/rates.ts";
import type { Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { type SentFilter, sentFigures, sentIn } from "./sentMessages.ts";

/** What became of all that went out in one hour of one weekday. */
export interface HourFigures extends SentFigures {
  /** Monday is 0. */
  weekday: number;
  hour: number;
}

/** Hours in which something went out, Monday's first. */
export async function readSendTimes(
  db: Db,
  workspaceId: string,
  span: Span,
  filter: SentFilter,
): Promise<HourFigures[]> {
  const { rows } = await sql<HourFigures>`
    select extract(isodow from at at time zone ${span.time_zone})::int - 1 as weekday,
      extract(hour from at at time zone ${span.time_zone})::int as hour, ${sentFigures}
    from (${sentIn(workspaceId, span, filter)}) m group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}
