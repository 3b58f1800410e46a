import { mayAnswerByItself } from "../domain/email/answerMail.ts";
import type { MailParts } from "../domain/inboundMessage.ts";
import type { Tx } from "./connect.ts";
import type { Conversation } from "./conversations.ts";

/** Of a mail that somebody wrote; nothing of it once its text has been put away. */
export type AnsweredMail = Partial<MailParts>;

/** What is known of the mail that is answered in a conversation: this one, or the newest that a person wrote. */
export async function findAnsweredMail(
  tx: Tx,
  conversationId: string,
  messageId: string | null,
): Promise<AnsweredMail> {
  const row = await tx
    .selectFrom("messages")
    .select("parts_in")
    .where("conversation_id", "=", conversationId)
    .where("direction", "=", "in")
    .where("reason", "is distinct from", "automatic")
    .$if(messageId !== null, (query) => query.where("id", "=", messageId ?? ""))
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return (row?.parts_in as { mail?: AnsweredMail } | null | undefined)?.mail ?? {};
}

/** Whether a program may write in a conversation, in answer to this message or the newest one: by e-mail not to everybody. */
export async function mayWriteByItself(
  tx: Tx,
  { id, channel, address }: Pick<Conversation, "id" | "channel" | "address">,
  messageId: string | null,
): Promise<boolean> {
  return channel !== "email" || mayAnswerByItself(address, await findAnsweredMail(tx, id, messageId));
}
