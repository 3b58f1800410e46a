import { sql } from "kysely";
import type { Tx } from "./connect.ts";

/** One person of a batch, as the file gives them; fields that it does not give are null and stay as they are. */
export type PersonRow = {
  /** Position in the batch. */
  n: number;
  identity: string;
  phone: string | null;
  phone_type: string | null;
  country: string | null;
  number_zones: string[];
  email: string | null;
  name: string | null;
  city: string | null;
  region: string | null;
  language: string | null;
  time_zone: string | null;
  attributes: Record<string, string>;
  tags: string[];
  consent: number;
  /** givenColumns as hex. */
  given: string;
};

export type Outcome = "created" | "updated" | "unchanged";
export type KnownPerson = { n: number; consent: number; outcome: Outcome; given: Buffer };

const OUTCOMES: Record<string, Outcome> = { c: "created", u: "updated", s: "unchanged" };

/** People of a batch as the statements take them: made while the database works on the batch before. */
export const packPeople = (rows: readonly PersonRow[]): string => JSON.stringify(rows);

/** Their identities, by position. */
export const packIdentities = (rows: readonly PersonRow[]): string =>
  JSON.stringify(rows.map(({ identity }) => identity));

/**
 * Which of these people earlier batches of the file have named, and what it had given of them.
 * @param identities as `packIdentities` gives them; `n` is the position there.
 */
export async function findNamed(tx: Tx, importId: string, identities: string): Promise<KnownPerson[]> {
  const { rows } = await sql<{ n: number; consent: number; outcome: string; given: Buffer }>`
    select u.n::int - 1 as n, p.consent, p.outcome, p.given
    from json_array_elements_text(${identities}) with ordinality as u(identity, n)
    join import_people p on p.import_id = ${importId} and p.identity_hash = md5(u.identity)::uuid
  `.execute(tx);
  return rows.map((row) => ({ ...row, outcome: OUTCOMES[row.outcome] as Outcome }));
}

const people = (packed: string) => sql`
  u as materialized (
    select * from json_to_recordset(${packed}) as u(
      n int, identity text, phone text, phone_type text, country text, number_zones text[], email text, name text,
      city text, region text, language text, time_zone text, attributes jsonb, tags text[], consent smallint, given text)
  )`;

/** Who is there already, and whether the file says something new of them. */
const found = (workspaceId: string) => sql`
  found as materialized (
    select u.n, c.id, (
      coalesce(u.email <> c.email, u.email is not null) or coalesce(u.name <> c.name, u.name is not null)
      or coalesce(u.city <> c.city, u.city is not null) or coalesce(u.region <> c.region, u.region is not null)
      or coalesce(u.language <> c.language, u.language is not null)
      or coalesce(u.time_zone <> c.time_zone, u.time_zone is not null)
      or not c.attributes @> u.attributes or not c.tags @> u.tags
    ) as differs
    from u cross join lateral (
      select * from contacts where workspace_id = ${workspaceId} and identity = u.identity limit 1
    ) c
  )`;

/** Remembers who was named; a person counts once, and as updated if any of their rows brought something new. */
const named = (workspaceId: string, importId: string) => sql`
  named as (
    insert into import_people as p (workspace_id, import_id, identity_hash, contact_id, consent, outcome, given)
    select ${workspaceId}, ${importId}, md5(u.identity)::uuid, o.id, u.consent, o.outcome, decode(u.given, 'hex')
    from outcome o join u on u.n = o.n
    on conflict (import_id, identity_hash) do update set
      consent = excluded.consent, given = excluded.given,
      outcome = case when p.outcome = 's' then excluded.outcome else p.outcome end
  )`;

type Judged = { n: number; outcome: Outcome };

/** What `applyPeople` would do, with nothing written but who was named. */
export async function judgePeople(
  tx: Tx,
  contactImport: { id: string; workspace_id: string },
  packed: string,
): Promise<Judged[]> {
  const { id, workspace_id: workspaceId } = contactImport;
  const { rows: judged } = await sql<{ n: number; outcome: string }>`
    with ${people(packed)}, ${found(workspaceId)},
    outcome as materialized (
      select u.n, null::uuid as id, case when f.n is null then 'c' when f.differs then 'u' else 's' end as outcome
      from u left join found f on f.n = u.n
    ), ${named(workspaceId, id)}
    select n, outcome from outcome
  `.execute(tx);
  return judged.map(({ n, outcome }) => ({ n, outcome: OUTCOMES[outcome] as Outcome }));
}

/**
 * Makes or completes contacts, all in one statement, and puts them on the list. Rows of people whom somebody else
 * made meanwhile are missing in the answer: call again with those. What a file gives replaces what was there;
 * attributes merge by key, tags add up.
 */
export async function applyPeople(
  tx: Tx,
  contactImport: { id: string; workspace_id: string; list_id: string | null },
  packed: string,
): Promise<Judged[]> {
  const { id, workspace_id: workspaceId, list_id: listId } = contactImport;
  const { rows: applied } = await sql<{ n: number; outcome: string }>`
    with ${people(packed)}, ${found(workspaceId)},
    changed as (
      update contacts c set
        email = coalesce(u.email, c.email), name = coalesce(u.name, c.name), city = coalesce(u.city, c.city),
        region = coalesce(u.region, c.region), language = coalesce(u.language, c.language),
        time_zone = coalesce(u.time_zone, c.time_zone), attributes = c.attributes || u.attributes,
        tags = c.tags || array(select t from unnest(u.tags) t where t <> all (c.tags)), updated_at = now()
      from found f join u on u.n = f.n
      where f.differs and c.id = f.id
    ),
    created as (
      insert into contacts (workspace_id, identity, phone, phone_type, country, number_zones, email, name, city,
        region, language, time_zone, attributes, tags)
      select ${workspaceId}, identity, phone, phone_type, country, number_zones, email, name, city,
        region, language, time_zone, attributes, tags
      from u where n not in (select n from found)
      order by identity
      on conflict (workspace_id, identity) do nothing
      returning id, identity
    ),
    outcome as materialized (
      select n, id, case when differs then 'u' else 's' end as outcome from found
      union all
      select u.n, k.id, 'c' from created k join u on u.identity = k.identity
    ),
    listed as (
      insert into contact_list_members (workspace_id, list_id, contact_id)
      select ${workspaceId}, ${listId}::uuid, id from outcome where ${listId}::uuid is not null
      on conflict do nothing
    ), ${named(workspaceId, id)}
    select n, outcome from outcome
  `.execute(tx);
  return applied.map(({ n, outcome }) => ({ n, outcome: OUTCOMES[outcome] as Outcome }));
}

export type RejectedRow = {
  line: number;
  column_name: string | null;
  reason: string;
  cells: readonly string[];
};

export async function insertRejects(
  tx: Tx,
  contactImport: { id: string; workspace_id: string },
  rejects: readonly RejectedRow[],
): Promise<void> {
  if (rejects.length === 0) return;
  await sql`
    insert into import_rejects (workspace_id, import_id, line, column_name, reason, cells)
    select ${contactImport.workspace_id}, ${contactImport.id}, line, column_name, reason, cells
    from json_to_recordset(${JSON.stringify(rejects)}) as r(line bigint, column_name text, reason text, cells jsonb)
  `.execute(tx);
}
