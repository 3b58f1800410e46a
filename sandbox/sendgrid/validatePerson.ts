import { isAddress } from "./address.ts";
import { type MailError, mailError } from "./errors.ts";
import { ERRORS_SHOWN, headerErrors, isObject, type Json, sendAtErrors } from "./wellFormed.ts";

const MAX_RECIPIENTS = 1_000;
const MAX_BYTES = 10_000;
const MAX_SUBSTITUTIONS = 150;

/** What is wrong with the personalizations of a call: the part that is long. */
export function personErrors(people: unknown[], call: Json, now: number): MailError[] {
  const errors: MailError[] = [];
  const shared = isObject(call["custom_args"]) ? bytesOf(call["custom_args"]) : 0;
  let recipients = 0;
  for (let index = 0; index < people.length && errors.length < ERRORS_SHOWN; index++) {
    const person = people[index];
    const field = `personalizations.${index}`;
    if (!isObject(person)) {
      errors.push(mailError("Each personalization must be an object.", field, "personalizations"));
      continue;
    }
    recipients += recipientErrors(person, field, errors);
    valueErrors(person, field, shared, errors);
    errors.push(...headerErrors(person["headers"], `${field}.headers`));
    errors.push(...sendAtErrors(person["send_at"], `${field}.send_at`, now));
  }
  if (recipients > MAX_RECIPIENTS) {
    const why = "There is a limit of 1000 total recipients (to + cc + bcc) per request.";
    errors.push(mailError(why, "personalizations", "personalizations"));
  }
  return errors;
}

function recipientErrors(person: Json, field: string, errors: MailError[]): number {
  const { to } = person;
  if (!Array.isArray(to) || to.length === 0) {
    const why =
      "The to array is required for all personalization objects, and must have at least one email object with a valid email address.";
    errors.push(mailError(why, `${field}.to`, "personalizations.to"));
  }
  const several =
    (Array.isArray(to) && to.length > 1) || person["cc"] !== undefined || person["bcc"] !== undefined;
  const seen = several ? new Set<string>() : undefined;
  let count = 0;
  for (const kind of ["to", "cc", "bcc"] as const) {
    const list = person[kind];
    if (list === undefined) continue;
    for (const [index, one] of (Array.isArray(list) ? list : []).entries()) {
      count++;
      const email: unknown = isObject(one) ? one["email"] : undefined;
      const at = `${field}.${kind}.${index}.email`;
      if (!isAddress(email)) {
        errors.push(mailError("Does not contain a valid address.", at, "recipient-errors"));
      } else if (seen?.has(email.toLowerCase())) {
        const why = `Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [${email}] in the ${field}.${kind} field.`;
        errors.push(mailError(why, field, "recipient-errors"));
      } else seen?.add(email.toLowerCase());
    }
  }
  return count;
}

function valueErrors(person: Json, field: string, shared: number, errors: MailError[]): void {
  const { custom_args: args, substitutions, subject } = person;
  if (args !== undefined) {
    const bytes = stringBytes(args);
    if (bytes === undefined)
      errors.push(
        mailError(
          "All values of custom arguments object must be strings",
          `${field}.custom_args`,
          "personalizations.custom_args",
        ),
      );
    else if (bytes + shared > MAX_BYTES) {
      const why = `The combined size of both global and personalization custom arguments may not exceed ${MAX_BYTES} bytes per personalization.`;
      errors.push(mailError(why, `${field}.custom_args`, "personalizations.custom_args"));
    }
  }
  if (substitutions !== undefined) {
    const bytes = stringBytes(substitutions);
    const at = `${field}.substitutions`;
    const help = "personalizations.substitutions";
    if (bytes === undefined) {
      const why =
        "The substitution values must be an object of key/value pairs, where the values are all strings.";
      errors.push(mailError(why, at, help));
    } else if (bytes > MAX_BYTES)
      errors.push(
        mailError(`Substitutions may not exceed ${MAX_BYTES} bytes per personalization.`, at, help),
      );
    else if (Object.keys(substitutions as Json).length > MAX_SUBSTITUTIONS)
      errors.push(
        mailError(
          `Substitutions are limited to ${MAX_SUBSTITUTIONS} items per personalization block.`,
          at,
          help,
        ),
      );
  }
  if (subject !== undefined && (typeof subject !== "string" || subject === ""))
    errors.push(
      mailError(
        "The subject of your email must be a string at least one character in length.",
        `${field}.subject`,
        "personalizations.subject",
      ),
    );
}

/** Bytes of names and values, or undefined where a value is no string. */
function stringBytes(given: unknown): number | undefined {
  return isObject(given) && Object.values(given).every((value) => typeof value === "string")
    ? bytesOf(given)
    : undefined;
}

function bytesOf(given: Json): number {
  let bytes = 0;
  for (const name in given) bytes += Buffer.byteLength(name) + Buffer.byteLength(String(given[name]));
  return bytes;
}
