import { sql } from "kysely";
import type { MessageChannel } from "../domain/address.ts";
import { answerSubject, answerTo } from "../domain/email/answerMail.ts";
import { DomainError } from "../domain/errors.ts";
import { settingsOf } from "../domain/settings.ts";
import { resolveAlert } from "./alerts.ts";
import { findAnsweredMail } from "./answeredMail.ts";
import type { Tx } from "./connect.ts";
import { recordEvents } from "./conversationEvents.ts";
import { type Actor, type Conversation, minutes, reopened, slaCause } from "./conversations.ts";
import type { SenderToWake } from "./receipts.ts";
import { queueSingle, type SingleContext, type SingleMessage, type Thread } from "./singleMessages.ts";

/** What is said in a conversation, by whoever says it. */
export interface Reply {
  /** As it stands, locked by `lockConversation`. */
  conversation: Conversation;
  author: Actor;
  /** Goes out as it is written; null where the template has the text, or where media say it all. */
  body: string | null;
  template: SingleMessage["template"];
  /** Of a template of e-mail: what it says. */
  mail?: SingleMessage["mail"];
  variables: Record<string, unknown>;
  media: readonly string[];
  /** The last message of the burst that an automatic answer is for; null for everything else. */
  answersId: string | null;
  /** Whether {variables} in `body` are filled in. */
  templated?: boolean;
  /** False for what does not answer anything: an away text, a request for a rating. */
  answers?: boolean;
  confirmsOptOut?: boolean;
}

export interface QueuedReply {
  id: string;
  /** `skipped`: the rules forbid it, with the reason; nothing else has changed then. */
  state: "queued" | "skipped";
  reason: string | null;
  sender: SenderToWake | null;
}

/** So long a message is an answer: WhatsApp's window, kept on every channel. */
const ANSWER_MS = 24 * 3_600_000;
const REPLY_LIVES_MS = 24 * 3_600_000;

/**
 * Queues a reply ahead of everything else, under all the rules of sending. One that answers ends the wait: the time
 * it took is kept, the person's turn begins, other drafts are outdated.
 * @throws DomainError `state_conflict` where the conversation is blocked or its sender is gone.
 */
export async function queueReply(tx: Tx, on: SingleContext, reply: Reply): Promise<QueuedReply> {
  const { conversation, author } = reply;
  if (conversation.status === "blocked") {
    throw new DomainError("state_conflict", "This conversation is blocked.", {
      fix: "Set its status to active first.",
    });
  }
  const { id, sender } = await queueSingle(tx, on, {
    contactId: conversation.contact_id,
    channel: conversation.channel as MessageChannel,
    purpose: await purposeOf(tx, conversation, on.now),
    body: reply.body,
    verbatim: reply.templated !== true,
    template: reply.template,
    mail: reply.mail ?? null,
    variables: reply.variables,
    expiresAt: new Date(on.now.getTime() + REPLY_LIVES_MS),
    thread: {
      conversationId: conversation.id,
      address: conversation.address,
      senderId: conversation.sender_id,
      author,
      answersId: reply.answersId,
      media: reply.media,
      confirmsOptOut: reply.confirmsOptOut ?? false,
      ...(conversation.channel === "email" && { mail: await mailOf(tx, reply) }),
    },
  });
  if (sender === null) {
    const { reason } = await tx
      .selectFrom("messages")
      .select("reason")
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    return { id, state: "skipped", reason, sender: null };
  }
  const change = { by: author.kind, author_id: author.id };
  await recordEvents(tx, on.workspace.id, [
    { conversationId: conversation.id, kind: "message_out", subjectId: id, change },
  ]);
  await noteSaid(tx, on, reply, id);
  return { id, state: "queued", reason: null, sender };
}

/** By e-mail an answer is one to a mail of theirs: its subject, and the thread that it belongs to. */
async function mailOf(
  tx: Tx,
  { conversation, answersId, author }: Reply,
): Promise<NonNullable<Thread["mail"]>> {
  const answered = await findAnsweredMail(tx, conversation.id, answersId);
  const on = { conversation_id: conversation.id, automatic: author.kind === "machine" };
  return { subject: answerSubject(answered.subject ?? ""), answer: answerTo(answered, on) };
}

