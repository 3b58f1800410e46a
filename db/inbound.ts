import { sql } from "kysely";
import { canonicalAddress } from "../domain/address.ts";
import { textFor } from "../domain/conversationOutcome.ts";
import type { InboundMessage } from "../domain/inboundMessage.ts";
import type { OptOutReading } from "../domain/optOut.ts";
import type { Settings } from "../domain/settings.ts";
import type { Tx } from "./connect.ts";
import { queueReply } from "./conversationReplies.ts";
import { findConversation } from "./conversations.ts";
import { stopEnrollments } from "./enrollments.ts";
import { findMailRoute, findOrAddWriter } from "./inboundMail.ts";
import { findNumberWritten, findOrAddCaller, type SenderWritten } from "./inboundPhone.ts";
import { momentOf, openThread, type ThreadWritten } from "./inboundThread.ts";
import { lockContacts } from "./locks.ts";
import { optIn, optOut } from "./optOuts.ts";
import type { SenderToWake } from "./receipts.ts";
import { addressHash, type Cancelled } from "./suppressions.ts";
import { findWorkspace } from "./workspaces.ts";

/** A conversation that has something to look at once its burst is over. */
export interface ConversationToWake {
  id: string;
  workspace_id: string;
  channel: string;
  burst_ms: number;
}

export type InboundResult =
  | {
      kind: "stored";
      messageId: string;
      contactId: string;
      conversationId: string;
      campaignId: string | null;
      /** Null where nothing has to be said to it: an opt-out, a rating, somebody who is blocked. */
      conversation: ConversationToWake | null;
      /** Of the confirmation of an opt-out. */
      sender: SenderToWake | null;
      /** Those that lost messages to an opt-out. */
      campaigns: Cancelled["campaigns"];
    }
  | { kind: "known" }
  | { kind: "no_sender" };

/**
 * Stores an inbound message with all that follows from it at once: its person and conversation, the 24-hour window,
 * the campaign it answers, and an opt-out or opt-in. What has to be said to it is the conversation's business, once
 * the burst is over. Part of the caller's transaction; a repeated one changes nothing.
 */
export async function applyInbound(
  tx: Tx,
  on: { workspaceId: string; addressKey: Buffer },
  message: InboundMessage,
  reading: OptOutReading,
): Promise<InboundResult> {
  const place = await findPlace(tx, on.workspaceId, message);
  if (place === undefined) return { kind: "no_sender" };

  const { sender, address, contactId } = place;
  const automatic = message.mail?.automatic === true;
  await lockContacts(tx, [contactId]);
  const thread = await openThread(tx, on.workspaceId, {
    contactId,
    sender,
    address,
    message,
    silent: reading.opt_out || automatic,
  });
  if (thread === undefined) return { kind: "known" };
  const messageId = await insertInbound(tx, on.workspaceId, {
    contactId,
    senderId: sender.id,
    conversationId: thread.id,
    message,
    optedOut: reading.opt_out,
    waits: thread.waits,
  });
  const campaignId = automatic ? null : await countReply(tx, place, message);
  const { channel, sentAt } = message;
  const person = { workspaceId: on.workspaceId, contactId, channel, address, messageId, sentAt };
  let confirming: SenderToWake | null = null;
  let campaigns: Cancelled["campaigns"] = [];
  if (reading.opt_out) {
    const silenced = await optOut(tx, on.addressKey, person, reading);
    campaigns = silenced.campaigns;
    if (silenced.fresh) confirming = await confirmOptOut(tx, on, sender.settings, { thread, message });
  } else if (reading.opt_in) await optIn(tx, person, reading, addressHash(on.addressKey, address));
  if (!automatic) await stopEnrollments(tx, { workspaceId: on.workspaceId, contactId, event: "reply" });
  return {
    kind: "stored",
    messageId,
    contactId,
    conversationId: thread.id,
    campaignId,
    conversation: thread.waits
      ? {
          id: thread.id,
          workspace_id: on.workspaceId,
          channel,
          burst_ms: thread.burstMs,
        }
      : null,
    sender: confirming,
    campaigns,
  };
}

/** Who wrote to whom. */
interface Place {
  sender: SenderWritten;
  /** The person's, canonical. */
  address: string;
  contactId: string;
  /** Our message that they answer, where theirs says so. */
  answeredId: string | null;
}

