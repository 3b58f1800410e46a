import { z } from "@hono/zod-openapi";
import { listBursts } from "../../db/conversationBursts.ts";
import { findConversation } from "../../db/conversations.ts";
import { noConversation } from "../conversationInput.ts";
import { ConversationBurst } from "../conversationSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { IdParams, PageQuery, pageOf } from "../schemas.ts";

const Key = z.tuple([z.guid()]);

/** What became of what people wrote: how it was understood, and what answered it. */
export const conversationBurstRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listConversationBursts",
      method: "get",
      path: "/v1/conversations/{id}/bursts",
      tag: "Conversations",
      summary: "List what became of the messages of a person, newest first",
      description: "Messages that came within a few seconds are one burst, and have one answer.",
      params: IdParams,
      query: PageQuery,
      answer: pageOf(ConversationBurst),
    },
    async ({ tx, auth, params: { id }, query: { limit, cursor } }) => {
      if (!(await findConversation(tx, auth.workspaceId, id))) throw noConversation();
      const of = { workspaceId: auth.workspaceId, conversationId: id };
      const rows = await listBursts(tx, of, { before: readCursor(cursor, Key)?.[0], limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.last_message_id]);
    },
  );
};
