import { z } from "@hono/zod-openapi";
import { assignConversation, assignNext } from "../../db/assignment.ts";
import type { Tx } from "../../db/connect.ts";
import { findListedConversation } from "../../db/conversationList.ts";
import { type Conversation as ConversationRow, handOff } from "../../db/conversations.ts";
import { moveToSender } from "../../db/conversationSender.ts";
import { findMember, setAvailable } from "../../db/members.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { roleAllows } from "../../domain/roles.ts";
import { settingsOf } from "../../domain/settings.ts";
import { wakeConversation } from "../../workflows/handles.ts";
import type { Auth } from "../auth.ts";
import { locked, noConversation } from "../conversationInput.ts";
import { Conversation } from "../conversationSchemas.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams } from "../schemas.ts";

const Assignment = z
  .strictObject({
    member_id: Id.nullable()
      .optional()
      .openapi({ description: "A member who answers from now on; null puts it back into the queue." }),
    next: z.enum(["round_robin", "least_busy"]).optional().openapi({
      description: "In place of member_id: whose turn it is of those who are available, if anybody is.",
    }),
    sender_id: Id.optional().openapi({ description: "Goes on from this number of ours." }),
  })
  .openapi("ConversationAssignment", { example: { next: "least_busy" } });
type Assignment = z.infer<typeof Assignment>;

const Availability = z
  .strictObject({ available: z.boolean() })
  .openapi("MemberAvailability", { example: { available: true } });
const Available = z.object({ id: Id, name: z.string(), available: z.boolean() }).openapi("AvailableMember");

/** Who answers what. */
export const conversationAssignmentRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "assignConversation",
      method: "post",
      path: "/v1/conversations/{id}/assign",
      tag: "Conversations",
      summary: "Assign a conversation to a member, to the next one, to nobody, or to another sender",
      description: "The machine answers no more until the conversation is closed.",
      params: IdParams,
      body: Assignment,
      answer: Conversation,
      errors: ["conflict"],
    },
    async ({ tx, auth, params: { id }, body, audit }) => {
      checkAssignment(body);
      const conversation = await locked(tx, auth, id);
      if (body.sender_id !== undefined) await moveToSender(tx, conversation, body.sender_id);
      if (body.member_id !== undefined) await giveTo(tx, auth, conversation, body.member_id);
      if (body.next !== undefined) await assignNext(tx, auth.workspaceId, id, body.next);
      if (body.member_id !== undefined || body.next !== undefined) await silenceMachine(tx, conversation);
      await oweWake(tx, [wakeConversation(conversation)]);
      const shown = await findListedConversation(tx, auth.workspaceId, id);
      if (shown === undefined) throw noConversation();
      audit({ change: { assignee_id: shown.assignee_id, sender_id: shown.sender_id } });
      return shown;
    },
  );

  route(
    {
      operationId: "setMemberAvailability",
      method: "patch",
      path: "/v1/members/{id}/availability",
      tag: "Members",
      summary: "Say whether a member takes conversations",
      description: "For oneself, with a key of one's own; for others from the role operator on.",
      params: IdParams,
      body: Availability,
      answer: Available,
    },
    async ({ tx, auth, params, body, audit }) => {
      if (params.id !== auth.memberId && !roleAllows(auth.role, "operator")) {
        // Who may not ask about others learns nothing of them.
        const known = await findMember(tx, auth.workspaceId, params.id);
        throw known === undefined ? noMember() : onlyOwn();
      }
      const member = await setAvailable(tx, auth.workspaceId, params.id, body.available);
      if (member === undefined) throw noMember();
      audit({ change: { available: body.available } });
      return member;
    },
  );
};

function checkAssignment(body: Assignment): void {
  const both = body.member_id !== undefined && body.next !== undefined;
  if (!both && Object.values(body).some((value) => value !== undefined)) return;
  throw new DomainError("validation", "Say who gets this conversation, in one way.", {
    field: "member_id",
    fix: "Give member_id or next, or a sender_id.",
  });
}

async function giveTo(tx: Tx, auth: Auth, conversation: ConversationRow, memberId: string | null) {
  const member = memberId === null ? undefined : await findMember(tx, auth.workspaceId, memberId);
  if (memberId !== null && (member === undefined || member.role === "viewer")) {
    throw new DomainError("validation", "There is no such member who could answer.", {
      field: "member_id",
      fix: "Use the id of a member that GET /v1/members lists, with a role from agent on.",
    });
  }
  await assignConversation(tx, auth.workspaceId, conversation.id, memberId);
}

/** People have it from here on, if they had it not before. */
async function silenceMachine(tx: Tx, conversation: ConversationRow): Promise<void> {
  const workspace = await findWorkspace(tx, conversation.workspace_id);
  const { conversations } = settingsOf(workspace?.settings);
  await handOff(tx, {
    workspaceId: conversation.workspace_id,
    conversationId: conversation.id,
    reason: "by_hand",
    // Who gets it has just been said.
    settings: { ...conversations, assignment: "none" },
  });
}

const noMember = () => new DomainError("not_found", "There is no such member.");
const onlyOwn = () =>
  new DomainError("forbidden", "A key of this role sets the availability of its own member only.", {
    fix: "Use a key of that member, or one of the role operator.",
  });
