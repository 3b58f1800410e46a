import type { Lifecycle } from "./lifecycle.ts";
import type { Deliveries, State } from "./state.ts";
import type { Answers, Span } from "./tallies.ts";
import { endedBadly, type Message, STATUSES, statusName } from "./twilio/model.ts";
import { messageSid } from "./twilio/sid.ts";

export interface Ledger extends Answers {
  accepted: number;
  recipients: number;
  max_per_recipient: number;
  /** Acceptances of a text for a person of whom an earlier acceptance of it lived on. */
  twice: number;
  twice_detail: { to: string; sid: string; earlier_sid: string | null; accepted_at_ms: number }[];
  /** What became of the messages, and what of it receipts told that were acknowledged. */
  statuses: Record<string, number>;
  told: Record<string, number>;
  receipts: Deliveries & { doubled: number; delayed: number; disordered: number };
  inbound: Deliveries & { twiml_replies: number };
  /** Steps, late receipts and webhooks still to come: 0 when all has been told. */
  pending: number;
}

const DETAIL_LIMIT = 100;
let passes = 0;

/** Index of the first message accepted at or after a moment; they are in order of acceptance. */
export function firstSince(messages: readonly Message[], moment: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle] as Message).acceptedAt < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The account of a time span in one pass over its messages, without a set of recipients. */
export function ledgerOf(
  state: State,
  lifecycle: Lifecycle,
  webhooksPending: number,
  span: Span,
  detail: boolean,
): Ledger {
  const pass = ++passes;
  const doubles: Message[] = [];
  const statuses = new Array<number>(STATUSES.length).fill(0);
  const told = new Array<number>(STATUSES.length).fill(0);
  let accepted = 0;
  let recipients = 0;
  let most = 0;
  let twice = 0;
  for (const message of outboundIn(state, span)) {
    accepted++;
    statuses[message.status] = (statuses[message.status] as number) + 1;
    told[message.told] = (told[message.told] as number) + 1;
    const { to } = message;
    if (to.pass !== pass) {
      to.pass = pass;
      to.passCount = 0;
      recipients++;
    }
    most = Math.max(most, ++to.passCount);
    if (!message.twice) continue;
    twice++;
    if (detail || doubles.length < DETAIL_LIMIT) doubles.push(message);
  }
  const { lost: _, ...faults } = lifecycle.receiptFaults;
  return {
    accepted,
    recipients,
    max_per_recipient: most,
    twice,
    twice_detail: doubles.map((message) => doubleJson(message, state.run)),
    ...state.tallies.answersIn(span),
    statuses: named(statuses),
    told: named(told),
    receipts: { ...state.receipts, ...faults },
    inbound: { ...state.inbound, twiml_replies: lifecycle.twimlReplies },
    pending: lifecycle.pending + webhooksPending,
  };
}

/** How often each recipient was accepted in the span, in order of first acceptance. */
export function recipientsOf(state: State, span: Span): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { to } of outboundIn(state, span)) counts.set(to.value, (counts.get(to.value) ?? 0) + 1);
  return counts;
}

function* outboundIn({ messages }: State, { accountSid, since, until }: Span): Generator<Message> {
  for (let i = firstSince(messages, since); i < messages.length; i++) {
    const message = messages[i] as Message;
    if (message.acceptedAt >= until) return;
    if (!message.inbound && (accountSid === undefined || message.account.sid === accountSid)) yield message;
  }
}

function doubleJson(message: Message, run: string): Ledger["twice_detail"][number] {
  let earlier = message.prevTo;
  while (earlier && (earlier.inbound || earlier.body !== message.body || endedBadly(earlier)))
    earlier = earlier.prevTo;
  return {
    to: message.to.value,
    sid: messageSid(message, run),
    earlier_sid: earlier ? messageSid(earlier, run) : null,
    accepted_at_ms: message.acceptedAt,
  };
}

const named = (counts: number[]): Record<string, number> =>
  Object.fromEntries(
    counts.flatMap((count, index) => (count > 0 ? [[STATUSES[index] as string, count]] : [])),
  );

/** A message as the control routes show it: what the provider knows, and what it told. */
export function messageRow(message: Message, run: string, withBody: boolean): Record<string, unknown> {
  return {
    sid: messageSid(message, run),
    account_sid: message.account.sid,
    direction: message.inbound ? "inbound" : "outbound",
    from: message.from.value,
    to: message.to.value,
    ...(withBody ? { body: message.redacted || message.deleted ? "" : message.body } : {}),
    num_media: message.media,
    content_sid: message.contentSid,
    status: statusName(message),
    told: STATUSES[message.told],
    shown: STATUSES[message.shown],
    error_code: message.errorCode === 0 ? null : message.errorCode,
    twice: message.twice,
    redacted: message.redacted,
    deleted: message.deleted,
    accepted_at_ms: message.acceptedAt,
    sent_at_ms: message.sentAt === 0 ? null : message.sentAt,
    updated_at_ms: message.updatedAt,
  };
}
