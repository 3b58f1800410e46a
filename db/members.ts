import { sql } from "kysely";
import type { Role } from "../domain/roles.ts";
import type { Db, Tx } from "./connect.ts";

export interface NewMember {
  workspace_id: string;
  name: string;
  email: string;
  role: Role;
}

export function insertMember(tx: Tx, member: NewMember) {
  return tx.insertInto("members").values(member).returningAll().executeTakeFirstOrThrow();
}

/** Those who have not been removed, in the order of their coming. */
export function listMembers(
  db: Db | Tx,
  workspaceId: string,
  page: { after: string | undefined; limit: number },
) {
  return db
    .selectFrom("members")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("removed_at", "is", null)
    .$if(page.after !== undefined, (query) => query.where("id", ">", page.after ?? ""))
    .orderBy("id")
    .limit(page.limit)
    .execute();
}

export function findMember(db: Db | Tx, workspaceId: string, id: string) {
  return db
    .selectFrom("members")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .executeTakeFirst();
}

export function updateMember(
  tx: Tx,
  workspaceId: string,
  id: string,
  change: { name?: string | undefined; email?: string | undefined; role?: Role | undefined },
) {
  return tx
    .updateTable("members")
    .set({ ...change, name: change.name ?? sql.ref<string>("name") })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

/** Whether this member takes conversations that are handed over. Undefined where there is no such member. */
export function setAvailable(tx: Tx, workspaceId: string, id: string, available: boolean) {
  return tx
    .updateTable("members")
    .set({ available })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .returning(["id", "name", "available"])
    .executeTakeFirst();
}

/** A member who goes takes the keys along. Undefined where there is no such member. */
export async function removeMember(tx: Tx, workspaceId: string, id: string) {
  const member = await tx
    .updateTable("members")
    .set({ removed_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .returning("id")
    .executeTakeFirst();
  if (!member) return undefined;
  const { numUpdatedRows } = await tx
    .updateTable("api_keys")
    .set({ revoked_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("member_id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return { id: member.id, revokedKeys: Number(numUpdatedRows) };
}

/** Where calls of their conversations are put through to. Undefined: there is no such member. */
export function setCallPhone(tx: Tx, workspaceId: string, id: string, callPhone: string | null) {
  return tx
    .updateTable("members")
    .set({ call_phone: callPhone })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .returning("call_phone")
    .executeTakeFirst();
}
