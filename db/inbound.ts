import { sql } from "kysely";
import { canonicalAddress } from "../domain/address.ts";
import type { OptOutReading } from "../domain/optOut.ts";
import type { Tx } from "./connect.ts";
import { insertContact } from "./contacts.ts";
import { lockContacts } from "./locks.ts";
import { optIn, optOut } from "./optOuts.ts";
import { addressHash } from "./suppressions.ts";

/** A message that a person wrote to one of our senders. */
export interface InboundMessage {
  channel: "whatsapp" | "sms";
  /** E.164, or a WhatsApp user id where the person hides their number. */
  from: string;
  to: string;
  providerSid: string;
  body: string;
  media: readonly { url: string; type: string }[];
  profileName: string | null;
  whatsappUserId: string | null;
  /** Null: just now. Older where it was found in the provider's list after its webhook was lost. */
  sentAt: Date | null;
  /** What the number says of the person's place, for somebody who is new. */
  place: { country: string | null; region: string | null; numberZones: string[]; phoneType: string | null };
}

export type InboundResult =
  | {
      kind: "stored";
      messageId: string;
      contactId: string;
      conversationId: string;
      campaignId: string | null;
    }
  | { kind: "known" }
  | { kind: "no_sender" };

/**
 * Stores an inbound message with all that follows from it at once: its person and conversation, the 24-hour window,
 * the campaign it answers, and an opt-out or opt-in. Part of the caller's transaction; a repeated one changes nothing.
 */
export async function applyInbound(
  tx: Tx,
  on: { workspaceId: string; addressKey: Buffer },
  message: InboundMessage,
  reading: OptOutReading,
): Promise<InboundResult> {
  const sender = await tx
    .selectFrom("senders")
    .select("id")
    .where("workspace_id", "=", on.workspaceId)
    .where("channel", "=", message.channel)
    .where("address", "=", canonicalAddress(message.channel, message.to))
    // What is written to a number that was removed still counts: a STOP above all.
    .orderBy("removed_at", (order) => order.desc().nullsFirst())
    .executeTakeFirst();
  if (sender === undefined) return { kind: "no_sender" };

  const address = canonicalAddress(message.channel, message.from);
  const contactId = await findOrAddPerson(tx, on.workspaceId, address, message);
  await lockContacts(tx, [contactId]);
  const conversationId = await openConversation(tx, on.workspaceId, {
    contactId,
    senderId: sender.id,
    address,
    message,
  });
  const messageId = await insertInbound(tx, on.workspaceId, {
    contactId,
    senderId: sender.id,
    conversationId,
    message,
  });
  if (messageId === undefined) return { kind: "known" };

  await tx
    .updateTable("contacts")
    .set({ last_activity_at: sql`greatest(last_activity_at, ${momentOf(message)})` })
    .where("id", "=", contactId)
    .execute();
  const campaignId = await countReply(tx, contactId, message);
  const { channel, sentAt } = message;
  const person = { workspaceId: on.workspaceId, contactId, channel, address, messageId, sentAt };
  if (reading.opt_out) await optOut(tx, on.addressKey, person, reading);
  else if (reading.opt_in) await optIn(tx, person, reading, addressHash(on.addressKey, address));
  return { kind: "stored", messageId, contactId, conversationId, campaignId };
}

/** When the person wrote: what the 24-hour window counts from. */
const momentOf = (message: InboundMessage) =>
  message.sentAt === null ? sql<Date>`now()` : sql<Date>`least(${message.sentAt}::timestamptz, now())`;

async function findOrAddPerson(
  tx: Tx,
  workspaceId: string,
  address: string,
  message: InboundMessage,
): Promise<string> {
  const byPhone = address.startsWith("+");
  const identity = byPhone ? `tel:${address}` : `wa:${message.whatsappUserId ?? address}`;
  const find = () =>
    tx
      .selectFrom("contacts")
      .select("id")
      .where("workspace_id", "=", workspaceId)
      .where("identity", "=", identity)
      .executeTakeFirst();
  const known = await find();
  if (known !== undefined) return known.id;
  const added = await insertContact(tx, workspaceId, {
    ...(byPhone ? { phone: address } : { whatsapp_user_id: message.whatsappUserId ?? address }),
    name: message.profileName,
    country: message.place.country,
    region: message.place.region,
    number_zones: message.place.numberZones,
    phone_type: message.place.phoneType,
  });
  if (added !== undefined) return added.id;
  const other = await find();
  if (other === undefined) throw new Error("A contact that exists could not be found");
  return other.id;
}

async function openConversation(
  tx: Tx,
  workspaceId: string,
  on: { contactId: string; senderId: string; address: string; message: InboundMessage },
): Promise<string> {
  await tx
    .insertInto("sender_assignments")
    .values({
      workspace_id: workspaceId,
      channel: on.message.channel,
      address: on.address,
      sender_id: on.senderId,
    })
    .onConflict((conflict) => conflict.columns(["workspace_id", "channel", "address"]).doNothing())
    .execute();
  const row = await tx
    .insertInto("conversations")
    .values({
      workspace_id: workspaceId,
      channel: on.message.channel,
      contact_id: on.contactId,
      sender_id: on.senderId,
      address: on.address,
      last_inbound_at: momentOf(on.message),
      unread_count: 1,
    })
    .onConflict((conflict) =>
      conflict.columns(["workspace_id", "channel", "address", "sender_id"]).doUpdateSet({
        last_inbound_at: sql`greatest(conversations.last_inbound_at, excluded.last_inbound_at)`,
        updated_at: sql`now()`,
        unread_count: sql`conversations.unread_count + 1`,
        status: sql`case when conversations.status = 'inactive' then 'active' else conversations.status end`,
      }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

async function insertInbound(
  tx: Tx,
  workspaceId: string,
  on: { contactId: string; senderId: string; conversationId: string; message: InboundMessage },
): Promise<string | undefined> {
  const row = await tx
    .insertInto("messages")
    .values({
      workspace_id: workspaceId,
      contact_id: on.contactId,
      sender_id: on.senderId,
      conversation_id: on.conversationId,
      direction: "in",
      channel: on.message.channel,
      purpose: "conversation",
      state: "received",
      address: on.message.from,
      body: on.message.body,
      media: on.message.media.length > 0 ? JSON.stringify(on.message.media) : null,
      provider_sid: on.message.providerSid,
    })
    .onConflict((conflict) =>
      conflict.column("provider_sid").where("provider_sid", "is not", null).doNothing(),
    )
    .returning("id")
    .executeTakeFirst();
  return row?.id;
}

/** A reply counts for the newest campaign message to that person which may have reached them; once per message. */
async function countReply(tx: Tx, contactId: string, message: InboundMessage): Promise<string | null> {
  const { rows } = await sql<{ campaign_id: string }>`
    update messages set replied_at = coalesce(replied_at, ${momentOf(message)})
    where id = (
      select id from messages
      where contact_id = ${contactId} and channel = ${message.channel} and direction = 'out' and campaign_id is not null
        and state in ('sending', 'uncertain', 'accepted', 'sent', 'delivered', 'read')
      order by intended_at desc, id desc limit 1)
    returning campaign_id`.execute(tx);
  return rows[0]?.campaign_id ?? null;
}
