import type { Db, Tx } from "./connect.ts";

const shown = [
  "id",
  "conversation_id",
  "answers_id",
  "body",
  "source",
  "state",
  "edited",
  "message_id",
  "created_at",
  "settled_at",
  "settled_by",
] as const;

/** Newest first, behind `before`. */
export function listDrafts(
  db: Db | Tx,
  of: { workspaceId: string; conversationId: string },
  page: { before?: string | undefined; limit: number },
) {
  return db
    .selectFrom("conversation_drafts")
    .select(shown)
    .where("workspace_id", "=", of.workspaceId)
    .where("conversation_id", "=", of.conversationId)
    .$if(page.before !== undefined, (query) => query.where("id", "<", page.before ?? ""))
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}

export function findDraft(db: Db | Tx, of: { workspaceId: string; conversationId: string }, id: string) {
  return db
    .selectFrom("conversation_drafts")
    .select(shown)
    .where("workspace_id", "=", of.workspaceId)
    .where("conversation_id", "=", of.conversationId)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** Puts a draft that waits into other words. Undefined where it waits no more. */
export function editDraft(
  tx: Tx,
  of: { workspaceId: string; conversationId: string },
  id: string,
  body: string,
) {
  return tx
    .updateTable("conversation_drafts")
    .set({ body, edited: true })
    .where("workspace_id", "=", of.workspaceId)
    .where("conversation_id", "=", of.conversationId)
    .where("id", "=", id)
    .where("state", "=", "waiting")
    .returning(shown)
    .executeTakeFirst();
}
