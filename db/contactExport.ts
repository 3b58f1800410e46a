import { sql } from "kysely";
import type { Db } from "./connect.ts";
import { findPerson, rowsOf } from "./erasurePerson.ts";
import { privacy } from "./privacy.ts";
import { columnsOf } from "./privacyWays.ts";

/** What works for the machine alone: keys of hashes, and search indexes made of other columns. */
const INTERNAL = new Set(["workspace_id", "address_hash", "search", "search_name", "tx", "epoch"]);

/**
 * All rows of one person, by table, as the registry finds them: what erasing them would empty, and what of their rows
 * would stay. Rows of others in which they are merely mentioned are left out.
 */
export async function exportContact(
  db: Db,
  addressKey: Buffer,
  workspaceId: string,
  contactId: string,
): Promise<Record<string, Record<string, unknown>[]>> {
  const person = await findPerson(db, addressKey, workspaceId, contactId);
  const tables: Record<string, Record<string, unknown>[]> = {};
  for (const [name, table] of Object.entries(privacy)) {
    const theirs = rowsOf(name, person, ({ by }) => by !== "mention");
    if (theirs === undefined) continue;
    const columns = columnsOf(table, "keeps", "identifies", "content").filter(
      (column) => !INTERNAL.has(column),
    );
    const selected = sql.join(columns.map((column) => sql.ref(`${name}.${column}`)));
    const { rows } = await sql<Record<string, unknown>>`
      select ${selected} from ${sql.table(name)} where ${theirs} order by 1`.execute(db);
    if (rows.length > 0) tables[name] = rows;
  }
  return tables;
}
