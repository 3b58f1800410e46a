import { sql } from "kysely";
import { BETWEEN_TAGS } from "../domain/importRow.ts";
import type { Tx } from "./connect.ts";
import { belongsTo } from "./tenant.ts";

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

/** The rows of a batch by column, each a JSON array: PostgreSQL takes these apart three times as fast as objects. */
export type PackedPeople = { readonly [column in keyof PersonRow]: string };

/** People of a batch as the statements take them: made while the database works on the batch before. */
export function packPeople(rows: readonly PersonRow[]): PackedPeople {
  const pack = (value: (row: PersonRow) => string | number | null) => JSON.stringify(rows.map(value));
  return {
    n: pack((row) => row.n),
    identity: pack((row) => row.identity),
    phone: pack((row) => row.phone),
    phone_type: pack((row) => row.phone_type),
    country: pack((row) => row.country),
    number_zones: pack((row) => row.number_zones.join(BETWEEN_TAGS)),
    email: pack((row) => row.email),
    name: pack((row) => row.name),
    city: pack((row) => row.city),
    region: pack((row) => row.region),
    language: pack((row) => row.language),
    time_zone: pack((row) => row.time_zone),
    attributes: pack((row) => JSON.stringify(row.attributes)),
    tags: pack((row) => row.tags.join(BETWEEN_TAGS)),
    consent: pack((row) => row.consent),
    given: pack((row) => row.given),
  };
}

/**
 * Which of a batch's people earlier batches of the file have named, and what it had given of them. Each is looked up by
 * itself (`limit` keeps it so): a plan made while the table was empty would read everybody the file has named so far.
 */
export async function findNamed(tx: Tx, importId: string, packed: PackedPeople): Promise<KnownPerson[]> {
  const { rows } = await sql<{ n: number; consent: number; outcome: string; given: Buffer }>`
    select u.n::int, p.consent, p.outcome, p.given
    from rows from (json_array_elements_text(${packed.n}), json_array_elements_text(${packed.identity}))
      as u(n, identity)
    cross join lateral (
      select * from import_people where import_id = ${importId} and identity_hash = md5(u.identity)::uuid limit 1
    ) p
  `.execute(tx);
  return rows.map((row) => ({ ...row, outcome: OUTCOMES[row.outcome] as Outcome }));
}

const column = (json: string) => sql`json_array_elements_text(${json})`;
const list = (name: string) => sql`string_to_array(${sql.ref(name)}, ${sql.lit(BETWEEN_TAGS)})`;

const people = (packed: PackedPeople) => sql`
  u as materialized (
    select n::int, identity, phone, phone_type, country, ${list("number_zones")} as number_zones, email, name, city,
      region, language, time_zone, attributes::jsonb, ${list("tags")} as tags, consent::smallint, given
    from rows from (${column(packed.n)}, ${column(packed.identity)}, ${column(packed.phone)},
      ${column(packed.phone_type)}, ${column(packed.country)}, ${column(packed.number_zones)}, ${column(packed.email)},
      ${column(packed.name)}, ${column(packed.city)}, ${column(packed.region)}, ${column(packed.language)},
      ${column(packed.time_zone)}, ${column(packed.attributes)}, ${column(packed.tags)}, ${column(packed.consent)},
      ${column(packed.given)})
    as u(n, identity, phone, phone_type, country, number_zones, email, name, city, region, language, time_zone,
      attributes, tags, consent, given)
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
      select * from contacts where identity = u.identity and ${belongsTo("workspace_id", workspaceId)} limit 1
    ) c
  )`;

/**
 * Remembers who was named; a person counts once, and as updated if any of their rows brought something new. The caller
 * holds the lane (`waitsAt`), so whoever is not `known` from an earlier batch is in nobody's: adding costs no look-up.
 */
const named = (workspaceId: string, importId: string, known: readonly number[]) => {
  const into = sql`insert into import_people as p (workspace_id, import_id, identity_hash, contact_id, consent, outcome, given)
    select ${workspaceId}, ${importId}, md5(u.identity)::uuid, o.id, u.consent, o.outcome, decode(u.given, 'hex')
    from outcome o join u on u.n = o.n`;
  return sql`
  named as (${into} where u.n <> all (${known as number[]}::int[])),
  named_again as (
    ${into} where u.n = any (${known as number[]}::int[])
    on conflict (import_id, identity_hash) do update set
      consent = excluded.consent, given = excluded.given,
      outcome = case when p.outcome = 's' then excluded.outcome else p.outcome end
  )`;
};

type Judged = { n: number; outcome: Outcome };

/** What `applyPeople` would do, with nothing written but who was named. */
export async function judgePeople(
  tx: Tx,
  contactImport: { id: string; workspace_id: string },
  packed: PackedPeople,
  known: readonly number[],
): Promise<Judged[]> {
  const { id, workspace_id: workspaceId } = contactImport;
  const { rows: judged } = await sql<{ n: number; outcome: string }>`
    with ${people(packed)}, ${found(workspaceId)},
    outcome as materialized (
      select u.n, null::uuid as id, case when f.n is null then 'c' when f.differs then 'u' else 's' end as outcome
      from u left join found f on f.n = u.n
    ), ${named(workspaceId, id, known)}
    select n, outcome from outcome
  `.execute(tx);
  return judged.map(({ n, outcome }) => ({ n, outcome: OUTCOMES[outcome] as Outcome }));
}

/**
 * Makes or completes contacts, all in one statement, and puts them on the list; `known` are those whom an earlier
 * batch of the file has named. Rows of people whom somebody else
 * made meanwhile are missing in the answer: call again with those. What a file gives replaces what was there;
 * attributes merge by key, tags add up.
 */
export async function applyPeople(
  tx: Tx,
  contactImport: { id: string; workspace_id: string; list_id: string | null },
  packed: PackedPeople,
  known: readonly number[],
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
      select ${workspaceId}, ${listId}::uuid, id from found where ${listId}::uuid is not null
      on conflict do nothing
    ),
    -- Who is made here is on no list yet: nothing to look up.
    listed_new as (
      insert into contact_list_members (workspace_id, list_id, contact_id)
      select ${workspaceId}, ${listId}::uuid, id from created where ${listId}::uuid is not null
    ), ${named(workspaceId, id, known)}
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
