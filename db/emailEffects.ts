import { sql } from "kysely";
import type { MailEvent, MailEventKind } from "../domain/email/mailEvent.ts";
import { SOFT_BOUNCE_DAYS, suppressionOfMail } from "../domain/email/refusals.ts";
import type { Tx } from "./connect.ts";
import type { KnownMailEvent } from "./emailEvents.ts";
import { acceptTopic, declineTopic, findTopicOfGroup } from "./emailTopics.ts";
import { lockContacts } from "./locks.ts";
import { suppressAddress } from "./optOuts.ts";
import type { ReceiptContext } from "./receipts.ts";
import type { Cancelled } from "./suppressions.ts";
import { type OwnWord, type Recipient, recordOptOut, resubscribe, unsubscribe } from "./unsubscribes.ts";

/** Events after which an address may be given up, or a person wants something else. */
const HEEDED = new Set<MailEventKind>([
  "bounced",
  "blocked",
  "dropped",
  "complained",
  "unsubscribed",
  "topic_declined",
  "topic_accepted",
]);

/**
 * Locks, before any row of theirs is, the people whom these events may silence: everybody who is written to at the
 * address of such a message. By the message's id; one whose person is erased is not among them.
 */
export async function lockRecipients(
  tx: Tx,
  workspaceId: string,
  events: readonly MailEvent[],
): Promise<Map<string, Recipient>> {
  const ids = events.filter((event) => HEEDED.has(event.kind)).map((event) => event.messageId);
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; address: string; contact_ids: string[] }>`
    select m.id, m.address, array(select c.id from contacts c where c.workspace_id = ${workspaceId} and c.email = m.address
      union select m.contact_id) as contact_ids
    from messages m where m.id = any(${[...new Set(ids)]}::uuid[]) and m.workspace_id = ${workspaceId}
      and m.address is not null`.execute(tx);
  await lockContacts(
    tx,
    rows.flatMap((row) => row.contact_ids),
  );
  return new Map(
    rows.map(({ id, address, contact_ids }) => [id, { workspaceId, address, contactIds: contact_ids }]),
  );
}

/** What follows of events for addresses and people, in the order in which they happened. Gives campaigns that lost messages. */
export async function applyMailEffects(
  tx: Tx,
  on: ReceiptContext,
  events: readonly KnownMailEvent[],
  recipients: ReadonlyMap<string, Recipient>,
): Promise<Cancelled["campaigns"]> {
  const campaigns: Cancelled["campaigns"] = [];
  const heeded = events.filter((event) => HEEDED.has(event.kind));
  for (const event of heeded.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const recipient = recipients.get(event.messageId);
    if (recipient !== undefined) campaigns.push(...(await heed(tx, on, event, recipient)));
  }
  return campaigns;
}

async function heed(
  tx: Tx,
  on: ReceiptContext,
  event: KnownMailEvent,
  recipient: Recipient,
): Promise<Cancelled["campaigns"]> {
  if (event.kind === "topic_declined" || event.kind === "topic_accepted" || leftGroup(event))
    return heedTopic(tx, on, event, recipient);
  const soft = event.kind === "blocked" ? await countSoftBounces(tx, recipient) : 0;
  const reason = suppressionOfMail(event, soft);
  if (reason === null) return [];
  if (event.kind === "complained" || event.kind === "unsubscribed")
    await recordOptOut(tx, recipient, { ...wordOf(event), purpose: "all" });
  const campaigns: Cancelled["campaigns"] = [];
  for (const contactId of recipient.contactIds) {
    const of = {
      workspaceId: on.workspaceId,
      contactId,
      channel: "email" as const,
      address: recipient.address,
    };
    const silenced = await suppressAddress(tx, on.addressKey, { ...of, reason, source: "receipt" });
    campaigns.push(...silenced.campaigns);
  }
  return campaigns;
}

/** Not sent to somebody who has left the group that it was sent with: they want nothing of it, not nothing at all. */
const leftGroup = ({ kind, reason, groupId }: KnownMailEvent) =>
  kind === "dropped" && reason === "unsubscribed_address" && groupId !== null;

/** A group of SendGrid that means a topic is that topic; any other stands for marketing as a whole. */
async function heedTopic(
  tx: Tx,
  on: ReceiptContext,
  event: KnownMailEvent,
  recipient: Recipient,
): Promise<Cancelled["campaigns"]> {
  const topic =
    event.groupId === null ? undefined : await findTopicOfGroup(tx, on.workspaceId, event.groupId);
  const declines = event.kind !== "topic_accepted";
  if (topic !== undefined) {
    if (declines) return (await declineTopic(tx, recipient, topic.id)).campaigns;
    await acceptTopic(tx, recipient, topic.id);
    return [];
  }
  if (declines) return (await unsubscribe(tx, on.addressKey, recipient, wordOf(event))).campaigns;
  await resubscribe(tx, on.addressKey, recipient, wordOf(event));
  return [];
}

const wordOf = (event: KnownMailEvent): OwnWord => ({
  source: "email_event",
  method: event.kind,
  at: event.at,
  evidence: { message_id: event.messageId, ...(event.groupId !== null && { group_id: event.groupId }) },
});

/** Messages to these people that their server has turned away lately, the one of this event included. */
async function countSoftBounces(tx: Tx, recipient: Recipient): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(distinct e.message_id) as n from messages m join email_events e on e.message_id = m.id
    where m.contact_id = any(${recipient.contactIds}::uuid[]) and m.address = ${recipient.address}
      and e.kind = 'blocked' and e.at > now() - ${SOFT_BOUNCE_DAYS} * interval '1 day'`.execute(tx);
  return rows[0]?.n ?? 0;
}
