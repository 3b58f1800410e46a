import type { Reply } from "../answering.ts";

/** One entry of an error body. Texts: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors */
export interface MailError {
  message: string;
  field: string | null;
  help: string | null;
}

const HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message.";

/** An error of a field; `help` is the anchor of its explanation. */
export const mailError = (message: string, field: string | null = null, help?: string): MailError => ({
  message,
  field,
  help: help === undefined ? null : HELP + help,
});

export const UNAUTHORIZED = mailError("The provided authorization grant is invalid, expired, or revoked");
export const FORBIDDEN = mailError("access forbidden");
export const NOT_FOUND = mailError("resource not found");
export const TOO_LARGE = mailError("The JSON payload you have included in your request is too large.");
export const UNVERIFIED = mailError(
  "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
  "from",
);

const BROKEN = {
  429: "too many requests",
  500: "An error occurred on a SendGrid server.",
  503: "The SendGrid v3 Web API is not available.",
} as const;

/** SendGrid says in headers how many requests a window takes, and when the next one begins (epoch seconds). */
const LIMIT = 600;
const WINDOW_S = 60;

export const errorBody = (errors: readonly MailError[]): string => JSON.stringify({ errors });

/** A refusal as SendGrid words it, counted by its status and, where there is one, its field without indices. */
export function refusing(status: number, errors: readonly MailError[]): Reply {
  const field = errors[0]?.field?.replace(/\.\d+/g, "");
  const key = field === undefined ? String(status) : `${status}:${field}`;
  return { status, json: errorBody(errors), headers: { "content-type": "application/json" }, key };
}

/** What SendGrid answers where it cannot serve; 429 with the headers that say when it will. */
export function broken(status: 429 | 500 | 503, retryAfter: number | undefined): Reply {
  const reply = refusing(status, [mailError(BROKEN[status])]);
  if (status !== 429) return reply;
  const reset = Math.ceil(Date.now() / 1_000) + (retryAfter ?? WINDOW_S);
  const limits = { "x-ratelimit-limit": LIMIT, "x-ratelimit-remaining": 0, "x-ratelimit-reset": reset };
  const after = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  return { ...reply, headers: { ...reply.headers, ...limits, ...after } };
}
