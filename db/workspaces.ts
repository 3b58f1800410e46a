import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { composeApiKey, hashSecret } from "../domain/apiKey.ts";
import type { SettingsChange } from "../domain/settings.ts";
import { insertApiKey } from "./apiKeys.ts";
import { insertAuditEntry } from "./auditLog.ts";
import type { Db, Tx } from "./connect.ts";

export interface NewWorkspace {
  name: string;
  time_zone?: string;
  currency?: string;
  default_region?: string;
  test_mode?: boolean;
  /** Overrides of the defaults of domain/settings.ts. */
  settings?: SettingsChange;
}

/**
 * A workspace and a key of the role owner for it; the key is not stored and cannot be shown again.
 * Needs the worker's role: the API's sees one workspace only.
 */
export function createWorkspaceWithOwner(db: Db, { settings = {}, ...columns }: NewWorkspace) {
  return db.transaction().execute(async (tx) => {
    const workspace = await tx
      .insertInto("workspaces")
      .values({ ...columns, settings: JSON.stringify(settings) })
      .returningAll()
      .executeTakeFirstOrThrow();
    const { key, prefix, secret } = composeApiKey(randomBytes(6), randomBytes(32));
    await insertApiKey(tx, {
      workspace_id: workspace.id,
      member_id: null,
      name: "First owner key",
      prefix,
      secret_hash: hashSecret(secret),
      role: "owner",
      expires_at: null,
    });
    await insertAuditEntry(tx, {
      workspace_id: workspace.id,
      actor_kind: "system",
      actor_id: null,
      action: "createWorkspace",
      subject_kind: "workspace",
      subject_id: workspace.id,
    });
    return { workspace, apiKey: key };
  });
}

export function findWorkspace(db: Db | Tx, id: string) {
  return db.selectFrom("workspaces").selectAll().where("id", "=", id).executeTakeFirst();
}

/** For a change that depends on what is there. */
export function lockWorkspace(tx: Tx, id: string) {
  return tx.selectFrom("workspaces").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

export interface WorkspaceChange {
  name?: string | undefined;
  time_zone?: string | undefined;
  currency?: string | undefined;
  default_region?: string | undefined;
  test_mode?: boolean | undefined;
  settings?: SettingsChange | Record<string, unknown> | undefined;
}

export function updateWorkspace(tx: Tx, id: string, { settings, ...columns }: WorkspaceChange) {
  return tx
    .updateTable("workspaces")
    .set({
      ...columns,
      settings: settings && JSON.stringify(settings),
      name: columns.name ?? sql.ref<string>("name"),
    })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

/** Turns the workspace's stop switch; a second stop keeps the time of the first. */
export function setSendingStopped(tx: Tx, id: string, stopped: boolean) {
  return tx
    .updateTable("workspaces")
    .set({ sending_stopped_at: stopped ? sql`coalesce(sending_stopped_at, now())` : null })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}
