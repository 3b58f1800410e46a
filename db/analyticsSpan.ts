import { type RawBuilder, sql } from "kysely";
import type { Db } from "./connect.ts";

/** Whole local days, the last of them up to now where it is today. */
export interface Span {
  time_zone: string;
  first_day: string;
  last_day: string;
  from: Date;
  /** Not included. */
  to: Date;
}

export interface SpanAsked {
  days: number;
  /** The last day; none, or one to come: today. */
  until?: string | undefined;
  /** Whose days they are; none: the workspace's. */
  time_zone?: string | undefined;
}

/** The days that were asked for, by the database's clock. Undefined where the workspace is gone. */
export async function findSpan(db: Db, workspaceId: string, asked: SpanAsked): Promise<Span | undefined> {
  const { rows } = await sql<Span>`
    select time_zone, first_day, last_day, first_day::timestamp at time zone time_zone as from,
      least(now(), (last_day + 1)::timestamp at time zone time_zone) as to
    from (select time_zone, last_day, last_day - (${asked.days}::int - 1) as first_day
      from (select time_zone, least(${asked.until ?? null}::date, (now() at time zone time_zone)::date) as last_day
        from (select coalesce(${asked.time_zone ?? null}, w.time_zone) as time_zone
          from workspaces w where w.id = ${workspaceId}) zone) ended) days`.execute(db);
  return rows[0];
}

/** The local day of a moment. */
export const localDayOf = (at: RawBuilder<unknown>, { time_zone }: Span) =>
  sql`(${at} at time zone ${time_zone})::date`;
