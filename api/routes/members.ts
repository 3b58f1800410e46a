import { z } from "@hono/zod-openapi";
import { lowerKeysOfMember } from "../../db/apiKeys.ts";
import { findMember, insertMember, listMembers, removeMember, updateMember } from "../../db/members.ts";
import { parseEmail } from "../../domain/address.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Role as RoleName } from "../../domain/roles.ts";
import { refuseAbove, refuseWithoutOwner } from "../auth.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Role, Timestamp, text } from "../schemas.ts";

const example = { name: "Valeria Mercado", email: "valeria@example.com", role: "operator" } as const;

const Email = z
  .string()
  .max(254)
  .transform((raw, context) => {
    const parsed = parseEmail(raw);
    if (parsed.ok) return parsed.canonical;
    context.addIssue({ code: "custom", message: "must be an e-mail address, such as valeria@example.com" });
    return z.NEVER;
  })
  .openapi({ type: "string", format: "email" });

const Member = z
  .object({
    id: Id,
    name: z.string(),
    email: z.string(),
    role: Role,
    available: z.boolean().openapi({ description: "Takes conversations that are handed over." }),
    created_at: Timestamp,
  })
  .openapi("Member");
const NewMember = z
  .strictObject({ name: text(200), email: Email, role: Role })
  .openapi("NewMember", { example });
const MemberChange = NewMember.partial().openapi("MemberChange", { example: { role: "agent" } });

const tag = "Members";

/** The people of a workspace, who may have API keys. */
export const memberRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listMembers",
      method: "get",
      path: "/v1/members",
      tag,
      summary: "List the members",
      query: PageQuery,
      answer: pageOf(Member),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const [after] = readCursor(cursor, z.tuple([Id])) ?? [];
      return pageFrom(await listMembers(tx, auth.workspaceId, { after, limit: limit + 1 }), limit, (row) => [
        row.id,
      ]);
    },
  );

  route(
    {
      operationId: "createMember",
      method: "post",
      path: "/v1/members",
      tag,
      summary: "Add a member",
      body: NewMember,
      status: 201,
      answer: Member,
      errors: ["conflict"],
    },
    async ({ tx, auth, body, audit }) => {
      refuseAbove(auth, body.role);
      const member = await insertMember(tx, { workspace_id: auth.workspaceId, ...body });
      audit({ change: { role: body.role } });
      return member;
    },
  );

  route(
    {
      operationId: "updateMember",
      method: "patch",
      path: "/v1/members/{id}",
      tag,
      summary: "Change a member",
      params: IdParams,
      body: MemberChange,
      answer: Member,
      errors: ["conflict", "state_conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      const before = await findMember(tx, auth.workspaceId, params.id);
      refuseAbove(auth, before?.role as RoleName | undefined);
      refuseAbove(auth, body.role);
      audit({ change: { fields: Object.keys(body), ...(body.role && { role: body.role }) } });
      const member = (await updateMember(tx, auth.workspaceId, params.id, body)) ?? absent();
      if (body.role && body.role !== before?.role) {
        if (body.role !== "owner") await refuseWithoutOwner(tx, auth, (key) => key.member_id === params.id);
        await lowerKeysOfMember(tx, auth.workspaceId, params.id, body.role);
      }
      return member;
    },
  );

  route(
    {
      operationId: "removeMember",
      method: "delete",
      path: "/v1/members/{id}",
      tag,
      summary: "Remove a member and revoke the member's keys",
      params: IdParams,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, audit }) => {
      const before = await findMember(tx, auth.workspaceId, params.id);
      refuseAbove(auth, before?.role as RoleName | undefined);
      await refuseWithoutOwner(tx, auth, (key) => key.member_id === params.id);
      const removed = (await removeMember(tx, auth.workspaceId, params.id)) ?? absent();
      audit({ change: { revoked_keys: removed.revokedKeys } });
    },
  );
};

function absent(): never {
  throw new DomainError("not_found", "There is no such member.");
}
