import { databaseNow, type Tx } from "../db/connect.ts";
import type { QueuedReply } from "../db/conversationReplies.ts";
import { type Actor, type Conversation, lockConversation } from "../db/conversations.ts";
import { findMessage } from "../db/messages.ts";
import type { SingleContext } from "../db/singleMessages.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { findWorkspace } from "../db/workspaces.ts";
import type { MessageChannel } from "../domain/address.ts";
import { DomainError } from "../domain/errors.ts";
import { explainState } from "../domain/explain.ts";
import { wakeConversation, wakeSender } from "../workflows/handles.ts";
import type { Auth } from "./auth.ts";
import type { NewReply } from "./conversationSchemas.ts";
import type { ApiDeps } from "./deps.ts";
import { wordsOf } from "./messageInput.ts";

export const noConversation = () =>
  new DomainError("not_found", "There is no such conversation.", {
    fix: "GET /v1/conversations lists them.",
  });

/** Who acts: the member that a key belongs to, else the key itself. */
export const actorOf = (auth: Auth): Actor =>
  auth.memberId === null ? { kind: "key", id: auth.keyId } : { kind: "member", id: auth.memberId };

/** @throws DomainError `not_found` */
export async function locked(tx: Tx, auth: Auth, id: string): Promise<Conversation> {
  const conversation = await lockConversation(tx, auth.workspaceId, id);
  if (conversation === undefined) throw noConversation();
  return conversation;
}

/** What queueing a message needs to know. */
export async function sendingOf(tx: Tx, auth: Auth, deps: ApiDeps) {
  const workspace = await findWorkspace(tx, auth.workspaceId);
  if (workspace === undefined) throw noConversation();
  const { addressKey, sandboxed } = deps;
  return { workspace, addressKey, sandboxed, now: await databaseNow(tx) } satisfies SingleContext;
}

/** Of WhatsApp and SMS. */
const MOST_CHARACTERS = 1_600;

/**
 * What an agent writes, as a reply takes it.
 * @throws DomainError `validation` for what says nothing, says it twice, or WhatsApp would not take.
 */
export async function replyOf(tx: Tx, conversation: Conversation, said: NewReply) {
  const { body, template_id, variables, media } = said;
  const fault = (detail: string, field: string, fix: string) =>
    new DomainError("validation", detail, { field, fix });
  if (body !== undefined && template_id !== undefined)
    throw fault("A message takes either body or template_id.", "body", "Leave one of them out.");
  if (body === undefined && template_id === undefined && media.length === 0)
    throw fault("This message says nothing.", "body", "Give body, template_id or media.");
  if (template_id !== undefined && media.length > 0)
    throw fault("A template brings its own media.", "media", "Leave media out.");
  if (conversation.channel === "whatsapp" && media.length > 1)
    throw fault("WhatsApp takes one file a message.", "media", "Send each file in a message of its own.");
  if (conversation.channel === "email" && media.length > 0)
    throw fault("An e-mail has no media.", "media", "Use a template that has them attached.");
  if (conversation.channel !== "email" && (body?.length ?? 0) > MOST_CHARACTERS)
    throw fault(`A message has ${MOST_CHARACTERS} characters at most.`, "body", "Say it in several.");
  const { template, mail } =
    template_id === undefined
      ? { template: null, mail: null }
      : await wordsOf(tx, conversation.workspace_id, {
          channel: conversation.channel as MessageChannel,
          template_id,
        });
  return { body: body ?? null, template, mail: mail ?? null, variables, media };
}

/**
 * Wakes who sends a queued message.
 * @throws DomainError `state_conflict` that says why it may not go out; nothing of it is kept then.
 */
export async function sendQueued(tx: Tx, conversation: Conversation, queued: QueuedReply): Promise<void> {
  if (queued.sender === null) throw await refused(tx, conversation, queued.id);
  await oweWake(tx, [wakeSender(queued.sender), wakeConversation(conversation)]);
}

const FIXES: Readonly<Record<string, string>> = {
  outside_window: "Send an approved template: give template_id in place of body.",
  template_not_approved: "Submit the template, or use one that is approved.",
  missing_variables: "Give the template's variables.",
  suppressed:
    "Nobody may write to them on this channel until they write START, or an admin lifts the suppression.",
  opted_out: "Nobody may write to them on this channel until they opt in again.",
  not_on_allowlist: "Add the address to the test allowlist, or end the workspace's test mode.",
};

async function refused(tx: Tx, conversation: Conversation, messageId: string): Promise<DomainError> {
  const message = await findMessage(tx, conversation.workspace_id, messageId);
  if (message === undefined) throw new Error("A message that was just written could not be found");
  const { reason } = message;
  const detail = message.detail as Record<string, unknown> | null;
  const fix = FIXES[reason ?? ""];
  return new DomainError("state_conflict", explainState({ ...message, detail }), {
    details: { reason },
    ...(fix !== undefined && { fix }),
  });
}
