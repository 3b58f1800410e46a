/** Sorts what Twilio said no with; twilioErrorTable.ts has the codes. */
import { type Refusal, TWILIO_REFUSALS } from "./twilioErrorTable.ts";

export type { Refusal } from "./twilioErrorTable.ts";

/** 63049: Meta delivers no marketing to US numbers at all since April 2025, so another try cannot help there. */
const MARKETING_WITHHELD = 63049;

const TOO_MANY_REQUESTS: Refusal = {
  outcome: "hold_sender",
  reason: "too_many_requests",
  scope: "account",
  hold_seconds: 1,
  meaning: "Too many requests at once.",
  fix: "Nothing; the rate is halved and climbs back.",
};

const ACCOUNT_REFUSED: Refusal = {
  outcome: "stop_sender",
  reason: "account_refused",
  scope: "account",
  meaning: "Twilio refuses the credentials, or what they may do.",
  fix: "Check the account and its credentials, then set its senders active.",
};

const REFUSED: Refusal = {
  outcome: "fail",
  reason: "refused",
  scope: "message",
  meaning: "Twilio refused the message for a reason this table does not have.",
  fix: "Look the code up at https://www.twilio.com/docs/api/errors.",
};

const IN_DOUBT: Refusal = {
  outcome: "uncertain",
  reason: "no_clear_answer",
  scope: "message",
  meaning: "Twilio may or may not have taken the message.",
  fix: "Nothing; a receipt or Twilio's list settles it.",
};

/**
 * What the answer to a create call means that was not 2xx. A 4xx is a definite no, except 408, which a
 * proxy may give for a request that arrived; whatever else there was (5xx, or no status: null) is in doubt,
 * also when it carries a code. `country` is the recipient's (ISO 3166, two letters).
 */
export function refusalOfCall(
  httpStatus: number | null,
  code: number | null,
  country: string | null = null,
): Refusal {
  if (httpStatus === null || httpStatus < 400 || httpStatus >= 500 || httpStatus === 408) return IN_DOUBT;
  const known = refusalOfCode(code, country);
  if (known !== undefined) return known;
  if (httpStatus === 429) return TOO_MANY_REQUESTS;
  return httpStatus === 401 || httpStatus === 403 ? ACCOUNT_REFUSED : REFUSED;
}

/** What the error code of a receipt (failed or undelivered) means; these are never in doubt. */
export function refusalOfReceipt(code: number | null, country: string | null = null): Refusal {
  return refusalOfCode(code, country) ?? REFUSED;
}

function refusalOfCode(code: number | null, country: string | null): Refusal | undefined {
  const known = code === null ? undefined : TWILIO_REFUSALS.get(code);
  if (known === undefined || code !== MARKETING_WITHHELD || country !== "US") return known;
  const { hold_seconds: _, ...withheld } = known;
  return { ...withheld, outcome: "fail", fix: "Do not try again; another channel may work." };
}
