import { randomBytes } from "node:crypto";
import { z } from "@hono/zod-openapi";
import {
  deleteProviderAccount,
  findProviderAccount,
  insertProviderAccount,
  listProviderAccounts,
  rotateCredentials,
  sealCredentials,
} from "../../db/providerAccounts.ts";
import { DomainError } from "../../domain/errors.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { VerifyAccount } from "../deps.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";

const AuthToken = z
  .string()
  .regex(/^[\x21-\x7e]{16,200}$/, "must be the account's auth token")
  .openapi({ example: "a token of the account", writeOnly: true });

const ProviderAccount = z
  .object({
    id: Id,
    provider: z.literal("twilio"),
    name: z.string(),
    account_sid: z.string(),
    previous_until: Timestamp.nullable().openapi({
      description: "Until when webhooks signed with the token before are accepted.",
    }),
    verified_at: Timestamp.nullable().openapi({
      description: "When the provider last accepted the credentials.",
    }),
    created_at: Timestamp,
  })
  .openapi("ProviderAccount");

const NewProviderAccount = z
  .strictObject({
    provider: z.literal("twilio"),
    name: text(200),
    account_sid: z.string().regex(/^AC[0-9a-f]{32}$/, "must be AC and 32 hexadecimal digits"),
    auth_token: AuthToken,
  })
  .openapi("NewProviderAccount", {
    example: {
      provider: "twilio",
      name: "Twilio, Colombia",
      account_sid: `AC${"0".repeat(32)}`,
      auth_token: "0123456789abcdef0123456789abcdef",
    },
  });

const Rotation = z
  .strictObject({
    auth_token: AuthToken,
    overlap_seconds: z
      .int()
      .min(0)
      .max(7 * 86_400)
      .default(86_400)
      .openapi({ description: "How long webhooks signed with the old token are still accepted." }),
  })
  .openapi("ProviderAccountRotation", {
    example: { auth_token: "0123456789abcdef0123456789abcdef", overlap_seconds: 86_400 },
  });

const tag = "Provider accounts";

/** The workspace's own accounts with providers. Credentials are tested, sealed, and never given out again. */
export const providerAccountRoutes: Routes = ({ route }, { sealingKey, verifyAccount }) => {
  route(
    {
      operationId: "listProviderAccounts",
      method: "get",
      path: "/v1/provider-accounts",
      tag,
      summary: "List the provider accounts",
      query: PageQuery,
      answer: pageOf(ProviderAccount),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const [after] = readCursor(cursor, z.tuple([Id])) ?? [];
      const rows = await listProviderAccounts(tx, auth.workspaceId, { after, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "createProviderAccount",
      method: "post",
      path: "/v1/provider-accounts",
      tag,
      summary: "Add a provider account; its credentials are tested first",
      body: NewProviderAccount,
      status: 201,
      answer: ProviderAccount,
      errors: ["conflict", "provider_unavailable"],
    },
    async ({ tx, auth, body, audit }) => {
      const { auth_token, ...account } = body;
      await checkCredentials(verifyAccount, account.account_sid, auth_token);
      const sealed_credentials = sealCredentials(sealingKey, account, { auth_token }, randomBytes(12));
      audit({ change: { provider: account.provider } });
      return insertProviderAccount(tx, { workspace_id: auth.workspaceId, ...account, sealed_credentials });
    },
  );

  route(
    {
      operationId: "rotateProviderAccount",
      method: "post",
      path: "/v1/provider-accounts/{id}/rotate",
      tag,
      summary: "Replace the credentials; the old ones verify webhooks for a while",
      params: IdParams,
      body: Rotation,
      answer: ProviderAccount,
      errors: ["provider_unavailable"],
    },
    async ({ tx, auth, params, body: { auth_token, overlap_seconds }, audit }) => {
      const account = (await findProviderAccount(tx, auth.workspaceId, params.id)) ?? absent();
      await checkCredentials(verifyAccount, account.account_sid, auth_token);
      const sealed = sealCredentials(sealingKey, account, { auth_token }, randomBytes(12));
      audit({ change: { overlap_seconds } });
      return (await rotateCredentials(tx, auth.workspaceId, params.id, sealed, overlap_seconds)) ?? absent();
    },
  );

  route(
    {
      operationId: "removeProviderAccount",
      method: "delete",
      path: "/v1/provider-accounts/{id}",
      tag,
      summary: "Remove a provider account that no sender uses",
      params: IdParams,
      errors: ["conflict"],
    },
    async ({ tx, auth, params }) => {
      if (!(await deleteProviderAccount(tx, auth.workspaceId, params.id))) absent();
    },
  );
};

async function checkCredentials(
  verifyAccount: VerifyAccount,
  accountSid: string,
  authToken: string,
): Promise<void> {
  const verdict = await verifyAccount({ accountSid, authToken }).catch((cause: unknown) => {
    throw new DomainError(
      "provider_unavailable",
      "The provider could not be asked whether the credentials work.",
      {
        fix: "Try again in a minute.",
        cause,
      },
    );
  });
  if (!verdict.ok) {
    throw new DomainError("validation", verdict.reason, {
      field: "auth_token",
      fix: "Copy account SID and auth token anew from the provider's console.",
    });
  }
}

function absent(): never {
  throw new DomainError("not_found", "There is no such provider account.");
}
