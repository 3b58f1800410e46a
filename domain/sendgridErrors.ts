/**
 * Sorts what SendGrid said no with, for a call that many people are in: the only table of its refusals.
 * Sources: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors and
 * https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses
 */
import type { Refusal } from "./twilioErrorTable.ts";

/** One of the errors of an answer, by the field that it names: `personalizations.3.to.0.email`. */
export interface CallFault {
  field: string | null;
}

/**
 * What a refused call means: for the people whom it names, by their place in the call, and for all others. `again`:
 * nothing is said of them, so they go without those; `split`: the call was too large, so they go in smaller ones.
 */
export interface CallRefusal {
  people: ReadonlyMap<number, { code: string; refusal: Refusal }>;
  others: { code: string; refusal: Refusal } | "again" | "split";
}

const ACCOUNT_REFUSED: Refusal = {
  outcome: "stop_sender",
  reason: "account_refused",
  scope: "account",
  meaning: "SendGrid refuses the API key, or what it may do.",
  fix: "Check the key, its scopes and the account's credits, then set its senders active.",
};

const FROM_REFUSED: Refusal = {
  outcome: "stop_sender",
  reason: "from_not_verified",
  scope: "sender",
  meaning: "SendGrid does not let this from-address send.",
  fix: "Verify the sender or authenticate its domain at SendGrid, then set it active.",
};

const POOL_REFUSED: Refusal = {
  outcome: "stop_sender",
  reason: "ip_pool_refused",
  scope: "sender",
  meaning: "SendGrid does not know this IP pool.",
  fix: "Give the sender the name of a pool of the account, then set it active.",
};

const GROUP_REFUSED: Refusal = {
  outcome: "stop_sender",
  reason: "asm_group_refused",
  scope: "account",
  meaning: "SendGrid does not know this unsubscribe group.",
  fix: "Give the id of a group of the account, then set the sender active.",
};

const TOO_FAST: Refusal = {
  outcome: "hold_sender",
  reason: "too_many_requests",
  scope: "account",
  hold_seconds: 10,
  meaning: "Too many requests at once.",
  fix: "Nothing; it goes on after a while.",
};

const TIME_REFUSED: Refusal = {
  outcome: "retry",
  reason: "schedule_refused",
  scope: "message",
  meaning: "SendGrid refuses the batch or its time.",
  fix: "Nothing; it is tried again with another.",
};

const ADDRESS_REFUSED: Refusal = {
  outcome: "suppress",
  suppress_reason: "invalid",
  reason: "invalid_recipient",
  scope: "address",
  meaning: "SendGrid does not take this for an address.",
  fix: "Correct the contact's e-mail.",
};

const VALUES_REFUSED: Refusal = {
  outcome: "fail",
  reason: "content_refused",
  scope: "message",
  meaning: "SendGrid does not take what is this person's own in the message.",
  fix: "Shorten the values that go into the message.",
};

const CONTENT_REFUSED: Refusal = {
  outcome: "fail",
  reason: "content_refused",
  scope: "message",
  meaning: "SendGrid does not take this content.",
  fix: "Change the field that the code names.",
};

const REFUSED: Refusal = {
  outcome: "fail",
  reason: "refused",
  scope: "message",
  meaning: "SendGrid refused the call for a reason this table does not have.",
  fix: "Look the code up at https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors.",
};

/** One person alone is in it already. */
const TOO_LARGE: Refusal = {
  outcome: "fail",
  reason: "content_too_large",
  scope: "message",
  meaning: "A message may have 30 MB, attachments included.",
  fix: "Make the attachments smaller.",
};

const PERSON = /^personalizations(?:\.(\d+)|\[(\d+)\])(?:\.(\w+))?/;
/** About all people together: there are too many. */
const TOGETHER = /^personalizations$/;

/** What fields of the call itself mean. */
const FIELDS: readonly (readonly [RegExp, Refusal])[] = [
  [/^from\b/, FROM_REFUSED],
  [/^ip_pool_name\b/, POOL_REFUSED],
  [/^asm\b/, GROUP_REFUSED],
  [/^(batch_id|send_at)\b/, TIME_REFUSED],
  [/^(subject|content|attachments|categories|headers|custom_args|reply_to|sections)\b/, CONTENT_REFUSED],
];

/** @param rows how many people are in the call */
export function refusalOfMailCall(
  httpStatus: number,
  faults: readonly CallFault[],
  rows: number,
): CallRefusal {
  const all = (refusal: Refusal, code = codeOfCall(httpStatus)): CallRefusal => ({
    people: new Map(),
    others: { code, refusal },
  });
  if (httpStatus === 413) return rows > 1 ? { people: new Map(), others: "split" } : all(TOO_LARGE);
  if (httpStatus === 429) return all(TOO_FAST);
  if (httpStatus === 403 && faults.some(({ field }) => field?.startsWith("from"))) return all(FROM_REFUSED);
  if (httpStatus === 401 || httpStatus === 403) return all(ACCOUNT_REFUSED);
  const people = new Map<number, { code: string; refusal: Refusal }>();
  let others: CallRefusal["others"] = "again";
  for (const { field } of faults) {
    const person = PERSON.exec(field ?? "");
    const place = Number(person?.[1] ?? person?.[2] ?? Number.NaN);
    if (place < rows) {
      const refusal = /^(to|cc|bcc)$/.test(person?.[3] ?? "") ? ADDRESS_REFUSED : VALUES_REFUSED;
      if (!people.has(place)) people.set(place, { code: codeOfCall(httpStatus, field), refusal });
    } else if (TOGETHER.test(field ?? "") && rows > 1) others = others === "again" ? "split" : others;
    else if (typeof others === "string") {
      const known = FIELDS.find(([pattern]) => pattern.test(field ?? ""))?.[1];
      others = { code: codeOfCall(httpStatus, field), refusal: known ?? REFUSED };
    }
  }
  // It said no and named nothing: the same call would come back the same.
  if (people.size === 0 && others === "again") return all(REFUSED);
  return { people, others };
}

/** The code of a refusal, without places, which differ from call to call: `http_400 personalizations.to.email`. */
export const codeOfCall = (httpStatus: number, field: string | null = null): string =>
  `http_${httpStatus}${field === null ? "" : ` ${field.replaceAll(/\.\d+|\[\d+\]/g, "")}`}`;

/** Whether such a code is about the call, or the account, and not about anybody in it. */
export const saysNothingOfPeople = (code: string): boolean =>
  code.startsWith("http_") && !code.includes(" personalizations.");
