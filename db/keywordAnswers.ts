import { sql } from "kysely";
import type { MessageChannel } from "../domain/address.ts";
import type { KeywordAnswer } from "../domain/conversationKeywords.ts";
import type { Db, Tx } from "./connect.ts";

const shown = [
  "id",
  "keywords",
  "match",
  "channel",
  "language",
  "body",
  "hand_off",
  "position",
  "enabled",
  "created_at",
  "updated_at",
] as const;

export interface KeywordAnswerFields {
  keywords?: string[] | undefined;
  match?: KeywordAnswer["match"] | undefined;
  channel?: MessageChannel | null | undefined;
  language?: string | null | undefined;
  body?: string | null | undefined;
  hand_off?: boolean | undefined;
  position?: number | undefined;
  enabled?: boolean | undefined;
}

/** In the order in which they are tried, behind `after`. */
export function listKeywordAnswers(
  db: Db | Tx,
  workspaceId: string,
  page: { after?: { position: number; id: string } | undefined; limit: number },
) {
  const { after } = page;
  let query = db
    .selectFrom("keyword_answers")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("deleted_at", "is", null);
  if (after !== undefined)
    query = query.where(sql<boolean>`(position, id) > (${after.position}::int, ${after.id}::uuid)`);
  return query.orderBy("position").orderBy("id").limit(page.limit).execute();
}

export function findKeywordAnswer(db: Db | Tx, workspaceId: string, id: string) {
  return db
    .selectFrom("keyword_answers")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** For a change that depends on what is there. */
export function lockKeywordAnswer(tx: Tx, workspaceId: string, id: string) {
  return tx
    .selectFrom("keyword_answers")
    .select(["body", "hand_off"])
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
}

export function insertKeywordAnswer(
  tx: Tx,
  workspaceId: string,
  fields: KeywordAnswerFields & { keywords: string[] },
) {
  return tx
    .insertInto("keyword_answers")
    .values({ ...fields, workspace_id: workspaceId })
    .returning(shown)
    .executeTakeFirstOrThrow();
}

/** Undefined where there is none. */
export function updateKeywordAnswer(tx: Tx, workspaceId: string, id: string, fields: KeywordAnswerFields) {
  return tx
    .updateTable("keyword_answers")
    .set({ ...fields, updated_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .returning(shown)
    .executeTakeFirst();
}

/** Bursts that it has answered still refer to it. */
export function deleteKeywordAnswer(tx: Tx, workspaceId: string, id: string) {
  return tx
    .updateTable("keyword_answers")
    .set({ deleted_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .returning("id")
    .executeTakeFirst();
}
