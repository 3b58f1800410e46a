/** Mails that answer mails: what they say of what they answer, and who is answered by a program at all. */
import type { MailParts } from "../inboundMessage.ts";
import { asDocument, type CompiledEmail } from "./compile.ts";
import { escapeHtml } from "./write.ts";

/** What a mail has that goes out in a conversation. */
export interface MailAnswer {
  conversation_id: string;
  /** Of the address that the person wrote to: the answer to this one goes there too. Null: the sender's. */
  domain: string | null;
  /** Message-IDs with their brackets: the mail that is answered, and all before it, oldest first. */
  in_reply_to: string | null;
  references: string[];
  /** A program has written it. */
  automatic: boolean;
}

/** `Re: Casas`, once, whatever language the person's program says it in. */
export function answerSubject(subject: string): string {
  const own = subject
    .replace(/^(?:\s*(?:re|rv|aw|sv|res|antw|fwd?|enc)(?:\[\d+\])?\s*:)+/i, "")
    .replace(/\s+/g, " ")
    .trim();
  return `Re: ${own}`.trim().slice(0, 300);
}

/** Of all Message-IDs only what may stand in a header. */
const MESSAGE_ID = /<[\x21-\x3b\x3d\x3f-\x7e]{3,250}>/g;
/** Characters of References: a line of a mail has 998. */
const REFERENCES = 900;

/** What the answer to a mail says of it. */
export function answerTo(
  mail: Partial<Pick<MailParts, "message_id" | "references" | "to">>,
  on: Pick<MailAnswer, "conversation_id" | "automatic">,
): MailAnswer {
  const answered = mail.message_id?.match(MESSAGE_ID)?.[0] ?? null;
  const all = [...(mail.references ?? []), ...(answered === null ? [] : [answered])];
  let room = REFERENCES;
  const references = all.toReversed().filter((id) => (room -= id.length + 1) > 0);
  const domain = mail.to?.split("@").at(-1);
  return {
    conversation_id: on.conversation_id,
    domain: domain === undefined || domain === "" ? null : domain,
    in_reply_to: answered,
    references: references.toReversed(),
    automatic: on.automatic,
  };
}

/** The Message-IDs of a header that may stand in another, at most 20 of them. */
export const messageIds = (header: string | undefined): string[] =>
  (header?.match(MESSAGE_ID) ?? []).slice(-20);

/** RFC 5322 threads; RFC 3834 tells programs at the other end that this was none of a person. */
export function answerHeaders({ in_reply_to, references, automatic }: MailAnswer): Record<string, string> {
  return {
    ...(in_reply_to !== null && { "In-Reply-To": in_reply_to }),
    ...(references.length > 0 && { References: references.join(" ") }),
    ...(automatic && { "Auto-Submitted": "auto-replied" }),
  };
}

/** A mail that says a text as it stands: no brace, tag or letter of it means anything. */
export function plainMail(subject: string, text: string, language: string): CompiledEmail {
  const paragraphs = text
    .trim()
    .split(/\r?\n(?:[ \t]*\r?\n)+/)
    .map((one) => `<p>${escapeHtml(one).replace(/\r?\n/g, "<br>")}</p>`);
  return { subject, preheader: null, html: asDocument(paragraphs.join(""), language), text, slots: [] };
}

/** Addresses behind which nobody reads. */
const NOBODY = /^(?:no-?_?reply|do-?not-?reply|bounces?|owner-|daemon)\b|-(?:request|owner)@/i;

/**
 * Whether a program may answer a mail: who is not proven to have written it may never have, and would be sent what
 * they did not ask for (RFC 3834, section 2).
 */
export const mayAnswerByItself = (from: string, mail: Partial<Pick<MailParts, "proven">>): boolean =>
  mail.proven === true && !NOBODY.test(from);
