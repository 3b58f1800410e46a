import { z } from "@hono/zod-openapi";
import { recordEvents } from "../../db/conversationEvents.ts";
import { insertNote, listNotes } from "../../db/conversationThread.ts";
import { findConversation } from "../../db/conversations.ts";
import { actorOf, noConversation } from "../conversationInput.ts";
import { Note } from "../conversationSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { IdParams, PageQuery, pageOf, text } from "../schemas.ts";

const Key = z.tuple([z.guid()]);
const NewNote = z
  .strictObject({ body: text(4000) })
  .openapi("NewConversationNote", { example: { body: "Pidió visita con su hermana; llamar el miércoles." } });

/** What colleagues tell each other about a conversation. */
export const conversationNoteRoutes: Routes = ({ route }) => {
  const tag = "Conversations";

  route(
    {
      operationId: "listConversationNotes",
      method: "get",
      path: "/v1/conversations/{id}/notes",
      tag,
      summary: "List the notes on a conversation, newest first",
      params: IdParams,
      query: PageQuery,
      answer: pageOf(Note),
    },
    async ({ tx, auth, params: { id }, query: { limit, cursor } }) => {
      if (!(await findConversation(tx, auth.workspaceId, id))) throw noConversation();
      const of = { workspaceId: auth.workspaceId, conversationId: id };
      const rows = await listNotes(tx, of, { before: readCursor(cursor, Key)?.[0], limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "addConversationNote",
      method: "post",
      path: "/v1/conversations/{id}/notes",
      tag,
      summary: "Note something for colleagues; the person never sees it",
      params: IdParams,
      body: NewNote,
      status: 201,
      answer: Note,
    },
    async ({ tx, auth, params, body, audit }) => {
      if (!(await findConversation(tx, auth.workspaceId, params.id))) throw noConversation();
      const of = { workspaceId: auth.workspaceId, conversationId: params.id };
      const { id } = await insertNote(tx, { ...of, author: actorOf(auth), body: body.body });
      await recordEvents(tx, auth.workspaceId, [
        { conversationId: params.id, kind: "note", subjectId: id, change: { by: actorOf(auth).kind } },
      ]);
      audit({ change: { note_id: id } });
      const [note] = await listNotes(tx, { ...of, id }, { limit: 1 });
      if (note === undefined) throw noConversation();
      return note;
    },
  );
};
