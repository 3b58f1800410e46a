import type { CallSettlement } from "../../db/emailCalls.ts";
import { codeOfCall, refusalOfMailCall } from "../../domain/sendgridErrors.ts";
import type { MailAnswer } from "../../providers/mail.ts";
import { afterRefused, type CallEnd, type Outcome, plain, unsettled } from "./answers.ts";
import type { IntendedMail, Written } from "./calls.ts";

/** How a call with many people ended. `most`: so many may be in the next one of this content, as this was too large. */
export interface MailEnd extends CallEnd {
  most: number | null;
}

/** What the provider's answer makes of a call: it is all or nothing, so everybody in it ends alike unless it was refused. */
export function endOfMail(call: IntendedMail, answer: MailAnswer, retryMinuteMs: number): MailEnd {
  if (answer.kind === "refused") return refused(call, answer, retryMinuteMs);
  const settlement: CallSettlement = {
    id: call.id,
    outcome: answer.kind === "accepted" ? "accepted" : answer.kind === "unknown" ? "uncertain" : "not_sent",
    settledBy: answer.kind === "not_sent" ? "deadline" : "answer",
    xMessageId: answer.kind === "accepted" ? answer.id : null,
    errorCode: null,
  };
  const outcomes = call.rows.map(({ message, n }) => ({
    message,
    ...(answer.kind === "accepted" ? accepted(message.id, n) : unsettled(message.id, n, answer)),
  }));
  return { outcomes, call: settlement, most: null };
}

/** Its events carry the attempt's own id: the provider's comes with them. */
const accepted = (messageId: string, n: number): Outcome => ({
  settlement: {
    messageId,
    n,
    outcome: "accepted",
    settledBy: "answer",
    providerSid: null,
    errorCode: null,
    message: { ...plain, state: "accepted" },
  },
  refusal: null,
  retryAfterMs: 0,
});

/** Whom the refusal names ends by it; the others go again, without those or in smaller calls, or end by what it says of all. */
function refused(
  call: IntendedMail,
  answer: MailAnswer & { kind: "refused" },
  retryMinuteMs: number,
): MailEnd {
  const { httpStatus, faults, retryAfterMs } = answer;
  const { people, others } = refusalOfMailCall(httpStatus, faults, call.rows.length);
  const code = typeof others === "string" ? codeOfCall(httpStatus) : others.code;
  const outcomes = call.rows.map(({ message, n }, place) => {
    const own = people.get(place);
    const said = own ?? (typeof others === "string" ? undefined : others);
    const outcome =
      said === undefined
        ? goesAgain({ message, n }, code)
        : afterRefused(message, n, { ...said, retryAfterMs }, retryMinuteMs);
    return { message, ...outcome };
  });
  return {
    outcomes,
    call: { id: call.id, outcome: "refused", settledBy: "answer", xMessageId: null, errorCode: code },
    most: others === "split" ? Math.max(1, Math.ceil(call.rows.length / 2)) : null,
  };
}

const goesAgain = ({ message, n }: Written, errorCode: string): Outcome => ({
  settlement: {
    messageId: message.id,
    n,
    outcome: "refused",
    settledBy: "answer",
    providerSid: null,
    errorCode,
    message: { ...plain, state: "queued" },
  },
  refusal: null,
  retryAfterMs: 0,
});
