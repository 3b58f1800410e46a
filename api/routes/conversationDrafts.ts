import { z } from "@hono/zod-openapi";
import type { Tx } from "../../db/connect.ts";
import { editDraft, findDraft, listDrafts } from "../../db/conversationDrafts.ts";
import { recordEvents } from "../../db/conversationEvents.ts";
import { settleDraft } from "../../db/conversationReplies.ts";
import { findConversation } from "../../db/conversations.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { DomainError } from "../../domain/errors.ts";
import { wakeConversation } from "../../workflows/handles.ts";
import { actorOf, locked, noConversation, sendingOf, sendQueued } from "../conversationInput.ts";
import { ConversationDraft, ThreadMessage } from "../conversationSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, text } from "../schemas.ts";
import { newestOf } from "./conversationMessages.ts";

const Key = z.tuple([z.guid()]);
const DraftParams = IdParams.extend({ draft_id: Id });
const Words = z
  .strictObject({ body: text(1600) })
  .openapi("DraftChange", { example: { body: "Sí, la visita es el jueves a las 3. ¿Confirmo?" } });
const LastWords = z
  .strictObject({
    body: text(1600).optional().openapi({ description: "In place of the draft's own words." }),
  })
  .openapi("DraftSending", { example: { body: "Sí, la visita es el jueves a las 3." } });

/** Answers of the review mode: what the machine would say, for a person to send, change or drop. */
export const conversationDraftRoutes: Routes = ({ route }, deps) => {
  const tag = "Conversations";
  const path = "/v1/conversations/{id}/drafts";

  route(
    {
      operationId: "listConversationDrafts",
      method: "get",
      path,
      tag,
      summary: "List the drafts of a conversation, newest first",
      params: IdParams,
      query: PageQuery,
      answer: pageOf(ConversationDraft),
    },
    async ({ tx, auth, params: { id }, query: { limit, cursor } }) => {
      if (!(await findConversation(tx, auth.workspaceId, id))) throw noConversation();
      const of = { workspaceId: auth.workspaceId, conversationId: id };
      const rows = await listDrafts(tx, of, { before: readCursor(cursor, Key)?.[0], limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "editConversationDraft",
      method: "patch",
      path: `${path}/{draft_id}`,
      tag,
      summary: "Put a draft that waits into other words",
      params: DraftParams,
      body: Words,
      answer: ConversationDraft,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      await locked(tx, auth, params.id);
      const of = { workspaceId: auth.workspaceId, conversationId: params.id };
      const draft = await editDraft(tx, of, params.draft_id, body.body);
      if (draft === undefined) throw await settledAlready(tx, of, params.draft_id);
      await recordEvents(tx, auth.workspaceId, [
        { conversationId: params.id, kind: "draft", subjectId: draft.id, change: { edited: true } },
      ]);
      audit({ change: { draft_id: draft.id } });
      return draft;
    },
  );

  route(
    {
      operationId: "sendConversationDraft",
      method: "post",
      path: `${path}/{draft_id}/send`,
      tag,
      summary: "Send a draft, as it is or in other words",
      params: DraftParams,
      body: LastWords,
      status: 202,
      answer: ThreadMessage,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      const conversation = await locked(tx, auth, params.id);
      const word = { id: params.draft_id, by: actorOf(auth), body: body.body ?? null };
      const queued = await settleDraft(tx, await sendingOf(tx, auth, deps), conversation, word);
      if (queued === undefined || queued === "dropped")
        throw await settledAlready(
          tx,
          { workspaceId: auth.workspaceId, conversationId: params.id },
          params.draft_id,
        );
      await sendQueued(tx, conversation, queued);
      audit({
        change: { draft_id: params.draft_id, message_id: queued.id, edited: body.body !== undefined },
      });
      return newestOf(tx, conversation, queued.id);
    },
  );

  route(
    {
      operationId: "dropConversationDraft",
      method: "delete",
      path: `${path}/{draft_id}`,
      tag,
      summary: "Drop a draft that waits",
      params: DraftParams,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, audit }) => {
      const conversation = await locked(tx, auth, params.id);
      const word = { id: params.draft_id, by: actorOf(auth), drop: true as const };
      const dropped = await settleDraft(tx, await sendingOf(tx, auth, deps), conversation, word);
      if (dropped === undefined)
        throw await settledAlready(
          tx,
          { workspaceId: auth.workspaceId, conversationId: params.id },
          params.draft_id,
        );
      await oweWake(tx, [wakeConversation(conversation)]);
      audit({ change: { draft_id: params.draft_id } });
    },
  );
};

async function settledAlready(
  tx: Tx,
  of: { workspaceId: string; conversationId: string },
  id: string,
): Promise<DomainError> {
  const draft = await findDraft(tx, of, id);
  if (draft === undefined) return new DomainError("not_found", "There is no such draft.");
  return new DomainError("state_conflict", `This draft is ${draft.state}; it waits no more.`, {
    fix: "Write a message of your own, or look for a newer draft.",
    details: { state: draft.state },
  });
}