/** What differs between the channels; undefined where nobody here was written to. */
async function findPlace(tx: Tx, workspaceId: string, message: InboundMessage): Promise<Place | undefined> {
  const { mail } = message;
  const address = canonicalAddress(message.channel, message.from);
  if (mail !== null) {
    const route = await findMailRoute(tx, workspaceId, { from: address, mail });
    if (route === undefined) return undefined;
    const contactId = await findOrAddWriter(tx, workspaceId, message, route.contactId);
    return { ...route, address, contactId };
  }
  const sender = await findNumberWritten(tx, workspaceId, message);
  if (sender === undefined) return undefined;
  const contactId = await findOrAddCaller(tx, workspaceId, address, message);
  return { sender, address, contactId, answeredId: null };
}

/**
 * The message itself, which no burst has where it wants no answer; the person's sign of life; the word to who watches,
 * and to who keeps scores.
 */
async function insertInbound(
  tx: Tx,
  workspaceId: string,
  on: {
    contactId: string;
    senderId: string;
    conversationId: string;
    message: InboundMessage;
    optedOut: boolean;
    waits: boolean;
  },
): Promise<string> {
  const { message, conversationId } = on;
  const media = message.media.length > 0 ? JSON.stringify(message.media) : null;
  const parts = message.parts === null ? null : JSON.stringify(message.parts);
  const automatic = message.mail?.automatic === true;
  const change = JSON.stringify({ ...(on.optedOut && { opted_out: true }), ...(automatic && { automatic }) });
  const { rows } = await sql<{ id: string }>`
    with stored as (
      insert into messages (workspace_id, contact_id, sender_id, conversation_id, direction, channel, purpose, state, reason,
        address, body, media, parts_in, provider_sid)
      values (${workspaceId}, ${on.contactId}, ${on.senderId}, ${conversationId}, 'in', ${message.channel},
        'conversation', 'received', ${automatic ? "automatic" : null}, ${message.from}, ${message.body}, ${media}::jsonb, ${parts}::jsonb,
        ${message.providerSid})
      returning id
    ), told as (
      insert into conversation_events (workspace_id, conversation_id, kind, subject_id, change)
      select ${workspaceId}, ${conversationId}, 'message_in', id, ${change}::jsonb from stored
    ), passed as (
      update conversations set handled_message_id = stored.id from stored
      where conversations.id = ${conversationId} and not ${on.waits}::boolean and burst_due_at is null
    ), alive as (
      update contacts set last_activity_at = greatest(last_activity_at, ${momentOf(message)})
      where id = ${on.contactId}
    ), marked as (
      insert into lead_score_marks (workspace_id, contact_id)
      select ${workspaceId}, ${on.contactId} where not ${automatic}::boolean
    )
    select id from stored`.execute(tx);
  return (rows[0] as { id: string }).id;
}

/**
 * The one message that an opt-out allows, where the workspace wants it and the provider does not say it itself. By e-mail
 * none: there silence is what was asked for.
 */
async function confirmOptOut(
  tx: Tx,
  on: { workspaceId: string; addressKey: Buffer },
  settings: Settings,
  said: { thread: ThreadWritten; message: InboundMessage },
): Promise<SenderToWake | null> {
  const { enabled, text } = settings.conversations.opt_out_confirmation;
  if (!enabled || said.message.optOutType !== null || said.message.mail !== null) return null;
  const [workspace, conversation] = [
    await findWorkspace(tx, on.workspaceId),
    await findConversation(tx, on.workspaceId, said.thread.id),
  ];
  if (workspace === undefined || conversation === undefined || conversation.status === "blocked") return null;
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(tx);
  const now = (rows[0] as { now: Date }).now;
  // Whether a workspace in test mode may reach them is asked again before it goes out.
  const queued = await queueReply(
    tx,
    { workspace, addressKey: on.addressKey, sandboxed: true, now },
    {
      conversation,
      author: { kind: "machine", id: null },
      body: textFor(text, conversation.language),
      template: null,
      variables: {},
      media: [],
      answersId: null,
      answers: false,
      confirmsOptOut: true,
    },
  );
  return queued.sender;
}

/**
 * A reply counts for the campaign message that it names, else for the newest one to that person which may have reached
 * them; once per message.
 */
async function countReply(
  tx: Tx,
  { contactId, answeredId }: Place,
  message: InboundMessage,
): Promise<string | null> {
  const { rows } = await sql<{ campaign_id: string }>`
    update messages set replied_at = coalesce(replied_at, ${momentOf(message)})
    where id = (
      select id from messages
      where contact_id = ${contactId} and (${answeredId}::uuid is null or id = ${answeredId}::uuid) and channel = ${message.channel} and direction = 'out' and campaign_id is not null
        and state in ('sending', 'uncertain', 'accepted', 'sent', 'delivered', 'read')
      order by intended_at desc, id desc limit 1)
    returning campaign_id`.execute(tx);
  return rows[0]?.campaign_id ?? null;
}
