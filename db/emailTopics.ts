import { sql } from "kysely";
import { DomainError } from "../domain/errors.ts";
import { breaksUnique } from "./conflicts.ts";
import type { Db, Tx } from "./connect.ts";
import { type Cancelled, cancelledCampaigns } from "./suppressions.ts";
import type { Recipient } from "./unsubscribes.ts";

const shown = [
  "id",
  "name",
  "description",
  "translations",
  "asm_group_id",
  "position",
  "created_at",
  "updated_at",
] as const;

export interface TopicFields {
  name?: string;
  description?: string | null;
  translations?: Record<string, unknown>;
  asm_group_id?: number | null;
  position?: number;
}

/** A topic's own words in a language. */
type Translations = Record<string, { name?: string; description?: string | null } | undefined>;
export type TopicRow = Awaited<ReturnType<typeof listTopics>>[number];

/** In the order in which people see them. */
export async function listTopics(db: Db, workspaceId: string) {
  const rows = await db
    .selectFrom("email_topics")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("deleted_at", "is", null)
    .orderBy("position")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ ...row, translations: row.translations as Translations }));
}

export function findTopic(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("email_topics")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** @throws DomainError `conflict` where the name or the group is another topic's. */
export function insertTopic(tx: Tx, workspaceId: string, fields: TopicFields & { name: string }) {
  return unlessOthers(
    tx
      .insertInto("email_topics")
      .values({ ...columnsOf(fields), name: fields.name, workspace_id: workspaceId })
      .returning(shown)
      .executeTakeFirstOrThrow(),
  );
}

/** Undefined where there is none. @throws DomainError `conflict` as `insertTopic` does. */
export function updateTopic(tx: Tx, workspaceId: string, id: string, fields: TopicFields) {
  return unlessOthers(
    tx
      .updateTable("email_topics")
      .set({ ...columnsOf(fields), updated_at: sql`now()` })
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .where("deleted_at", "is", null)
      .returning(shown)
      .executeTakeFirst(),
  );
}

/** Content that is about it, and people who declined it, still refer to it. */
export function deleteTopic(tx: Tx, workspaceId: string, id: string) {
  return tx
    .updateTable("email_topics")
    .set({ deleted_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .returning("id")
    .executeTakeFirst();
}

const columnsOf = ({ translations, ...fields }: TopicFields) => ({
  ...fields,
  ...(translations && { translations: JSON.stringify(translations) }),
});

function unlessOthers<T>(statement: Promise<T>): Promise<T> {
  return statement.catch((error: unknown) => {
    if (breaksUnique(error, "email_topics_name"))
      throw new DomainError("conflict", "There is a topic of this name.", {
        field: "name",
        fix: "Change that one, or take another name.",
      });
    if (breaksUnique(error, "email_topics_group"))
      throw new DomainError("conflict", "Another topic has this unsubscribe group.", {
        field: "asm_group_id",
        fix: "One group of SendGrid's stands for one topic.",
      });
    throw error;
  });
}

/** The topic that one of SendGrid's unsubscribe groups stands for. */
export function findTopicOfGroup(db: Db, workspaceId: string, groupId: number) {
  return db
    .selectFrom("email_topics")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("asm_group_id", "=", groupId)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** These people want nothing of this topic any more: what is queued of it for them is cancelled. The caller holds their locks. */
export async function declineTopic(tx: Tx, recipient: Recipient, topicId: string): Promise<Cancelled> {
  await sql`
    insert into email_preferences (contact_id, workspace_id, declined)
    select id, ${recipient.workspaceId}, array[${topicId}::uuid] from unnest(${recipient.contactIds}::uuid[]) u (id)
    order by id
    on conflict (contact_id) do update set declined = array_append(email_preferences.declined, ${topicId}::uuid), updated_at = now()
      where not email_preferences.declined @> array[${topicId}::uuid]`.execute(tx);
  return cancelTopics(tx, recipient, [topicId]);
}

/** They take it again. */
export async function acceptTopic(tx: Tx, recipient: Recipient, topicId: string): Promise<void> {
  await sql`
    update email_preferences set declined = array_remove(declined, ${topicId}::uuid), updated_at = now()
    where contact_id = any(${recipient.contactIds}::uuid[]) and declined @> array[${topicId}::uuid]`.execute(
    tx,
  );
}

/** Cancels what is queued of these topics for these people; a message's topic stands in its content. */
export async function cancelTopics(
  tx: Tx,
  recipient: Recipient,
  topicIds: readonly string[],
): Promise<Cancelled> {
  if (topicIds.length === 0) return { count: 0, campaigns: [] };
  const { rows } = await sql<{ campaign_id: string | null }>`
    update messages m set state = 'cancelled', due_at = null, reason = 'topic_declined'
    where m.contact_id = any(${recipient.contactIds}::uuid[]) and m.workspace_id = ${recipient.workspaceId}
      and m.due_at is not null and m.channel = 'email' and m.purpose = 'marketing'
      and exists (select from email_contents c where c.id::text = m.content_sid
        and c.envelope ->> 'topic_id' = any(${topicIds as string[]}))
    returning campaign_id`.execute(tx);
  return cancelledCampaigns(tx, recipient.workspaceId, rows);
}
