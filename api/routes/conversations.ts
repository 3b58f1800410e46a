import { z } from "@hono/zod-openapi";
import type { Tx } from "../../db/connect.ts";
import { recordEvents } from "../../db/conversationEvents.ts";
import { findListedConversation, listConversations, markRead, setTags } from "../../db/conversationList.ts";
import { findConversation, setConversationState, setConversationStatus } from "../../db/conversations.ts";
import { askCsat } from "../../db/csat.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { parsePhone, parseRegion } from "../../domain/phone.ts";
import { wakeConversation, wakeSender } from "../../workflows/handles.ts";
import type { Auth } from "../auth.ts";
import { actorOf, locked, noConversation, sendingOf } from "../conversationInput.ts";
import { Conversation, STATES, STATUSES } from "../conversationSchemas.ts";
import { cursorOf, NumberKey, pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, Instant, PageQuery, pageOf, text } from "../schemas.ts";

const Flag = z.enum(["true", "false"]).transform((word) => word === "true");

const Filter = PageQuery.extend({
  cursor: cursorOf(2),
  status: z.enum(STATUSES).optional(),
  state: z.enum(STATES).optional(),
  assignee: z
    .union([Id, z.enum(["me", "none"])])
    .optional()
    .openapi({ description: "A member's id, `me` for the key's own member, `none` for those of nobody." }),
  sender_id: Id.optional(),
  contact_id: Id.optional(),
  channel: z.enum(["whatsapp", "sms", "email"]).optional(),
  tag: text(100).optional(),
  since: Instant.optional().openapi({ description: "Changed at or after." }),
  until: Instant.optional().openapi({ description: "Changed before." }),
  unread: Flag.optional(),
  awaiting: Flag.optional().openapi({ description: "Whether somebody waits for an answer." }),
  qualified: Flag.optional().openapi({ description: "Whether the person is a qualified lead." }),
  draft: Flag.optional().openapi({
    description: "Whether an answer waits for somebody who sends or drops it.",
  }),
  q: text(200).optional().openapi({
    description: "In the name or number of the person, or in what was written (of the 1,000 changed last).",
  }),
});

const Key = z.tuple([NumberKey, z.guid()]);

const NewStatus = z
  .strictObject({ status: z.enum(STATUSES) })
  .openapi("ConversationStatusChange", { example: { status: "blocked" } });
const NewState = z
  .strictObject({ state: z.enum(STATES) })
  .openapi("ConversationStateChange", { example: { state: "closed" } });
const Tags = z
  .strictObject({ tags: z.array(text(100)).max(50) })
  .openapi("ConversationTags", { example: { tags: ["visita", "jueves"] } });

