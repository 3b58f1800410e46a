import { sql } from "kysely";
import type { SilentFacts } from "../domain/contactHealth.ts";
import type { Db } from "./connect.ts";
import { firstIdAt } from "./rows.ts";

/** Somebody who has not been heard of for a while. */
export interface SilentContact extends SilentFacts {
  contact_id: string;
  name: string | null;
  lead_score: number | null;
  last_activity_at: Date;
  /** last_activity_at in microseconds: what a page goes on from. */
  activity_us: number;
}

/** Of messages so far back it is looked at whether they were read. */
const LOOKED_AT = 90;

/** Those silent for so many days who were active once, the last to fall silent first, behind `after`. */
export async function listSilentContacts(
  db: Db,
  workspaceId: string,
  silentDays: number,
  page: { after?: { activityUs: number; id: string } | undefined; limit: number },
): Promise<SilentContact[]> {
  const { after } = page;
  const behind =
    after === undefined
      ? sql``
      : sql`and (c.last_activity_at, c.id)
          < (timestamptz 'epoch' + ${after.activityUs}::bigint * interval '1 microsecond', ${after.id}::uuid)`;
  const { rows } = await sql<SilentContact>`
    select c.id as contact_id, c.name, c.lead_score, c.last_activity_at,
      (extract(epoch from c.last_activity_at) * 1000000)::bigint as activity_us,
      extract(epoch from now() - c.last_activity_at)::float8 / 86400 as days_silent,
      since.arrived as arrived_since, since.read as read_since, talk.sentiment, coalesce(talk.awaiting, false) as awaiting,
      coalesce(consent.opted_out, false) as opted_out
    from (select * from contacts c
      where c.workspace_id = ${workspaceId} and c.erased_at is null
        and c.last_activity_at < now() - ${silentDays} * interval '1 day' ${behind}
      order by c.last_activity_at desc, c.id desc limit ${page.limit}) c
    cross join lateral (
      select count(*) filter (where m.state in ('delivered', 'read'))::int as arrived,
        count(*) filter (where m.read_at is not null)::int as read
      from messages m where m.contact_id = c.id and m.direction = 'out'
        and m.id >= ${firstIdAt(sql`greatest(c.last_activity_at, now() - ${LOOKED_AT} * interval '1 day')`)}) since
    left join lateral (
      select (array_agg(k.sentiment order by k.last_inbound_at desc nulls last))[1] as sentiment,
        bool_or(k.awaiting_since is not null) as awaiting
      from conversations k where k.contact_id = c.id) talk on true
    left join lateral (
      select bool_and(newest.state = 'opted_out') as opted_out
      from (select distinct on (s.channel) s.state from consents s
        where s.contact_id = c.id order by s.channel, s.at desc, s.id desc) newest) consent on true
    order by c.last_activity_at desc, c.id desc`.execute(db);
  return rows;
}
