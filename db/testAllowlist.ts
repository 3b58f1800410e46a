import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";

/** Where an address stands in the list: no order that says anything, but one that a cursor may carry. */
const POSITION = sql<string>`md5(address)::uuid`;

/** The row where the address is new to the list, else undefined. `address` is canonical. */
export function addAllowlisted(tx: Tx, workspaceId: string, address: string) {
  return tx
    .insertInto("test_allowlist")
    .values({ workspace_id: workspaceId, address })
    .onConflict((conflict) => conflict.columns(["workspace_id", "address"]).doNothing())
    .returningAll()
    .executeTakeFirst();
}

export function findAllowlisted(db: Db | Tx, workspaceId: string, address: string) {
  return db
    .selectFrom("test_allowlist")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("address", "=", address)
    .executeTakeFirst();
}

export function listAllowlisted(
  db: Db | Tx,
  workspaceId: string,
  page: { after: string | undefined; limit: number },
) {
  return db
    .selectFrom("test_allowlist")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .select(POSITION.as("position"))
    .$if(page.after !== undefined, (query) => query.where(POSITION, ">", page.after ?? ""))
    .orderBy("position")
    .limit(page.limit)
    .execute();
}

/** Whether it was there. */
export async function removeAllowlisted(tx: Tx, workspaceId: string, address: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("test_allowlist")
    .where("workspace_id", "=", workspaceId)
    .where("address", "=", address)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
