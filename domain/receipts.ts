/**
 * The states of messages, attempts and campaigns, and how receipts move them.
 * Receipts belong to attempts: they come in any order and number, so an attempt only ever climbs,
 * and a message's state is derived from its attempts, never from the order in which news arrived.
 */

/**
 * States of a message; `received` is the only one of an inbound message. A lease is no state of the row:
 * a slice that dies takes its leases with it, and the rows are still queued.
 */
export const MESSAGE_STATES = [
  "queued",
  "sending",
  "uncertain",
  "accepted",
  "sent",
  "delivered",
  "read",
  "skipped",
  "failed",
  "undelivered",
  "cancelled",
  "received",
] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/**
 * States of one call to a provider, lowest rank first: what we know of the call (open … accepted) and
 * what receipts say. The order is total, so that the end does not
 * depend on the order of arrival: proof of delivery beats news of a failure, and any receipt beats
 * our own belief that the call was not made (`not_sent`) or was refused.
 */
export const ATTEMPT_STATES = [
  "open",
  "uncertain",
  "not_sent",
  "refused",
  "accepted",
  "sent",
  "cancelled",
  "failed",
  "undelivered",
  "delivered",
  "read",
] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

export const CAMPAIGN_STATES = [
  "draft",
  "scheduled",
  "running",
  "paused",
  "completed",
  "cancelled",
  "failed",
] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** What a receipt can prove about a message; every state that is not final can jump to one of these. */
const PROOFS = ["accepted", "sent", "delivered", "read"] as const satisfies readonly MessageState[];

/** Every change of a message's state that may be written; anything else is a conflict. */
export const MESSAGE_TRANSITIONS: Readonly<Record<MessageState, readonly MessageState[]>> = {
  queued: ["sending", "skipped", "cancelled", ...PROOFS],
  sending: ["queued", "uncertain", "failed", "undelivered", "cancelled", ...PROOFS],
  uncertain: ["queued", "failed", "undelivered", "cancelled", ...PROOFS],
  accepted: ["queued", "sent", "delivered", "read", "failed", "undelivered", "cancelled"],
  sent: ["queued", "delivered", "read", "failed", "undelivered", "cancelled"],
  delivered: ["read"],
  read: [],
  skipped: [],
  failed: [...PROOFS, "undelivered"],
  undelivered: [...PROOFS],
  cancelled: [...PROOFS],
  received: [],
};

/** Every change of a campaign's state; `paused` returns to `scheduled` where its time has not come. */
export const CAMPAIGN_TRANSITIONS: Readonly<Record<CampaignState, readonly CampaignState[]>> = {
  draft: ["scheduled", "running", "cancelled"],
  scheduled: ["draft", "running", "paused", "cancelled", "failed"],
  running: ["paused", "completed", "cancelled", "failed"],
  paused: ["scheduled", "running", "cancelled", "failed"],
  completed: [],
  cancelled: [],
  failed: [],
};

export function canMessageMove(from: MessageState, to: MessageState): boolean {
  return MESSAGE_TRANSITIONS[from].includes(to);
}

export function canCampaignMove(from: CampaignState, to: CampaignState): boolean {
  return CAMPAIGN_TRANSITIONS[from].includes(to);
}

/** The states from which `to` may be reached: the `where state in (…)` of a conditional update. */
export function campaignStatesBefore(to: CampaignState): CampaignState[] {
  return CAMPAIGN_STATES.filter((from) => canCampaignMove(from, to));
}

/** The states from which `to` may be reached: the `where state in (…)` of a conditional update. */
export function messageStatesBefore(to: MessageState): MessageState[] {
  return MESSAGE_STATES.filter((from) => canMessageMove(from, to));
}

/** The attempt state behind each rank, 0 = lowest; the same numbers are stored with a receipt. */
export const ATTEMPT_RANK = Object.fromEntries(
  ATTEMPT_STATES.map((state, rank) => [state, rank]),
) as Readonly<Record<AttemptState, number>>;

/** The higher of two states of one attempt: taking it in any order, any number of times, ends the same. */
export function climb(current: AttemptState, news: AttemptState): AttemptState {
  return ATTEMPT_RANK[news] > ATTEMPT_RANK[current] ? news : current;
}

/**
 * Twilio's MessageStatus as an attempt's state. `partially_delivered` proves no delivery and counts as sent.
 * Source: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
 */
const TWILIO_STATUSES: Readonly<Record<string, AttemptState>> = {
  queued: "accepted",
  accepted: "accepted",
  scheduled: "accepted",
  sending: "accepted",
  sent: "sent",
  partially_delivered: "sent",
  delivered: "delivered",
  read: "read",
  undelivered: "undelivered",
  failed: "failed",
  canceled: "cancelled",
};

/** The attempt's state that a Twilio status proves; undefined for inbound and unknown ones (kept, without effect). */
export function attemptStateOfTwilio(status: string): AttemptState | undefined {
  return Object.hasOwn(TWILIO_STATUSES, status) ? TWILIO_STATUSES[status] : undefined;
}

export type DerivedState = {
  state: MessageState;
  /** True where a retry waits that must not go out, because an earlier attempt arrived after all. */
  withdraw_retry: boolean;
};

/**
 * A message's state from the states of all its attempts, oldest first, and the state it has now.
 * The best proof any attempt has wins; then what is in flight or in doubt; then how the last one ended:
 * `retry` says whether a retry follows it (queued) or the message ends there.
 * What was cancelled, skipped or queued since the last attempt ended stays so until there is a proof.
 */
export function deriveMessageState(
  current: MessageState,
  attempts: readonly AttemptState[],
  retry = false,
): DerivedState {
  const proof = PROOFS.findLast((state) => attempts.includes(state));
  if (proof !== undefined) {
    return { state: proof, withdraw_retry: current === "queued" };
  }
  const waits = (state: MessageState): DerivedState => ({ state, withdraw_retry: false });
  if (attempts.includes("open")) return waits("sending");
  if (attempts.includes("uncertain")) return waits("uncertain");
  const last = attempts.at(-1);
  const settled = current === "queued" || current === "skipped" || current === "cancelled";
  if (last === undefined || settled) return waits(current);
  if (last === "not_sent" || retry) return waits("queued");
  return waits(endOf(last));
}

function endOf(last: AttemptState): MessageState {
  if (last === "undelivered" || last === "cancelled") return last;
  return "failed";
}
