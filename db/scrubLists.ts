import { sql } from "kysely";
import type { ScrubSource } from "../domain/scrubList.ts";
import type { Db, Tx } from "./connect.ts";
import { belongsTo } from "./tenant.ts";

/** A list whose numbers are still to come; it holds nobody back before `activateScrubList`. */
export async function insertScrubList(
  tx: Tx,
  list: { workspace_id: string; source: ScrubSource; created_by: string },
): Promise<string> {
  const { id } = await tx.insertInto("scrub_lists").values(list).returning("id").executeTakeFirstOrThrow();
  return id;
}

/** Adds hashed numbers (db/suppressions.ts, addressHash) and says how many of them are new to the list. */
export async function addScrubbed(
  tx: Tx,
  workspaceId: string,
  listId: string,
  hashes: readonly Buffer[],
): Promise<number> {
  if (hashes.length === 0) return 0;
  const { numAffectedRows } = await sql`
    insert into scrub_numbers (address_hash, list_id, workspace_id)
    select hash, ${listId}::uuid, ${workspaceId}::uuid from unnest(${hashes as Buffer[]}::bytea[]) u (hash)
    on conflict do nothing`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/**
 * Puts a whole list in the place of those of its source that were begun before it. Undefined where one that was begun
 * later is whole already.
 */
export async function activateScrubList(
  tx: Tx,
  workspaceId: string,
  listId: string,
  counts: { numbers: number; rejected: number },
) {
  const lists = await tx
    .selectFrom("scrub_lists as l")
    .innerJoin("scrub_lists as mine", (join) =>
      join.onRef("mine.source", "=", "l.source").on("mine.id", "=", listId),
    )
    .select(["l.id"])
    .where("l.workspace_id", "=", workspaceId)
    .orderBy("l.id")
    .forUpdate("l")
    .execute();
  if (!lists.some(({ id }) => id === listId)) return undefined;
  await deleteLists(
    tx,
    workspaceId,
    lists.map(({ id }) => id).filter((id) => id < listId),
  );
  return tx
    .updateTable("scrub_lists")
    .set({ state: "active", ...counts })
    .where("id", "=", listId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("scrub_lists as later")
            .select("later.id")
            .whereRef("later.source", "=", "scrub_lists.source")
            .where("later.workspace_id", "=", workspaceId)
            .where("later.state", "=", "active"),
        ),
      ),
    )
    .returningAll()
    .executeTakeFirst();
}

/** The lists that hold, one per source. */
export function findScrubLists(tx: Tx, workspaceId: string) {
  return tx
    .selectFrom("scrub_lists")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("state", "=", "active")
    .orderBy("source")
    .execute();
}

/** Forgets lists with their numbers. */
export async function deleteLists(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .deleteFrom("scrub_numbers")
    .where("workspace_id", "=", workspaceId)
    .where("list_id", "in", ids)
    .execute();
  await tx.deleteFrom("scrub_lists").where("workspace_id", "=", workspaceId).where("id", "in", ids).execute();
}

/** Of these hashed numbers, those that a list which holds has, with its source: hash as hex → source. */
export async function findScrubbed(
  db: Db,
  workspaceId: string,
  hashes: readonly Buffer[],
): Promise<Map<string, ScrubSource>> {
  if (hashes.length === 0) return new Map();
  const rows = await db
    .selectFrom("scrub_numbers as n")
    .innerJoin("scrub_lists as l", "l.id", "n.list_id")
    .select(["n.address_hash", "l.source"])
    .where(sql<boolean>`n.address_hash = any(${hashes as Buffer[]}::bytea[])`)
    .where(belongsTo("n.workspace_id", workspaceId))
    .where("l.state", "=", "active")
    .execute();
  return new Map(rows.map((row) => [row.address_hash.toString("hex"), row.source as ScrubSource]));
}
