import { z } from "@hono/zod-openapi";
import { assignConversation } from "../../db/assignment.ts";
import type { Tx } from "../../db/connect.ts";
import { markRead } from "../../db/conversationList.ts";
import { findMedia, listThread, type ThreadMessage as ThreadRow } from "../../db/conversationThread.ts";
import { queueReply } from "../../db/conversationReplies.ts";
import { type Actor, type Conversation, findConversation, handOff } from "../../db/conversations.ts";
import type { SingleContext } from "../../db/singleMessages.ts";
import { DomainError } from "../../domain/errors.ts";
import { explainState } from "../../domain/explain.ts";
import { settingsOf } from "../../domain/settings.ts";
import { actorOf, locked, noConversation, replyOf, sendingOf, sendQueued } from "../conversationInput.ts";
import { NewReply, ThreadMessage } from "../conversationSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf } from "../schemas.ts";

const Key = z.tuple([z.guid()]);
const MediaParams = z.object({
  id: Id,
  message_id: Id,
  n: z
    .string()
    .regex(/^\d$/, "must be a number from 0, as the message lists its media")
    .openapi({ example: "0" }),
});

/** What is said in a conversation. */
export const conversationMessageRoutes: Routes = ({ route, stream }, deps) => {
  const tag = "Conversations";

  route(
    {
      operationId: "listConversationMessages",
      method: "get",
      path: "/v1/conversations/{id}/messages",
      tag,
      summary: "Show what was said in a conversation, newest first",
      description: "With what else its sender sent to the person, such as the campaign that they answer.",
      params: IdParams,
      query: PageQuery,
      answer: pageOf(ThreadMessage),
    },
    async ({ tx, auth, params, query: { limit, cursor } }) => {
      const conversation = await findConversation(tx, auth.workspaceId, params.id);
      if (conversation === undefined) throw noConversation();
      const of = { workspaceId: auth.workspaceId, conversation };
      const rows = await listThread(tx, of, { before: readCursor(cursor, Key)?.[0], limit: limit + 1 });
      const page = pageFrom(rows, limit, (row) => [row.id]);
      return { ...page, data: page.data.map((row) => shownMessage(params.id, row)) };
    },
  );

  route(
    {
      operationId: "sendConversationMessage",
      method: "post",
      path: "/v1/conversations/{id}/messages",
      tag,
      summary: "Answer in a conversation",
      description:
        "Ahead of everything else that the sender has to send, under the same rules; refused with the reason where they forbid it: free text on WhatsApp more than 24 hours after the person's last message, somebody who opted out, a conversation that is blocked. Send an Idempotency-Key, so that a request that is repeated sends nothing twice.",
      params: IdParams,
      body: NewReply,
      status: 202,
      answer: ThreadMessage,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      const conversation = await locked(tx, auth, params.id);
      const said = await replyOf(tx, conversation, body);
      const on = await sendingOf(tx, auth, deps);
      const author = actorOf(auth);
      if (author.kind === "member") await takeOver(tx, on, conversation, author);
      const queued = await queueReply(tx, on, { conversation, author, answersId: null, ...said });
      await sendQueued(tx, conversation, queued);
      audit({ change: { message_id: queued.id, template_id: body.template_id, media: body.media.length } });
      return newestOf(tx, conversation, queued.id);
    },
  );

  stream(
    {
      operationId: "getConversationMedia",
      method: "get",
      path: "/v1/conversations/{id}/messages/{message_id}/media/{n}",
      tag,
      summary: "Fetch a file that a person sent",
      description:
        "From the provider, with the account's credentials; pictures, sound, video and documents up to 16 MB.",
      params: MediaParams,
      produces: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
      errors: ["gone", "unsupported", "too_large", "provider_unavailable"],
    },
    async ({ c, auth, params, inWorkspace }) => {
      const of = { conversationId: params.id, messageId: params.message_id, n: Number(params.n) };
      const media = await inWorkspace((tx) => findMedia(tx, auth.workspaceId, of));
      if (media === undefined) throw noMedia();
      const account = { workspaceId: auth.workspaceId, providerAccountId: media.provider_account_id };
      const file = await deps.openMedia(account, media.url, c.req.raw.signal);
      return c.body(file.body, 200, {
        "Content-Type": file.type,
        "Content-Disposition": `attachment; filename="${params.message_id}-${params.n}"`,
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
        ...(file.bytes !== null && { "Content-Length": String(file.bytes) }),
      });
    },
  );
};

/** A member who answers has read it and has it from now on: the machine is silent, and nobody else is given it. */
async function takeOver(tx: Tx, on: SingleContext, conversation: Conversation, member: Actor): Promise<void> {
  const { id, workspace_id } = conversation;
  await markRead(tx, workspace_id, id);
  if (conversation.assignee_id === null) await assignConversation(tx, workspace_id, id, member.id);
  const { conversations } = settingsOf(on.workspace.settings);
  const settings = { ...conversations, assignment: "none" as const };
  await handOff(tx, { workspaceId: workspace_id, conversationId: id, reason: "by_hand", settings });
}

const noMedia = () =>
  new DomainError("not_found", "This message has no such file.", {
    fix: "GET /v1/conversations/{id}/messages lists the media of each message.",
  });

/** A message that this transaction has written. */
export async function newestOf(
  tx: Tx,
  conversation: { id: string; workspace_id: string; contact_id: string; sender_id: string },
  messageId: string,
) {
  const of = { workspaceId: conversation.workspace_id, conversation };
  const row = (await listThread(tx, of, { limit: 5 })).find((one) => one.id === messageId);
  if (row === undefined) throw new Error("A message that was just written could not be found");
  return shownMessage(conversation.id, row);
}

const receivedAs = (reason: string | null): string =>
  reason === "automatic" ? "Received from a program: an absence note or a receipt." : "Received.";

function shownMessage(conversationId: string, row: ThreadRow) {
  const { author_kind, author_id, author_name, media, ...message } = row;
  return {
    ...message,
    answer: row.direction === "in" ? receivedAs(row.reason) : explainState({ ...row, attempts: 1 }),
    author: author_kind === null ? null : { kind: author_kind, id: author_id, name: author_name },
    media: (media ?? []).map((one, n) =>
      typeof one === "string"
        ? { n, type: null, url: one }
        : { n, type: one.type, url: `/v1/conversations/${conversationId}/messages/${row.id}/media/${n}` },
    ),
  };
}
