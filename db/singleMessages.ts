import type { Channel, MessageChannel } from "../domain/address.ts";
import type { Decision } from "../domain/decide.ts";
import type { MailAnswer } from "../domain/email/answerMail.ts";
import type { EmailContent } from "../domain/email/content.ts";
import { DomainError } from "../domain/errors.ts";
import { sendRulesOf } from "../domain/settings.ts";
import { parseTemplate } from "../domain/template.ts";
import type { Tx } from "./connect.ts";
import type { PersonFacts } from "./facts.ts";
import { judge } from "./judge.ts";
import { PRIORITIES } from "./outbox.ts";
import { findPool } from "./planning.ts";
import type { SenderToWake } from "./receipts.ts";
import { renderFor } from "./renderMessage.ts";
import { keepMail, mailTo, type SingleMail, textOfMail } from "./singleMail.ts";
import { assignSenders, findAssignedSenders } from "./rotation.ts";

/** One message to one person that belongs to no campaign. */
export interface SingleMessage {
  contactId: string;
  channel: MessageChannel;
  purpose: "marketing" | "transactional" | "conversation";
  /** With {variables}, as in a template, unless it is `verbatim`; null where the template has the text. */
  body: string | null;
  verbatim?: boolean;
  template: { id: string; body: string; approval_status: string; content_sid: string | null } | null;
  variables: Record<string, unknown>;
  /** Of e-mail: what it says, in place of body and template's text, and in which language where the person's is not known. */
  mail?: { email: EmailContent; language: string | null } | null;
  expiresAt: Date;
  /** Of a reply only. */
  thread?: Thread;
}

/** The conversation of a reply, which goes to where the person wrote from, by the sender that they wrote to. */
export interface Thread {
  conversationId: string;
  address: string;
  senderId: string;
  author: { kind: "machine" | "member" | "key"; id: string | null };
  /** The last message of the burst that an automatic answer is for: there is only one for it. */
  answersId: string | null;
  /** Where the provider fetches what goes along. */
  media: readonly string[];
  /** The one message that may follow an opt-out. */
  confirmsOptOut: boolean;
  /** Of e-mail: the subject, and what it says of the mail that it answers. */
  mail?: { subject: string; answer: MailAnswer };
}

export interface SingleContext {
  workspace: { id: string; settings: unknown; test_mode: boolean; time_zone: string };
  addressKey: Buffer;
  sandboxed: boolean;
  /** The database's. */
  now: Date;
}

/** Its row, and the sender that has to look; none where the row says why there is nothing to send. */
export interface QueuedSingle {
  id: string;
  dueAt: Date | null;
  sender: SenderToWake | null;
}

/**
 * Judges and writes a message ahead of all campaigns: queued, perhaps held, or skipped with the reason. Who has a
 * sender keeps it. The caller holds the person's lock (db/locks.ts).
 * @throws DomainError `state_conflict` where no sender can take this person.
 */
export async function queueSingle(tx: Tx, on: SingleContext, message: SingleMessage): Promise<QueuedSingle> {
  const { workspace } = on;
  const { channel, purpose, contactId, template, thread } = message;
  const known = thread ?? (await knownPlace(tx, workspace.id, channel, contactId));
  const [judged] = await judge(
    tx,
    {
      workspaceId: workspace.id,
      channel,
      purpose,
      rules: sendRulesOf(workspace),
      addressKey: on.addressKey,
      sandboxed: on.sandboxed,
      now: on.now,
    },
    [
      {
        contactId,
        senderId: known.senderId,
        address: known.address,
        expiresAt: message.expiresAt,
        template,
        recipientHoldUntil: null,
        topicId: message.mail?.email.topic_id ?? null,
        confirmsOptOut: thread?.confirmsOptOut ?? false,
      },
    ],
  );
  const text: Words =
    judged?.person === undefined ? { missing: [] } : wordsOf(workspace, message, judged.person);
  const missing = "missing" in text ? text.missing : [];
  const fault = "missing" in text ? (text.fault ?? null) : null;
  const decision: Decision = judged?.decide(missing, on.now, fault) ?? {
    kind: "skip",
    reason: "deleted",
    detail: "the contact is gone",
  };
  if (decision.kind === "skip" || "missing" in text || known.address === null)
    return writeSingle(tx, on, message, {
      decision,
      text: null,
      address: known.address,
      senderId: known.senderId,
    });
  const sender =
    thread === undefined
      ? await chooseSender(tx, workspace.id, channel, known.address)
      : await keepSender(tx, workspace.id, thread.senderId);
  return writeSingle(tx, on, message, { decision, text, address: known.address, senderId: sender.id });
}

