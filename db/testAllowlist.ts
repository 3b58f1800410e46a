import type { Db, Tx } from "./connect.ts";

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
    .$if(page.after !== undefined, (query) => query.where("address", ">", page.after ?? ""))
    .orderBy("address")
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
