import EmailReplyParser from "email-reply-parser";
import { textOfHtml } from "./text.ts";

/** What is read of a mail: its patterns look at a line again and again, so neither may be endless. */
const LONGEST = 16_000;
const LONGEST_LINE = 1_000;

/**
 * What a person wrote in a mail, without what they answer and their signature. Of the text, or where there is none of
 * the HTML. Empty where nothing of it is their own.
 */
export function replyText(mail: { text: string; html: string }): string {
  const text = mail.text.trim() === "" ? textOfHtml(mail.html) : mail.text;
  const bounded = text
    .trim()
    .slice(0, LONGEST)
    .split(/\r\n?|\n/)
    .map((line) => line.slice(0, LONGEST_LINE).trimEnd())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n");
  return new EmailReplyParser().parseReply(bounded).trim();
}
