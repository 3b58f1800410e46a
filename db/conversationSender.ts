import { sql } from "kysely";
import { DomainError } from "../domain/errors.ts";
import { breaksUnique } from "./conflicts.ts";
import type { Tx } from "./connect.ts";
import { recordEvents } from "./conversationEvents.ts";
import type { Conversation } from "./conversations.ts";

/**
 * Goes on with a conversation from another of our senders, which the person hears from from now on. WhatsApp's 24 hours
 * begin anew there: the person has not written to that number. The caller holds the conversation's lock.
 * @throws DomainError `validation` for a sender that is none of this channel, `conflict` where the two have a
 *   conversation already.
 */
export async function moveToSender(tx: Tx, conversation: Conversation, senderId: string): Promise<void> {
  const { id, workspace_id, channel, address } = conversation;
  if (senderId === conversation.sender_id) return;
  const sender = await tx
    .selectFrom("senders")
    .select("id")
    .where("workspace_id", "=", workspace_id)
    .where("id", "=", senderId)
    .where("channel", "=", channel)
    .where("removed_at", "is", null)
    .forShare()
    .executeTakeFirst();
  if (sender === undefined) throw noSender(channel);
  try {
    await tx
      .updateTable("conversations")
      .set({
        sender_id: senderId,
        updated_at: sql`now()`,
        ...(channel === "whatsapp" && { last_inbound_at: null }),
      })
      .where("workspace_id", "=", workspace_id)
      .where("id", "=", id)
      .execute();
  } catch (error) {
    if (breaksUnique(error, "conversations_pair")) throw hasOne();
    throw error;
  }
  await tx
    .insertInto("sender_assignments")
    .values({ workspace_id, channel, address, sender_id: senderId })
    .onConflict((conflict) =>
      conflict.columns(["workspace_id", "channel", "address"]).doUpdateSet({ sender_id: senderId }),
    )
    .execute();
  await recordEvents(tx, workspace_id, [
    { conversationId: id, kind: "assigned", change: { sender_id: senderId } },
  ]);
}

export const noSender = (channel: string) =>
  new DomainError("validation", `There is no such sender for ${channel}.`, {
    field: "sender_id",
    fix: "Use an id that GET /v1/senders lists, of the conversation's channel.",
  });

const hasOne = () =>
  new DomainError("conflict", "This person and that sender have a conversation already.", {
    field: "sender_id",
    fix: "GET /v1/conversations with contact_id and sender_id shows it: go on there.",
  });
