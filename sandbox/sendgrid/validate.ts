import { isAddress } from "./address.ts";
import { type MailError, mailError } from "./errors.ts";
import type { MailAccount } from "./model.ts";
import { personErrors } from "./validatePerson.ts";
import { ERRORS_SHOWN, headerErrors, isObject, isStrings, type Json, sendAtErrors } from "./wellFormed.ts";

const MAX_PERSONALIZATIONS = 1_000;
const OBJECT = `e.g. {"email": "example@example.com"} or {"email": "example@example.com", "name": "Example Recipient"}`;

/** What SendGrid finds wrong with a call; nothing where it takes it. */
export function callErrors(call: unknown, account: MailAccount, now: number): MailError[] {
  if (!isObject(call)) return [mailError("Bad Request")];
  const errors = [
    ...fromErrors(call),
    ...subjectErrors(call),
    ...contentErrors(call["content"]),
    ...attachmentErrors(call["attachments"]),
    ...categoryErrors(call["categories"]),
    ...accountErrors(call, account),
    ...headerErrors(call["headers"], "headers"),
    ...sendAtErrors(call["send_at"], "send_at", now),
  ];
  if (call["sections"] !== undefined && !isStrings(call["sections"]))
    errors.push(mailError("The section values must be strings.", "sections", "sections"));
  if (call["custom_args"] !== undefined && !isStrings(call["custom_args"]))
    errors.push(
      mailError("All values of custom arguments object must be strings", "custom_args", "custom_args"),
    );
  const people = call["personalizations"];
  const help = "personalizations";
  if (!Array.isArray(people) || people.length === 0)
    return [...errors, mailError("You must have at least one personalization.", help, help)];
  if (people.length > MAX_PERSONALIZATIONS) {
    const why = `The personalization block is limited to 1000 personalizations per API request. You have provided ${people.length} personalizations. Please consider splitting this into multiple requests and resending your request.`;
    return [...errors, mailError(why, help, help)];
  }
  return [...errors, ...personErrors(people, call, now)].slice(0, ERRORS_SHOWN);
}

function fromErrors(call: Json): MailError[] {
  const { from, reply_to } = call as { from?: unknown; reply_to?: unknown };
  const errors: MailError[] = [];
  if (!isObject(from))
    errors.push(
      mailError(
        `The from object must be provided for every email send. It is an object that requires the email parameter, but may also contain a name parameter. ${OBJECT}.`,
        "from",
        "from",
      ),
    );
  else if (!isAddress(from["email"]))
    errors.push(mailError("The from email does not contain a valid address.", "from.email", "from"));
  if (reply_to !== undefined && !(isObject(reply_to) && isAddress(reply_to["email"])))
    errors.push(
      mailError(
        `The reply_to object, when used, must at least have an email parameter with a valid email address and may also contain a name parameter. ${OBJECT}.`,
        "reply_to",
        "reply_to",
      ),
    );
  return errors;
}

function subjectErrors({ subject, personalizations: people, template_id }: Json): MailError[] {
  if (template_id !== undefined)
    return [
      mailError(
        `The template_id must be a valid GUID, you provided ${JSON.stringify(template_id)}.`,
        "template_id",
        "template_id",
      ),
    ];
  if (subject !== undefined && (typeof subject !== "string" || subject === ""))
    return [
      mailError(
        "The subject of your email must be a string at least one character in length.",
        "subject",
        "subject",
      ),
    ];
  if (
    subject !== undefined ||
    (Array.isArray(people) && people.every((one) => isObject(one) && one["subject"]))
  )
    return [];
  return [
    mailError(
      "The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.",
      "subject",
      "subject",
    ),
  ];
}

const ORDER = ["text/plain", "text/html"];

function contentErrors(content: unknown): MailError[] {
  if (!Array.isArray(content) || content.length === 0)
    return [
      mailError(
        "Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required.",
        "content",
        "content",
      ),
    ];
  const errors: MailError[] = [];
  let last = -1;
  for (const [index, part] of content.entries()) {
    const { type, value } = (isObject(part) ? part : {}) as { type?: unknown; value?: unknown };
    if (typeof type !== "string" || type === "")
      errors.push(
        mailError(
          "Your content type must be a string with length of at least one character.",
          `content.${index}.type`,
          "content.type",
        ),
      );
    else if (/[;\r\n]/.test(type))
      errors.push(
        mailError("Cannot contain ';', or CRLF characters.", `content.${index}.type`, "content.type"),
      );
    if (typeof value !== "string" || value === "")
      errors.push(
        mailError(
          "The content value must be a string at least one character in length.",
          `content.${index}.value`,
          "content.value",
        ),
      );
    const place = ORDER.indexOf(String(type));
    const rank = place < 0 ? ORDER.length : place;
    if (rank < last)
      errors.push(
        mailError(
          "If present, text/plain and text/html may only be provided in this order: text/plain first, followed by text/html, followed by any other content.",
          "content",
          "content",
        ),
      );
    last = rank;
  }
  return errors;
}

