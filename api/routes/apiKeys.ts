import { randomBytes } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { findApiKey, insertApiKey, listApiKeys, revokeApiKey } from "../../db/apiKeys.ts";
import { findMember } from "../../db/members.ts";
import { composeApiKey, hashSecret } from "../../domain/apiKey.ts";
import { DomainError } from "../../domain/errors.ts";
import { type Role as RoleName, roleAllows } from "../../domain/roles.ts";
import type { Tx } from "../../db/connect.ts";
import { refuseAbove, refuseWithoutOwner } from "../auth.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, Instant, PageQuery, pageOf, Role, Timestamp, text } from "../schemas.ts";

const ApiKey = z
  .object({
    id: Id,
    member_id: Id.nullable(),
    name: z.string(),
    prefix: z
      .string()
      .openapi({ description: "The key begins with cmp_ and this.", example: "9f02c1a7be34" }),
    role: Role,
    expires_at: Timestamp.nullable(),
    revoked_at: Timestamp.nullable(),
    last_used_at: Timestamp.nullable().openapi({ description: "To the minute." }),
    created_at: Timestamp,
  })
  .openapi("ApiKey");

const CreatedApiKey = ApiKey.extend({
  key: z.string().openapi({ description: "The whole key. It is shown here only and stored nowhere." }),
}).openapi("CreatedApiKey");

const NewApiKey = z
  .strictObject({ name: text(200), role: Role, member_id: Id.optional(), expires_at: Instant.optional() })
  .openapi("NewApiKey", { example: { name: "Web shop", role: "operator" } });

const tag = "API keys";

/** The keys of a workspace. Nobody makes or revokes a key of a role above the own. */
export const apiKeyRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listApiKeys",
      method: "get",
      path: "/v1/api-keys",
      tag,
      summary: "List the API keys by their prefixes",
      query: PageQuery,
      answer: pageOf(ApiKey),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const [after] = readCursor(cursor, z.tuple([Id])) ?? [];
      return pageFrom(await listApiKeys(tx, auth.workspaceId, { after, limit: limit + 1 }), limit, (row) => [
        row.id,
      ]);
    },
  );

  route(
    {
      operationId: "createApiKey",
      method: "post",
      path: "/v1/api-keys",
      tag,
      summary: "Create an API key; it is shown once",
      body: NewApiKey,
      status: 201,
      answer: CreatedApiKey,
      errors: ["not_found"],
    },
    async ({ tx, auth, body, audit }) => {
      refuseAbove(auth, body.role);
      const { member_id = null, expires_at = null, name, role } = body;
      if (member_id) await refuseAboveMember(tx, auth.workspaceId, member_id, role);
      const { key, prefix, secret } = composeApiKey(randomBytes(6), randomBytes(32));
      const row = await insertApiKey(tx, {
        workspace_id: auth.workspaceId,
        member_id,
        name,
        prefix,
        secret_hash: hashSecret(secret),
        role,
        expires_at,
      });
      audit({ change: { role, prefix } });
      return { ...row, key };
    },
  );

  route(
    {
      operationId: "revokeApiKey",
      method: "delete",
      path: "/v1/api-keys/{id}",
      tag,
      summary: "Revoke an API key; it stops working at once",
      params: IdParams,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, audit }) => {
      const key = await findApiKey(tx, auth.workspaceId, params.id);
      if (!key) throw new DomainError("not_found", "There is no such API key.");
      refuseAbove(auth, key.role as RoleName);
      await refuseWithoutOwner(tx, auth, (one) => one.id === key.id);
      await revokeApiKey(tx, auth.workspaceId, key.id);
      audit({ change: { prefix: key.prefix } });
    },
  );
};

async function refuseAboveMember(
  tx: Tx,
  workspaceId: string,
  memberId: string,
  role: RoleName,
): Promise<void> {
  const member = await findMember(tx, workspaceId, memberId);
  if (!member) {
    throw new DomainError("not_found", "There is no such member.", {
      field: "member_id",
      fix: "Take an id of GET /v1/members, or leave it out.",
    });
  }
  if (roleAllows(member.role as RoleName, role)) return;
  throw new DomainError("validation", "A member's key cannot have a role above the member's.", {
    field: "role",
    fix: `Use ${member.role} or below, or raise the member's role first.`,
  });
}