/** Threads with people: which there are, and how each stands. */
export const conversationRoutes: Routes = ({ route }, deps) => {
  const tag = "Conversations";

  route(
    {
      operationId: "listConversations",
      method: "get",
      path: "/v1/conversations",
      tag,
      summary: "List or search conversations, last changed first",
      query: Filter,
      answer: pageOf(Conversation),
    },
    async ({ tx, auth, query: { limit, cursor, assignee, ...filter } }) => {
      const [updatedUs, id] = readCursor(cursor, Key) ?? [];
      const after = updatedUs === undefined || id === undefined ? undefined : { updatedUs, id };
      const wanted = {
        ...filter,
        assigneeId: assigneeOf(auth, assignee),
        phone: await phoneIn(tx, auth, filter.q),
      };
      const rows = await listConversations(tx, auth.workspaceId, wanted, { after, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.updated_us, row.id]);
    },
  );

  route(
    {
      operationId: "getConversation",
      method: "get",
      path: "/v1/conversations/{id}",
      tag,
      summary: "Show a conversation",
      params: IdParams,
      answer: Conversation,
    },
    ({ tx, auth, params }) => shown(tx, auth, params.id),
  );

  route(
    {
      operationId: "setConversationStatus",
      method: "patch",
      path: "/v1/conversations/{id}/status",
      tag,
      summary: "Use, put aside or block a conversation",
      description: "What a blocked person writes is kept; nobody is told and nothing answers.",
      params: IdParams,
      body: NewStatus,
      answer: Conversation,
    },
    async ({ tx, auth, params, body, audit }) => {
      const conversation = await locked(tx, auth, params.id);
      await setConversationStatus(tx, auth.workspaceId, params.id, body.status);
      await oweWake(tx, [wakeConversation(conversation)]);
      audit({ change: { status: body.status } });
      return shown(tx, auth, params.id);
    },
  );

  route(
    {
      operationId: "setConversationState",
      method: "patch",
      path: "/v1/conversations/{id}/state",
      tag,
      summary: "Close, reopen or set aside a conversation",
      description:
        "`closed`: over until they write again; where the workspace asks for ratings, the person is asked. `pending`: their turn. `open`: ours.",
      params: IdParams,
      body: NewState,
      answer: Conversation,
    },
    async ({ tx, auth, params, body, audit }) => {
      const conversation = await locked(tx, auth, params.id);
      const changed = await setConversationState(tx, auth.workspaceId, params.id, body.state, actorOf(auth));
      await oweWake(tx, [wakeConversation(conversation)]);
      if (changed !== undefined && body.state === "closed") {
        const asked = await askCsat(tx, await sendingOf(tx, auth, deps), conversation);
        if (asked?.sender) await oweWake(tx, [wakeSender(asked.sender)]);
      }
      audit({ change: { state: body.state } });
      return shown(tx, auth, params.id);
    },
  );

  route(
    {
      operationId: "readConversation",
      method: "patch",
      path: "/v1/conversations/{id}/read",
      tag,
      summary: "Mark a conversation as read",
      params: IdParams,
      answer: Conversation,
    },
    async ({ tx, auth, params: { id } }) => {
      if (await markRead(tx, auth.workspaceId, id))
        await recordEvents(tx, auth.workspaceId, [
          { conversationId: id, kind: "read", change: { by: actorOf(auth).kind } },
        ]);
      return shown(tx, auth, id);
    },
  );

  route(
    {
      operationId: "tagConversation",
      method: "put",
      path: "/v1/conversations/{id}/tags",
      tag,
      summary: "Set the tags of a conversation",
      params: IdParams,
      body: Tags,
      answer: Conversation,
    },
    async ({ tx, auth, params: { id }, body, audit }) => {
      const tags = [...new Set(body.tags)];
      if (!(await findConversation(tx, auth.workspaceId, id))) throw noConversation();
      if (await setTags(tx, auth.workspaceId, id, tags))
        await recordEvents(tx, auth.workspaceId, [{ conversationId: id, kind: "tags" }]);
      audit({ change: { tags: tags.length } });
      return shown(tx, auth, id);
    },
  );
};

async function shown(tx: Tx, auth: Auth, id: string) {
  const conversation = await findListedConversation(tx, auth.workspaceId, id);
  if (conversation === undefined) throw noConversation();
  return conversation;
}

function assigneeOf(auth: Auth, assignee: string | undefined): string | null | undefined {
  if (assignee === "none") return null;
  if (assignee !== "me") return assignee;
  if (auth.memberId !== null) return auth.memberId;
  throw new DomainError("validation", "This key belongs to no member, so nothing is assigned to it.", {
    field: "assignee",
    fix: "Give a member's id, or use a key of a member.",
  });
}

async function phoneIn(tx: Tx, auth: Auth, q: string | undefined): Promise<string | undefined> {
  if (q === undefined || !/\d/.test(q)) return undefined;
  const workspace = await findWorkspace(tx, auth.workspaceId);
  const phone = parsePhone(q, parseRegion(workspace?.default_region ?? ""));
  return phone.ok ? phone.canonical : undefined;
}