/** Looks for what may not be there: matching some megabytes from end to end exhausts the stack of a regular expression. */
const isBase64 = (content: string): boolean =>
  content.length % 4 === 0 &&
  !/[^A-Za-z0-9+/]/.test(content.slice(0, -2)) &&
  /^(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)$/.test(content.slice(-2));

function attachmentErrors(attachments: unknown): MailError[] {
  if (attachments === undefined) return [];
  if (!Array.isArray(attachments))
    return [mailError("Attachments must be an array.", "attachments", "attachments")];
  const errors: MailError[] = [];
  for (const [index, given] of attachments.entries()) {
    const field = `attachments.${index}`;
    const { content, filename, disposition, type } = (isObject(given) ? given : {}) as Json;
    if (typeof content !== "string" || content === "")
      errors.push(
        mailError(
          "The attachment content must be a string at least one character in length.",
          `${field}.content`,
          "attachments.content",
        ),
      );
    else if (!isBase64(content))
      errors.push(
        mailError(
          "The attachment content must be base64 encoded.",
          `${field}.content`,
          "attachments.content",
        ),
      );
    if (typeof filename !== "string" || filename === "")
      errors.push(
        mailError(
          "The filename of your attachment must be a string.",
          `${field}.filename`,
          "attachments.filename",
        ),
      );
    if (disposition !== undefined && disposition !== "inline" && disposition !== "attachment")
      errors.push(
        mailError(
          `The disposition of your attachment can be either "inline" or "attachment". You provided ${JSON.stringify(disposition)}.`,
          `${field}.disposition`,
          "attachments.disposition",
        ),
      );
    if (type !== undefined && (typeof type !== "string" || type === "" || /[;\r\n]/.test(type)))
      errors.push(
        mailError("The type cannot contain ';', or CRLF characters.", `${field}.type`, "attachments.type"),
      );
  }
  return errors;
}

function categoryErrors(categories: unknown): MailError[] {
  const wrong = (message: string): MailError[] => [mailError(message, "categories", "categories")];
  if (categories === undefined) return [];
  if (!Array.isArray(categories) || categories.some((one) => typeof one !== "string"))
    return wrong("Categories must be an array of strings.");
  if (categories.length > 10)
    return wrong(
      `There is a limit of 10 categories for each email that is sent. You provided ${categories.length} categories.`,
    );
  for (const category of categories as string[]) {
    if (category.length > 255)
      return wrong(`Each category must not be longer than 255 characters. '${category}' exceeds this limit.`);
    if (/[^\x20-\x7e]/.test(category)) return wrong("Categories can not contain non-ASCII characters.");
  }
  const doubled = categories.find((category, index) => categories.indexOf(category) !== index);
  return doubled === undefined
    ? []
    : wrong(`The categories must be a unique list, and you have included '${doubled}' more than once.`);
}

/** What must be the account's own: unsubscribe group, IP pool, batch. */
function accountErrors(
  { asm, ip_pool_name: pool, batch_id: batch }: Json,
  account: MailAccount,
): MailError[] {
  const errors: MailError[] = [];
  if (asm !== undefined) {
    const group = isObject(asm) ? asm["group_id"] : undefined;
    if (!Number.isInteger(group))
      errors.push(mailError("The asm group ID must be an integer.", "asm.group_id", "asm.group_id"));
    else if (!account.groups.has(group as number))
      errors.push(
        mailError(
          `The asm group ID must be a valid Group ID on your account. You provided '${String(group)}'.`,
          "asm.group_id",
          "asm.group_id",
        ),
      );
  }
  if (pool !== undefined) {
    const { ip_pools } = account.record;
    if (typeof pool !== "string" || pool.length < 2 || pool.length > 64)
      errors.push(
        mailError(
          "The length of the ip_pool_name must be between 2 and 64 characters.",
          "ip_pool_name",
          "ip_pool_name",
        ),
      );
    else if (ip_pools !== undefined && !ip_pools.includes(pool))
      errors.push(
        mailError(
          `The IP Pool name must be a valid pool name for your account. You provided '${pool}'.`,
          "ip_pool_name",
          "ip_pool_name",
        ),
      );
  }
  if (batch !== undefined && !(typeof batch === "string" && account.batches.has(batch)))
    errors.push(
      mailError(
        typeof batch === "string"
          ? "The batch_id must be a valid batch ID."
          : "The batch_id must be a string.",
        "batch_id",
        "batch_id",
      ),
    );
  return errors;
}