type Words =
  | { body: string | null; contentVariables: string | null; parts: number; mail?: SingleMail & { ok: true } }
  | { missing: string[]; fault?: "content_too_large" | "content_failed" | null };

/** What the person gets to read, or what it lacks. */
function wordsOf(workspace: SingleContext["workspace"], message: SingleMessage, person: PersonFacts): Words {
  const { channel, template, variables } = message;
  if (channel === "email") {
    const mail = mailTo(workspace, message, person);
    return mail.ok
      ? { body: textOfMail(message, mail), contentVariables: JSON.stringify(mail.values), parts: 1, mail }
      : { missing: mail.missing, fault: mail.fault };
  }
  const words = template?.body ?? message.body ?? "";
  const text = message.verbatim === true && template === null ? [words] : parseTemplate(words);
  return renderFor({ channel, template, text, variables }, person);
}

/** Where this person is reached on the channel, and the sender they have heard from. */
async function knownPlace(tx: Tx, workspaceId: string, channel: Channel, contactId: string) {
  const contact = await tx
    .selectFrom("contacts")
    .select(["phone", "email"])
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", contactId)
    .executeTakeFirst();
  const address = (channel === "email" ? contact?.email : contact?.phone) ?? null;
  const assigned =
    address === null ? undefined : await findAssignedSenders(tx, workspaceId, channel, [address]);
  return { address, senderId: assigned?.get(address as string) ?? null };
}

/** Held until the transaction ends, so that a sender is not removed while a message for it is written. */
export async function chooseSender(tx: Tx, workspaceId: string, channel: MessageChannel, address: string) {
  const pool = await findPool(tx, { workspace_id: workspaceId, channel, sender_ids: [] });
  const id = (await assignSenders(tx, workspaceId, channel, pool, [address])).get(address);
  const sender = id === undefined ? undefined : await shareSender(tx, workspaceId, id);
  if (sender !== undefined) return sender;
  throw new DomainError("state_conflict", "No active sender can take this person.", {
    field: "channel",
    fix: "Create a sender of this channel, or set one active and into rotation.",
  });
}

/** A conversation stays on its sender, paused or not. */
async function keepSender(tx: Tx, workspaceId: string, id: string) {
  const sender = await shareSender(tx, workspaceId, id);
  if (sender !== undefined) return sender;
  throw new DomainError("state_conflict", "The sender of this conversation has been removed.", {
    fix: "Give the conversation another sender, or start one from another sender.",
  });
}

function shareSender(tx: Tx, workspaceId: string, id: string) {
  return tx
    .selectFrom("senders")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .forShare()
    .executeTakeFirst();
}

async function writeSingle(
  tx: Tx,
  on: SingleContext,
  message: SingleMessage,
  as: {
    decision: Decision;
    text: Exclude<Words, { missing: string[] }> | null;
    address: string | null;
    senderId: string | null;
  },
): Promise<QueuedSingle> {
  const { decision, text } = as;
  const queued = decision.kind !== "skip";
  const dueAt = !queued ? null : decision.kind === "hold" ? decision.until : on.now;
  const { thread } = message;
  const why = decision.kind === "send" ? {} : { [queued ? "held" : "skipped"]: decision.detail };
  const detail = { ...why, ...(thread?.confirmsOptOut === true && { confirms: "opt_out" }) };
  const contentSid =
    text?.mail === undefined
      ? (message.template?.content_sid ?? null)
      : await keepMail(tx, on.workspace.id, message, text.mail);
  const { id } = await tx
    .insertInto("messages")
    .values({
      workspace_id: on.workspace.id,
      contact_id: message.contactId,
      sender_id: as.senderId,
      template_id: message.template?.id ?? null,
      direction: "out",
      channel: message.channel,
      purpose: message.purpose,
      priority: thread === undefined ? PRIORITIES.single : PRIORITIES.reply,
      state: queued ? "queued" : "skipped",
      reason: decision.kind === "send" ? null : decision.kind === "hold" ? decision.rule : decision.reason,
      detail: Object.keys(detail).length === 0 ? null : JSON.stringify(detail),
      due_at: dueAt,
      expires_at: message.expiresAt,
      address: as.address,
      body: text?.body ?? null,
      content_sid: contentSid,
      content_variables: text?.contentVariables ?? null,
      parts: text?.parts ?? 1,
      ...(thread !== undefined && {
        conversation_id: thread.conversationId,
        author_kind: thread.author.kind,
        author_id: thread.author.id,
        answers_id: thread.answersId,
        media: thread.media.length > 0 ? JSON.stringify(thread.media) : null,
      }),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const { channel } = message;
  const sender =
    queued && as.senderId !== null ? { id: as.senderId, workspace_id: on.workspace.id, channel } : null;
  return { id, dueAt, sender };
}
