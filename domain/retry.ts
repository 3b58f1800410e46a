/** When a message that did not go out is tried again, and when it ends. */
import type { Refusal } from "./twilioErrors.ts";

export const MAX_RETRIES = 3;
const MINUTE_MS = 60_000;
/** A recipient whom the provider wants left alone is asked for again this often, each time after twice the wait. */
export const MAX_RECIPIENT_HOLDS = 4;
const DEFAULT_HOLD_S = 60;

/**
 * Milliseconds before the next try, where `refusals` of this message count so far, this one included:
 * 2, 4, 8 minutes; null when it has had its retries.
 */
export function retryDelayMs(refusals: number, maxRetries = MAX_RETRIES): number | null {
  return refusals > maxRetries ? null : 2 ** refusals * MINUTE_MS;
}

/** Milliseconds to leave a recipient alone at their nth hold (from 1); null when that was the last. */
export function recipientHoldMs(holds: number, holdSeconds: number): number | null {
  return holds > MAX_RECIPIENT_HOLDS ? null : holdSeconds * 1_000 * 2 ** (holds - 1);
}

export type AfterRefusal =
  /** Queued again; `counts` says whether it is one of the three, `holds` who waits with it. */
  | { next: "wait"; delay_ms: number; counts: boolean; holds: "message" | "recipient" | "sender" }
  /** Queued again, without a time: the sender is stopped until an operator acts, or the message moves to another. */
  | { next: "move" }
  /** Failed, with the refusal's reason. */
  | { next: "end" }
  /** Left to a receipt or to the provider's list. */
  | { next: "settle" };

/**
 * What becomes of a message after a refusal. `tries.refusals` and `tries.holds` are its counts before this
 * one, `tries.max` how many retries it may have; `retryAfterSeconds` is the provider's own word (Retry-After), which wins where it is longer.
 */
export function afterRefusal(
  refusal: Refusal,
  tries: { refusals: number; holds: number; max?: number },
  retryAfterSeconds: number | null = null,
): AfterRefusal {
  const asked = (retryAfterSeconds ?? 0) * 1_000;
  const seconds = refusal.hold_seconds ?? DEFAULT_HOLD_S;
  switch (refusal.outcome) {
    case "retry": {
      const delay = retryDelayMs(tries.refusals + 1, tries.max);
      if (delay === null) return { next: "end" };
      return { next: "wait", delay_ms: Math.max(delay, asked), counts: true, holds: "message" };
    }
    case "hold_recipient": {
      const delay = recipientHoldMs(tries.holds + 1, seconds);
      if (delay === null) return { next: "end" };
      return { next: "wait", delay_ms: Math.max(delay, asked), counts: false, holds: "recipient" };
    }
    case "hold_sender":
      return { next: "wait", delay_ms: Math.max(seconds * 1_000, asked), counts: false, holds: "sender" };
    case "stop_sender":
      return { next: "move" };
    case "uncertain":
      return { next: "settle" };
    case "fail":
    case "suppress":
      return { next: "end" };
  }
}
