import { sql } from "kysely";
import { isDomainError } from "../domain/errors.ts";
import { unseal } from "../domain/secrets.ts";
import { type Db, inTransaction } from "./connect.ts";
import { type Person, rowsOf } from "./erasurePerson.ts";
import { privacy } from "./privacy.ts";
import { columnsOf, type TablePrivacy } from "./privacyWays.ts";

/** Rows that went or were emptied, by table; tables with none are left out. */
export type RowCounts = Record<string, number>;

/** What the other tables' rows are found by goes last. */
const LAST = ["conversations", "messages", "contacts"];
const TABLES = [...Object.keys(privacy).filter((name) => !LAST.includes(name)), ...LAST];

/**
 * Empties or deletes what the registry says of one person, table by table, each in a transaction of its own.
 * Repeatable: what is empty already is not counted again.
 */
export async function eraseRows(
  db: Db,
  person: Person,
  only: readonly string[] = TABLES,
): Promise<RowCounts> {
  const counts: RowCounts = {};
  for (const name of only) {
    const rows = await inTransaction(db, (tx) => eraseTable(tx, name, person));
    if (rows > 0) counts[name] = rows;
  }
  return counts;
}

async function eraseTable(db: Db, name: string, person: Person): Promise<number> {
  const table = privacy[name];
  const theirs = rowsOf(name, person);
  if (table?.erasure === undefined || theirs === undefined) return 0;
  const idle = sql.raw(table.busy === undefined ? "true" : `not (${table.busy})`);
  if (table.erasure === "delete") {
    const gone = await sql`delete from ${sql.table(name)} where ${theirs} and ${idle}`.execute(db);
    return Number(gone.numAffectedRows ?? 0);
  }
  return emptyRows(db, name, ["identifies", "content"], sql<boolean>`${theirs} and ${idle}`);
}

/** Takes the columns of these groups away from the rows, at most so many; rows where nothing is left are let be. */
export async function emptyRows(
  db: Db,
  name: string,
  groups: ("identifies" | "content")[],
  where: ReturnType<typeof sql<boolean>>,
  most?: number,
): Promise<number> {
  const changes = emptying(privacy[name] as TablePrivacy, groups);
  if (changes.length === 0) return 0;
  const set = sql.join(changes.map(({ column, to }) => sql`${sql.ref(column)} = ${to}`));
  const full = sql.join(
    changes.map(({ column, to }) => sql`${sql.ref(column)} is distinct from ${to}`),
    sql` or `,
  );
  const rows = sql<boolean>`${where} and (${full})`;
  const some = sql<boolean>`ctid = any(array(select ctid from ${sql.table(name)} where ${rows} limit ${most} for update))`;
  const emptied =
    await sql`update ${sql.table(name)} set ${set} where ${most === undefined ? rows : some}`.execute(db);
  return Number(emptied.numAffectedRows ?? 0);
}

const emptying = (table: TablePrivacy, groups: ("identifies" | "content")[]) =>
  columnsOf(table, ...groups).map((column) => ({ column, to: sql.raw(table.emptied?.[column] ?? "null") }));

/** How many rows of this person are at work still, and have to be looked at again. */
export async function countBusy(db: Db, person: Person): Promise<number> {
  let busy = 0;
  for (const [name, table] of Object.entries(privacy)) {
    const theirs = rowsOf(name, person);
    if (table.busy === undefined || theirs === undefined) continue;
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from ${sql.table(name)} where ${theirs} and (${sql.raw(table.busy)})`.execute(db);
    busy += rows[0]?.n ?? 0;
  }
  return busy;
}

/**
 * Answers of the API that are kept for repeated requests and name this person. They are sealed, so each of the last
 * 24 hours is opened; the key stays, so that a repeated request still does nothing twice.
 */
export async function eraseKeptAnswers(db: Db, sealingKey: Buffer, person: Person): Promise<RowCounts> {
  let erased = 0;
  for (let after = ""; ; ) {
    const { rows } = await sql<{ key: string; response: { sealed: string } }>`
      select key, response from idempotency_keys
      where workspace_id = ${person.workspaceId} and key > ${after} and response is not null
      order by key limit ${ANSWERS}`.execute(db);
    const named = rows.filter((row) => names(row, sealingKey, person)).map(({ key }) => key);
    await sql`update idempotency_keys set response = null
      where workspace_id = ${person.workspaceId} and key = any(${named}::text[])`.execute(db);
    erased += named.length;
    const last = rows.at(-1);
    if (last === undefined) return erased === 0 ? {} : { idempotency_keys: erased };
    after = last.key;
  }
}

const ANSWERS = 1_000;

function names(
  { key, response }: { key: string; response: { sealed: string } },
  sealingKey: Buffer,
  person: Person,
): boolean {
  const context = `idempotency_keys:${person.workspaceId}:${key}`;
  try {
    const answer = unseal(sealingKey, Buffer.from(response.sealed, "base64"), context);
    return [person.contactId, ...person.addresses].some((mark) => answer.includes(mark));
  } catch (error) {
    // Sealed under another SECRET_KEY: nobody can give it as an answer, and nobody can tell whom it names.
    if (isDomainError(error, "unavailable")) return true;
    throw error;
  }
}

/**
 * Receipts come as long as three days after their message: those of people who were erased meanwhile are emptied like
 * the ones before. Gives how many there were.
 */
export async function sweepErased(db: Db): Promise<number> {
  const { rows } = await sql<{ workspaceId: string; contactId: string }>`
    select workspace_id as "workspaceId", contact_id as "contactId" from erasures
    where requested_at > now() - interval '4 days' and state <> 'running'`.execute(db);
  let swept = 0;
  for (const ids of rows) {
    const person: Person = { ...ids, addresses: [], hashes: [], needles: [] };
    swept += (await eraseRows(db, person, ["webhook_events"])).webhook_events ?? 0;
  }
  return swept;
}
