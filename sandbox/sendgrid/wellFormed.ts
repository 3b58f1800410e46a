import { type MailError, mailError } from "./errors.ts";

export type Json = Record<string, unknown>;

export const isObject = (given: unknown): given is Json =>
  typeof given === "object" && given !== null && !Array.isArray(given);
export const isStrings = (given: unknown): given is Record<string, string> =>
  isObject(given) && Object.values(given).every((value) => typeof value === "string");

/** So many are named at most. */
export const ERRORS_SHOWN = 20;
const MAX_AHEAD_MS = 72 * 3_600_000;
const RESERVED = new Set(
  "x-sg-id x-sg-eid received dkim-signature content-type content-transfer-encoding to from subject reply-to cc bcc".split(
    " ",
  ),
);
export function headerErrors(headers: unknown, field: string): MailError[] {
  if (headers === undefined) return [];
  if (!isStrings(headers)) return [mailError("The header values must be strings.", field, "headers")];
  for (const name in headers) {
    if (/[^\x21-\x7e]/.test(name))
      return [
        mailError("Header keys cannot contain non-ASCII characters and empty spaces.", field, "headers"),
      ];
    if (RESERVED.has(name.toLowerCase()))
      return [mailError(`The header '${name}' is one of the reserved keys.`, field, "headers")];
  }
  return [];
}

export function sendAtErrors(sendAt: unknown, field: string, now: number): MailError[] {
  if (sendAt === undefined) return [];
  if (!Number.isInteger(sendAt))
    return [
      mailError("The send_at parameter is expecting a UNIX timestamp as an integer.", field, "send_at"),
    ];
  return (sendAt as number) * 1_000 > now + MAX_AHEAD_MS
    ? [mailError("Scheduling more than 72 hours in advance is forbidden.", field, "send_at")]
    : [];
}
