import { sql } from "kysely";
import { ROLES, type Role } from "../domain/roles.ts";
import type { Db, Tx } from "./connect.ts";
import { oldestFirst, ownRow } from "./rows.ts";

export interface ResolvedKey {
  id: string;
  workspace_id: string;
  member_id: string | null;
  role: Role;
  secret_hash: Buffer;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
  /** Not revoked and not expired, by the database's clock. */
  valid: boolean;
  /** Its last use was noted more than a minute ago. */
  touch: boolean;
}

/** Whose key this is: the one look-up that happens before the workspace is known. */
export async function resolveApiKey(db: Db | Tx, prefix: string): Promise<ResolvedKey | undefined> {
  const { rows } = await sql<ResolvedKey>`
    select k.*, k.revoked_at is null and coalesce(k.expires_at > now(), true) as valid,
      coalesce(k.last_used_at < now() - interval '1 minute', true) as touch
    from resolve_api_key(${prefix}) k`.execute(db);
  return rows[0];
}

export async function touchApiKey(db: Db | Tx, workspaceId: string, id: string): Promise<void> {
  await db
    .updateTable("api_keys")
    .set({ last_used_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where((where) =>
      where.or([
        where("last_used_at", "is", null),
        where("last_used_at", "<", sql<Date>`now() - interval '1 minute'`),
      ]),
    )
    .execute();
}

export interface NewApiKey {
  workspace_id: string;
  member_id: string | null;
  name: string;
  prefix: string;
  secret_hash: Buffer;
  role: Role;
  expires_at: Date | null;
}

export function insertApiKey(db: Db | Tx, key: NewApiKey) {
  return db.insertInto("api_keys").values(key).returningAll().executeTakeFirstOrThrow();
}

/** In the order of their making. */
export function listApiKeys(
  db: Db | Tx,
  workspaceId: string,
  page: { after: string | undefined; limit: number },
) {
  return oldestFirst(db.selectFrom("api_keys").selectAll().where("workspace_id", "=", workspaceId), page);
}

export function findApiKey(db: Db | Tx, workspaceId: string, id: string) {
  return db.selectFrom("api_keys").selectAll().where(ownRow(workspaceId, id)).executeTakeFirst();
}

/** Undefined where there is no such key or it is revoked already. */
export function revokeApiKey(db: Db | Tx, workspaceId: string, id: string) {
  return db
    .updateTable("api_keys")
    .set({ revoked_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

/** The valid keys of the role owner, locked: the last of them must not go. */
export function lockOwnerKeys(tx: Tx, workspaceId: string) {
  return tx
    .selectFrom("api_keys")
    .select(["id", "member_id"])
    .where("workspace_id", "=", workspaceId)
    .where("role", "=", "owner")
    .where("revoked_at", "is", null)
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", sql<Date>`now()`)]))
    .orderBy("id")
    .forUpdate()
    .execute();
}

/** No key of a member reaches above the member. */
export async function lowerKeysOfMember(
  tx: Tx,
  workspaceId: string,
  memberId: string,
  role: Role,
): Promise<void> {
  const above = ROLES.slice(ROLES.indexOf(role) + 1);
  if (above.length === 0) return;
  await tx
    .updateTable("api_keys")
    .set({ role })
    .where("workspace_id", "=", workspaceId)
    .where("member_id", "=", memberId)
    .where("role", "in", above)
    .execute();
}
