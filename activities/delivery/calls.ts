import type { FencedSender, QueuedMessage } from "../../db/outbox.ts";
import { peopleInCall } from "../../domain/email/attachments.ts";
import type { OutgoingMessage } from "../../providers/message.ts";
import { dialledPhone } from "../../domain/phone.ts";
import type { ActivityDeps } from "../deps.ts";

/** A message whose attempt is committed, with the attempt's number. */
export interface Written {
  message: QueuedMessage;
  n: number;
}

/** What holds for a call whatever goes out with it. */
interface Timed {
  /** From now, by the sender's pace. */
  offsetMs: number;
  /** A moment of performance.now(): later than that the call is not made. */
  deadline: number;
}

/** A call for one message. */
export interface Intended extends Written, Timed {
  kind: "message";
  outgoing: OutgoingMessage;
}

/** A call for many people: all of one content, from one sender. */
export interface IntendedMail extends Timed {
  kind: "mail";
  /** Of its row in email_calls. */
  id: string;
  contentId: string;
  sender: MailSender;
  rows: readonly Written[];
}

export type IntendedCall = Intended | IntendedMail;

/** What an e-mail says of where it comes from. */
export type MailSender = Pick<
  FencedSender,
  "workspace_id" | "address" | "name" | "reply_to" | "ip_pool_name" | "asm_group_id"
>;

/** The messages of a call. */
export const rowsOf = (call: IntendedCall): readonly Written[] => (call.kind === "mail" ? call.rows : [call]);

export function outgoingOf(
  deps: Pick<ActivityDeps, "publicUrl">,
  sender: FencedSender,
  message: QueuedMessage & { channel: "whatsapp" | "sms" },
  n: number,
): OutgoingMessage {
  return {
    channel: message.channel,
    from: sender.address,
    to: dialledPhone(message.address, message.phone_type),
    body: message.body,
    contentSid: message.content_sid,
    contentVariables: message.content_variables,
    media: message.media ?? [],
    statusCallback: `${deps.publicUrl}/webhooks/twilio/status?workspace=${sender.workspace_id}&attempt=${message.id}.${n}`,
  };
}

/** People that one call of e-mail may have. */
export const MOST_IN_CALL = 1_000;

/**
 * A sender's e-mails as calls: those of one content together, as many as it leaves room for. Messages without content
 * are left out.
 */
export function mailGroups(
  messages: readonly QueuedMessage[],
  mostOf: (contentId: string) => number,
): { contentId: string; messages: QueuedMessage[] }[] {
  const groups: { contentId: string; messages: QueuedMessage[] }[] = [];
  for (const [contentId, alike] of Map.groupBy(messages, (message) => message.content_sid)) {
    if (contentId === null) continue;
    const most = Math.min(MOST_IN_CALL, mostOf(contentId), peopleInCall(alike[0]?.content_bytes ?? 0));
    for (let from = 0; from < alike.length; from += most)
      groups.push({ contentId, messages: alike.slice(from, from + most) });
  }
  return groups;
}
