import { sql } from "kysely";
import type { Tx } from "./connect.ts";
import type { ContactImport, ImportCursor } from "./imports.ts";
import { type Cancelled, cancelQueued } from "./suppressions.ts";
import { lockContacts } from "./locks.ts";

/** People whom the file gives this answer, in the order in which they were made: their rows lie side by side. */
async function nextPeople(
  tx: Tx,
  importId: string,
  page: { consent: 1 | -1; after: string | undefined; limit: number },
) {
  let query = tx
    .selectFrom("import_people")
    .select("contact_id")
    .where("import_id", "=", importId)
    .where("consent", "=", page.consent)
    // For the planner, which has this index only where it can see that the answer is none of silence.
    .where("consent", "<>", 0)
    .where("contact_id", "is not", null);
  if (page.after !== undefined) query = query.where("contact_id", ">", page.after);
  const rows = await query.orderBy("contact_id").limit(page.limit).execute();
  const ids = rows.map((row) => row.contact_id as string);
  return { ids, last: ids.at(-1) };
}

/**
 * The newest word of each person and channel on this purpose; null where there is none. Erased people are left out.
 * A purpose `all` and any other concern each other.
 */
const newestWord = (ids: readonly string[], consent: ContactImport["options"]["consent"]) => sql`
  select c.id, channel, k.state
  from unnest(${ids as string[]}::uuid[]) u(id)
  join contacts c on c.id = u.id and c.erased_at is null
  cross join unnest(${consent.channels as string[]}::text[]) channel
  left join lateral (
    select state from consents k
    where k.contact_id = c.id and k.channel = channel
      and (${consent.purpose} = 'all' or k.purpose in (${consent.purpose}, 'all'))
    order by at desc, id desc limit 1
  ) k on true`;

export type ConsentPage = { recorded: number; warned: number; last: string | undefined };

/**
 * Records the next page of those who said yes. It counts from when the file was brought, so that whoever opts out
 * after that stays out, whichever is written first; who has opted out before stays out too, and is counted as `warned`.
 */
export async function recordYes(
  tx: Tx,
  contactImport: ContactImport,
  after: string | undefined,
  limit: number,
) {
  const { ids, last } = await nextPeople(tx, contactImport.id, { consent: 1, after, limit });
  if (ids.length === 0) return { recorded: 0, warned: 0, last };
  const { consent } = contactImport.options;
  const { rows } = await sql<{ recorded: number; warned: number }>`
    with word as materialized (${newestWord(ids, consent)}),
    added as (
      insert into consents (workspace_id, contact_id, channel, state, purpose, source, method, evidence, at)
      select ${contactImport.workspace_id}, id, channel, 'opted_in', ${consent.purpose}, ${consent.source},
        ${consent.method}, ${evidence(contactImport)}, ${contactImport.created_at}
      from word where state is null
      returning contact_id
    )
    select (select count(distinct contact_id) from added) as recorded,
      (select count(distinct id) from word where state = 'opted_out') as warned`.execute(tx);
  return { recorded: rows[0]?.recorded ?? 0, warned: rows[0]?.warned ?? 0, last };
}

/** Records the next page of those who said no, and takes back what waits to be sent to them. */
export async function recordNo(
  tx: Tx,
  contactImport: ContactImport,
  after: string | undefined,
  limit: number,
): Promise<ConsentPage & { cancelled: Cancelled[] }> {
  const { ids, last } = await nextPeople(tx, contactImport.id, { consent: -1, after, limit });
  if (ids.length === 0) return { recorded: 0, warned: 0, last, cancelled: [] };
  const { consent } = contactImport.options;
  await lockContacts(tx, ids);
  const { rows } = await sql<{ recorded: number }>`
    with word as materialized (${newestWord(ids, consent)}),
    added as (
      insert into consents (workspace_id, contact_id, channel, state, purpose, source, method, evidence)
      select ${contactImport.workspace_id}, id, channel, 'opted_out', ${consent.purpose}, ${consent.source},
        ${consent.method}, ${evidence(contactImport)}
      from word where state is distinct from 'opted_out'
      returning contact_id
    )
    select count(distinct contact_id) as recorded from added`.execute(tx);
  const purposes = consent.purpose === "all" ? undefined : [consent.purpose];
  const cancelled: Cancelled[] = [];
  for (const channel of consent.channels) {
    cancelled.push(await cancelQueued(tx, contactImport.workspace_id, ids, channel, "opted_out", purposes));
  }
  return { recorded: rows[0]?.recorded ?? 0, warned: 0, last, cancelled };
}

/** In a select of its own, so that it is read once and not for each row. */
function evidence({ id, detected }: ContactImport) {
  const columns = detected.columns.flatMap(({ field, header }) => (field === "consent" ? header : []));
  return sql`(select ${JSON.stringify({ import_id: id, columns })}::jsonb)`;
}

/** Part of the page's transaction. */
export async function advanceConsents(
  tx: Tx,
  id: string,
  done: { opted_in: number; opted_out: number; warned: number },
  cursor: ImportCursor,
): Promise<void> {
  await sql`
    update imports set
      opted_in_count = opted_in_count + ${done.opted_in}, opted_out_count = opted_out_count + ${done.opted_out},
      warnings = case when ${done.warned}::int = 0 then warnings else warnings || jsonb_build_object('opted_out_before',
        coalesce((warnings->>'opted_out_before')::bigint, 0) + ${done.warned}::int) end,
      cursor = ${JSON.stringify(cursor)}
    where id = ${id}`.execute(tx);
}

/** Locks the import for one page of consents: they are recorded after the rows, whatever the import's state is then. */
export async function lockAtConsents(
  tx: Tx,
  id: string,
): Promise<{ state: string; cursor: ImportCursor } | undefined> {
  const row = await tx
    .selectFrom("imports")
    .select(["state", "cursor"])
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
  return row && { state: row.state, cursor: row.cursor as ImportCursor };
}
