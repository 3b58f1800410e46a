import type { Db, Tx } from "./connect.ts";

export interface AuditEntry {
  workspace_id: string;
  actor_kind: "api_key" | "system" | "provider";
  actor_id: string | null;
  action: string;
  subject_kind: string;
  subject_id: string;
  /** Names of changed fields and values that say nothing of a person. */
  change?: Record<string, unknown>;
  request_id?: string | null;
}

export async function insertAuditEntry(tx: Db | Tx, entry: AuditEntry): Promise<void> {
  await tx
    .insertInto("audit_log")
    .values({ ...entry, change: JSON.stringify(entry.change ?? {}) })
    .execute();
}

/** Newest first. `before` is the id of the last entry of the page before. */
export function listAuditEntries(
  db: Db | Tx,
  workspaceId: string,
  page: {
    before: string | undefined;
    limit: number;
    action?: string | undefined;
    subjectId?: string | undefined;
  },
) {
  return db
    .selectFrom("audit_log")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .$if(page.before !== undefined, (query) => query.where("id", "<", page.before ?? ""))
    .$if(page.action !== undefined, (query) => query.where("action", "=", page.action ?? ""))
    .$if(page.subjectId !== undefined, (query) => query.where("subject_id", "=", page.subjectId ?? ""))
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}
