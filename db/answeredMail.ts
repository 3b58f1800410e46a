import type { MailParts } from "../domain/inboundMessage.ts";
import type { Tx } from "./connect.ts";

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
