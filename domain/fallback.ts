/** Whether a message that was sent on one channel goes out on another as well. */
import type { MessageState } from "./receipts.ts";

/** How the first message stands. */
export type Primary = {
  state: MessageState;
  /** Why it was skipped. */
  reason: string | null;
  /** What the rule said when it skipped it: for a suppression, its reason. */
  skipped: string | null;
};

export type FallbackStep =
  | { step: "wait" }
  /** `why` is what the first channel has failed by. */
  | { step: "send"; why: string }
  | { step: "end"; why: string };

/** What one channel cannot do and another may be able to. Whatever the person or the workspace forbids is not among it. */
const OF_THE_CHANNEL = [
  "no_address",
  "invalid_address",
  "landline",
  "template_not_approved",
  "outside_window",
  "recipient_backoff",
];
/** Suppressions that say something of the address on that channel, and nothing of what the person wants. */
const OF_THE_ADDRESS = ["invalid", "bounced"];

/**
 * The next step, by the first message alone. One in doubt is waited for however late it is: sent again later, it would
 * go out twice. `overdue`: the time for a delivery is over.
 */
export function fallbackStep(primary: Primary, overdue: boolean): FallbackStep {
  switch (primary.state) {
    case "delivered":
    case "read":
      return { step: "end", why: primary.state };
    case "failed":
    case "undelivered":
      return { step: "send", why: primary.state };
    case "queued":
    case "accepted":
    case "sent":
      return overdue ? { step: "send", why: "not_delivered_in_time" } : { step: "wait" };
    case "sending":
    case "uncertain":
      return { step: "wait" };
    case "skipped":
      return afterSkip(primary);
    case "cancelled":
    case "received":
      return { step: "end", why: primary.reason ?? primary.state };
  }
}

function afterSkip({ reason, skipped }: Primary): FallbackStep {
  const why = reason ?? "skipped";
  const ofTheChannel = OF_THE_CHANNEL.includes(why) || (why === "suppressed" && !isOwnWord(skipped));
  return ofTheChannel ? { step: "send", why } : { step: "end", why };
}

/** Whether a suppression is what somebody wants, who is not to be reached by a detour. */
function isOwnWord(suppression: string | null): boolean {
  return suppression === null || !OF_THE_ADDRESS.includes(suppression);
}

/** Whether what holds for this person on the first channel now forbids any other: they are gone, or want no more. */
export function forbidsFallback(skip: { reason: string; detail: string }): boolean {
  if (skip.reason === "suppressed") return isOwnWord(skip.detail);
  return skip.reason === "deleted" || skip.reason === "opted_out";
}
