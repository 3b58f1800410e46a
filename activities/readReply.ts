import { classifyReply } from "../domain/language/classify.ts";
import { LANGUAGES } from "../domain/language/language.ts";
import type { ReplyReading, ReplyToRead } from "../domain/replyReading.ts";

/** By the rules and the small model of domain/language/: what needs no key, and never fails. */
export async function readReplyByRules({
  reply_text,
  original_message,
  language,
}: ReplyToRead): Promise<ReplyReading> {
  const known = LANGUAGES.find((one) => one === language?.slice(0, 2).toLowerCase());
  return classifyReply({ reply_text, original_message, language: known });
}
