import type { Tx } from "../../db/connect.ts";
import { findContact } from "../../db/contacts.ts";
import { findListedConversation } from "../../db/conversationList.ts";
import { queueReply } from "../../db/conversationReplies.ts";
import { startConversation } from "../../db/conversations.ts";
import { noSender } from "../../db/conversationSender.ts";
import { lockContacts } from "../../db/locks.ts";
import { findSender } from "../../db/senders.ts";
import { chooseSender } from "../../db/singleMessages.ts";
import { DomainError } from "../../domain/errors.ts";
import { actorOf, locked, noConversation, replyOf, sendingOf, sendQueued } from "../conversationInput.ts";
import { Conversation, NewConversation } from "../conversationSchemas.ts";
import { exactlyOne, recipientOf } from "../messageInput.ts";
import type { Routes } from "../route.ts";

/** Writing to somebody first. */
export const conversationStartRoutes: Routes = ({ route }, deps) => {
  route(
    {
      operationId: "startConversation",
      method: "post",
      path: "/v1/conversations/start",
      tag: "Conversations",
      summary: "Start a conversation, or find the one there is, and perhaps say something",
      description:
        "Whom we write to first gets free text by SMS only: on WhatsApp an approved template. Send an Idempotency-Key, so that a request that is repeated sends nothing twice.",
      body: NewConversation,
      status: 201,
      answer: Conversation,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, body, audit }) => {
      exactlyOne(body, "to", "contact_id");
      const on = await sendingOf(tx, auth, deps);
      const contactId = await recipientOf(tx, on.workspace, body);
      await lockContacts(tx, [contactId]);
      const address = await addressOf(tx, auth.workspaceId, contactId, body.channel);
      const senderId = await senderOf(tx, auth.workspaceId, body, address);
      const { id } = await startConversation(tx, auth.workspaceId, {
        contactId,
        channel: body.channel,
        address,
        senderId,
      });
      audit({ subject_id: id, change: { channel: body.channel, message: body.message !== undefined } });
      if (body.message !== undefined) {
        const conversation = await locked(tx, auth, id);
        const said = await replyOf(tx, conversation, body.message);
        const author = actorOf(auth);
        const queued = await queueReply(tx, on, { conversation, author, answersId: null, ...said });
        await sendQueued(tx, conversation, queued);
      }
      const shown = await findListedConversation(tx, auth.workspaceId, id);
      if (shown === undefined) throw noConversation();
      return shown;
    },
  );
};

/** Where the person is reached; one who hides their number on WhatsApp is reached by WhatsApp's own id of them. */
async function addressOf(tx: Tx, workspaceId: string, contactId: string, channel: "whatsapp" | "sms") {
  const contact = await findContact(tx, workspaceId, contactId);
  const address = contact?.phone ?? (channel === "whatsapp" ? contact?.whatsapp_user_id : null) ?? null;
  if (address !== null) return address;
  throw new DomainError("state_conflict", `This contact has no address for ${channel}.`, {
    fix: "Add their phone with PATCH /v1/contacts/{id}.",
  });
}

/** The one that is asked for, or the one that the person knows, or the next in rotation. */
async function senderOf(
  tx: Tx,
  workspaceId: string,
  body: NewConversation,
  address: string,
): Promise<string> {
  if (body.sender_id === undefined) return (await chooseSender(tx, workspaceId, body.channel, address)).id;
  const sender = await findSender(tx, workspaceId, body.sender_id);
  if (sender?.channel !== body.channel) throw noSender(body.channel);
  return sender.id;
}
