import { sql } from "kysely";
import type { SentFigures } from "../domain/rates.ts";
import type { Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { type SentFilter, sentFigures, sentIn, sentOrNothing } from "./sentMessages.ts";

export interface CountryFigures extends SentFigures {
  /** ISO 3166; null where nobody knows. */
  country: string | null;
  contacts: number;
}

/** People by country, as they are now, and what went out to them in a span; the country with most people first. */
export async function readGeography(
  db: Db,
  workspaceId: string,
  span: Span,
  filter: SentFilter,
): Promise<CountryFigures[]> {
  const { rows } = await sql<CountryFigures>`
    with gone as (
      select c.country, ${sentFigures}
      from (${sentIn(workspaceId, span, filter)}) m join (select id, country from contacts where workspace_id = ${workspaceId}) c
        on c.id = m.contact_id
      group by c.country
    ), here as (
      select country, count(*)::int as contacts from contacts
      where workspace_id = ${workspaceId} and erased_at is null group by country
    )
    select coalesce(h.country, g.country) as country, coalesce(h.contacts, 0) as contacts, ${sentOrNothing}
    from here h full join gone g on coalesce(g.country, '') = coalesce(h.country, '')
    order by contacts desc, country nulls last`.execute(db);
  return rows;
}