/** An answer to what a person has just written needs no consent; writing to them first, much later, or after they withdrew does. */
async function purposeOf(
  tx: Tx,
  conversation: Conversation,
  now: Date,
): Promise<"conversation" | "transactional"> {
  const { contact_id, channel, last_inbound_at: wrote } = conversation;
  if (wrote === null || now.getTime() - wrote.getTime() >= ANSWER_MS) return "transactional";
  const withdrawn = await tx
    .selectFrom("consents")
    .select("id")
    .where("contact_id", "=", contact_id)
    .where("channel", "=", channel)
    .where("state", "=", "opted_out")
    .where("purpose", "in", ["transactional", "all"])
    .where("at", ">", wrote)
    .limit(1)
    .executeTakeFirst();
  return withdrawn === undefined ? "conversation" : "transactional";
}

/** What a reply changes in its conversation. */
async function noteSaid(tx: Tx, on: SingleContext, reply: Reply, messageId: string): Promise<void> {
  const { conversation, author } = reply;
  const { close_after_minutes } = settingsOf(on.workspace.settings).conversations;
  if (reply.answers === false) {
    await tx
      .updateTable("conversations")
      .set({ last_outbound_at: sql`now()`, updated_at: sql`now()` })
      .where("id", "=", conversation.id)
      .execute();
    return;
  }
  await keepResponseTime(tx, conversation, author, messageId);
  await tx
    .updateTable("conversations")
    .set({
      state: "pending",
      last_outbound_at: sql`now()`,
      updated_at: sql`now()`,
      ...reopened,
      awaiting_since: null,
      answer_due_at: null,
      escalated_at: null,
      first_answered_at: sql`case when awaiting_since is null then first_answered_at else coalesce(first_answered_at, now()) end`,
      first_response_seconds: sql`coalesce(first_response_seconds, extract(epoch from now() - awaiting_since)::int)`,
      close_due_at: sql`now() + ${minutes(close_after_minutes)}`,
    })
    .where("id", "=", conversation.id)
    .execute();
  await tx
    .updateTable("conversation_drafts")
    .set({ state: "outdated", settled_at: sql`now()` })
    .where("conversation_id", "=", conversation.id)
    .where("state", "=", "waiting")
    .execute();
  if (conversation.escalated_at !== null)
    await resolveAlert(tx, on.workspace.id, slaCause(conversation.id), author.id);
}

async function keepResponseTime(tx: Tx, conversation: Conversation, author: Actor, messageId: string) {
  if (conversation.awaiting_since === null) return;
  await tx
    .insertInto("response_times")
    .values({
      message_id: messageId,
      workspace_id: conversation.workspace_id,
      conversation_id: conversation.id,
      kind: conversation.first_answered_at === null ? "first" : "next",
      author_kind: author.kind,
      author_id: author.id,
      asked_at: conversation.awaiting_since,
      seconds: sql`greatest(0, extract(epoch from now() - ${conversation.awaiting_since}::timestamptz))::int`,
    })
    .execute();
}

/**
 * A person's word on a draft: sent, perhaps in other words, or dropped. Undefined where it waits no more. The caller
 * holds the conversation's lock.
 */
export async function settleDraft(
  tx: Tx,
  on: SingleContext,
  conversation: Conversation,
  draft: { id: string; by: Actor } & ({ body: string | null } | { drop: true }),
): Promise<QueuedReply | "dropped" | undefined> {
  const dropped = "drop" in draft;
  const taken = await tx
    .updateTable("conversation_drafts")
    .set({
      state: dropped ? "dropped" : "sent",
      settled_at: sql`now()`,
      settled_by: draft.by.id,
      ...(!dropped && draft.body !== null && { edited: sql`body is distinct from ${draft.body}` }),
    })
    .where("workspace_id", "=", on.workspace.id)
    .where("conversation_id", "=", conversation.id)
    .where("id", "=", draft.id)
    .where("state", "=", "waiting")
    .returning("body")
    .executeTakeFirst();
  if (taken === undefined) return undefined;
  const state = dropped ? "dropped" : "sent";
  await recordEvents(tx, on.workspace.id, [
    { conversationId: conversation.id, kind: "draft", subjectId: draft.id, change: { state } },
  ]);
  if (dropped) return "dropped";
  const queued = await queueReply(tx, on, {
    conversation,
    author: draft.by,
    body: draft.body ?? taken.body,
    template: null,
    variables: {},
    media: [],
    answersId: null,
  });
  await tx
    .updateTable("conversation_drafts")
    .set({ message_id: queued.id })
    .where("id", "=", draft.id)
    .execute();
  return queued;
}
