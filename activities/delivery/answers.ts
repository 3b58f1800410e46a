import { afterRefusal } from "../../domain/retry.ts";
import { type Refusal, refusalOfCall } from "../../domain/twilioErrors.ts";
import type { Settlement } from "../../db/ledger.ts";
import type { QueuedMessage } from "../../db/outbox.ts";
import type { SendAnswer } from "../../providers/message.ts";

/** An attempt's end, with what it means for its sender and its person. */
export interface Outcome {
  settlement: Settlement;
  refusal: Refusal | null;
  retryAfterMs: number;
}

const plain = { dueInMs: 0, reason: null, counts: false, holdsRecipient: false } as const;

/** What the provider's answer makes of an attempt and of its message. */
export function outcomeOf(
  message: QueuedMessage,
  n: number,
  answer: SendAnswer,
  retryMinuteMs: number,
): Outcome {
  const base = { messageId: message.id, n, settledBy: "answer" as const, providerSid: null, errorCode: null };
  switch (answer.kind) {
    case "accepted":
      return {
        settlement: {
          ...base,
          outcome: "accepted",
          providerSid: answer.sid,
          message: { ...plain, state: "accepted" },
        },
        refusal: null,
        retryAfterMs: 0,
      };
    case "not_sent":
      return {
        settlement: {
          ...base,
          settledBy: "deadline",
          outcome: "not_sent",
          message: { ...plain, state: "queued", dueInMs: answer.why === "no_connection" ? 1_000 : 0 },
        },
        refusal: null,
        retryAfterMs: 0,
      };
    case "unknown":
      return {
        settlement: {
          ...base,
          outcome: "uncertain",
          message: { ...plain, state: "uncertain", reason: answer.why },
        },
        refusal: null,
        retryAfterMs: 0,
      };
    case "refused":
      return refused(message, base, answer, retryMinuteMs);
  }
}

function refused(
  message: QueuedMessage,
  base: Pick<Settlement, "messageId" | "n" | "settledBy" | "providerSid">,
  answer: SendAnswer & { kind: "refused" },
  retryMinuteMs: number,
): Outcome {
  const code = Number(answer.code);
  const refusal = refusalOfCall(answer.httpStatus, Number.isFinite(code) ? code : null, message.country);
  const askedSeconds = answer.retryAfterMs === null ? null : answer.retryAfterMs / 1_000;
  const next = afterRefusal(refusal, { refusals: message.refusals, holds: message.holds }, askedSeconds);
  const common = { ...base, errorCode: answer.code };
  const settlement = ((): Settlement => {
    switch (next.next) {
      case "wait":
        return {
          ...common,
          outcome: "refused",
          message: {
            state: "queued",
            dueInMs: (next.delay_ms * retryMinuteMs) / 60_000,
            reason: refusal.reason,
            counts: next.counts,
            holdsRecipient: next.holds === "recipient",
          },
        };
      case "move":
        return {
          ...common,
          outcome: "refused",
          message: { ...plain, state: "queued", reason: refusal.reason },
        };
      case "end":
        return {
          ...common,
          outcome: "refused",
          message: { ...plain, state: "failed", reason: refusal.reason },
        };
      case "settle":
        return {
          ...common,
          outcome: "uncertain",
          message: { ...plain, state: "uncertain", reason: refusal.reason },
        };
    }
  })();
  return {
    settlement,
    refusal,
    retryAfterMs: answer.retryAfterMs ?? (refusal.hold_seconds ?? 1) * (retryMinuteMs / 60),
  };
}
