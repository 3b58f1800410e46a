import { afterRefusal } from "../../domain/retry.ts";
import { type Refusal, refusalOfCall } from "../../domain/twilioErrors.ts";
import type { CallSettlement } from "../../db/emailCalls.ts";
import type { Settlement } from "../../db/ledger.ts";
import type { QueuedMessage } from "../../db/outbox.ts";
import type { SendAnswer } from "../../providers/message.ts";

/** An attempt's end, with what it means for its sender and its person. */
export interface Outcome {
  settlement: Settlement;
  refusal: Refusal | null;
  retryAfterMs: number;
}

/** How a call ended: for each message in it, and for its own row where it has one. */
export interface CallEnd {
  outcomes: (Outcome & { message: QueuedMessage })[];
  call: CallSettlement | null;
}

export const plain = { dueInMs: 0, reason: null, counts: false, holdsRecipient: false } as const;

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
    case "unknown":
      return unsettled(message.id, n, answer);
    case "refused": {
      const code = Number(answer.code);
      const refusal = refusalOfCall(answer.httpStatus, Number.isFinite(code) ? code : null, message.country);
      return afterRefused(message, n, { ...answer, refusal }, retryMinuteMs);
    }
  }
}

/** What did not leave us goes again; what may have arrived is in doubt. */
export function unsettled(
  messageId: string,
  n: number,
  answer: SendAnswer & { kind: "not_sent" | "unknown" },
): Outcome {
  const base = { messageId, n, providerSid: null, errorCode: null };
  const settlement: Settlement =
    answer.kind === "not_sent"
      ? {
          ...base,
          settledBy: "deadline",
          outcome: "not_sent",
          message: { ...plain, state: "queued", dueInMs: answer.why === "no_connection" ? 1_000 : 0 },
        }
      : {
          ...base,
          settledBy: "answer",
          outcome: "uncertain",
          message: { ...plain, state: "uncertain", reason: answer.why },
        };
  return { settlement, refusal: null, retryAfterMs: 0 };
}

/** What a refusal, already sorted, makes of an attempt and of its message. */
export function afterRefused(
  message: QueuedMessage,
  n: number,
  said: { refusal: Refusal; code: string; retryAfterMs: number | null },
  retryMinuteMs: number,
): Outcome {
  const { refusal, code, retryAfterMs } = said;
  const askedSeconds = retryAfterMs === null ? null : retryAfterMs / 1_000;
  const next = afterRefusal(refusal, { refusals: message.refusals, holds: message.holds }, askedSeconds);
  const common = {
    messageId: message.id,
    n,
    settledBy: "answer" as const,
    providerSid: null,
    errorCode: code,
  };
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
    retryAfterMs: retryAfterMs ?? (refusal.hold_seconds ?? 1) * (retryMinuteMs / 60),
  };
}
