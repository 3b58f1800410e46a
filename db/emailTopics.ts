import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";
import { type Cancelled, cancelledCampaigns } from "./suppressions.ts";
import type { Recipient } from "./unsubscribes.ts";

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
