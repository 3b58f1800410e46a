import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";
import type { ContactImport, ImportCursor } from "./imports.ts";
import { type Cancelled, cancelQueued } from "./suppressions.ts";
import { lockContacts } from "./locks.ts";

export type PeoplePage = { ids: string[]; last: string | undefined };

/** People whom the file gives this answer, in the order in which they were made: their rows lie side by side. */
export async function nextPeople(
  db: Db,
  importId: string,
  page: { consent: 1 | -1; after: string | undefined; limit: number },
): Promise<PeoplePage> {
  let query = db
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
 * A purpose `all` and any other concern each other. Each person is looked up by themselves (`limit` keeps it so): by
 * counts of yesterday the planner would read all contacts for each page.
 */
const newestWord = (ids: readonly string[], consent: ContactImport["options"]["consent"]) => sql`
  select c.id, channel, k.state
  from unnest(${ids as string[]}::uuid[]) u(id)
  cross join lateral (select id from contacts where id = u.id and erased_at is null limit 1) c
  cross join unnest(${consent.channels as string[]}::text[]) channel
  left join lateral (
    select state from consents k
    where k.contact_id = c.id and k.channel = channel
      and (${consent.purpose} = 'all' or k.purpose in (${consent.purpose}, 'all'))
    order by at desc, id desc limit 1
  ) k on true`;

export type ConsentCounts = { opted_in: number; opted_out: number; warned: number };

/**
 * Records a page of those who said yes. It counts from when the file was brought, so that whoever opts out after that
 * stays out, whichever is written first; who has opted out before stays out too, and is counted as `warned`. Waits for
 * no lock that somebody else may hold, so that a page may wait for the one before.
 */
export async function recordYes(
  tx: Tx,
  contactImport: ContactImport,
  { ids }: PeoplePage,
): Promise<ConsentCounts> {
  if (ids.length === 0) return { opted_in: 0, opted_out: 0, warned: 0 };
  const { consent } = contactImport.options;
  const { rows } = await sql<Pick<ConsentCounts, "opted_in" | "warned">>`
    with word as materialized (${newestWord(ids, consent)}),
    added as (
      insert into consents (workspace_id, contact_id, channel, state, purpose, source, method, evidence, at)
      select ${contactImport.workspace_id}, id, channel, 'opted_in', ${consent.purpose}, ${consent.source},
        ${consent.method}, ${evidence(contactImport)}, ${contactImport.created_at}
      from word where state is null
      returning contact_id
    )
    select (select count(distinct contact_id) from added) as opted_in,
      (select count(distinct id) from word where state = 'opted_out') as warned`.execute(tx);
  return { opted_in: rows[0]?.opted_in ?? 0, opted_out: 0, warned: rows[0]?.warned ?? 0 };
}

/** Records a page of those who said no, and takes back what waits to be sent to them. */
export async function recordNo(
  tx: Tx,
  contactImport: ContactImport,
  { ids }: PeoplePage,
): Promise<ConsentCounts & { cancelled: Cancelled[] }> {
  if (ids.length === 0) return { opted_in: 0, opted_out: 0, warned: 0, cancelled: [] };
  const { consent } = contactImport.options;
  await lockContacts(tx, ids);
  const { rows } = await sql<Pick<ConsentCounts, "opted_out">>`
    with word as materialized (${newestWord(ids, consent)}),
    added as (
      insert into consents (workspace_id, contact_id, channel, state, purpose, source, method, evidence)
      select ${contactImport.workspace_id}, id, channel, 'opted_out', ${consent.purpose}, ${consent.source},
        ${consent.method}, ${evidence(contactImport)}
      from word where state is distinct from 'opted_out'
      returning contact_id
    )
    select count(distinct contact_id) as opted_out from added`.execute(tx);
  const purposes = consent.purpose === "all" ? undefined : [consent.purpose];
  const cancelled: Cancelled[] = [];
  for (const channel of consent.channels) {
    cancelled.push(await cancelQueued(tx, contactImport.workspace_id, ids, channel, "opted_out", purposes));
  }
  return { opted_in: 0, opted_out: rows[0]?.opted_out ?? 0, warned: 0, cancelled };
}

/** In a select of its own, so that it is read once and not for each row. */
function evidence({ id, detected }: ContactImport) {
  const columns = detected.columns.flatMap(({ field, header }) => (field === "consent" ? header : []));
  return sql`(select ${JSON.stringify({ import_id: id, columns })}::jsonb)`;
}

/**
 * Last in a page's transaction: counts and cursor move with its consents or not at all. False, and nothing changed,
 * where another worker has recorded this page.
 */
export async function advanceConsents(
  tx: Tx,
  id: string,
  done: ConsentCounts,
  { from, to }: { from: ImportCursor; to: ImportCursor },
): Promise<boolean> {
  const { rows } = await sql`
    update imports set
      opted_in_count = opted_in_count + ${done.opted_in}, opted_out_count = opted_out_count + ${done.opted_out},
      warnings = case when ${done.warned}::int = 0 then warnings else warnings || jsonb_build_object('opted_out_before',
        coalesce((warnings->>'opted_out_before')::bigint, 0) + ${done.warned}::int) end,
      cursor = ${JSON.stringify(to)}
    where id = ${id} and cursor->>'phase' = ${from.phase} and cursor->>'after' is not distinct from ${from.after ?? null}
    returning id`.execute(tx);
  return rows.length > 0;
}

/** Locks the import for one page of refusals: they are recorded after the rows, whatever the import's state is then. */
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
