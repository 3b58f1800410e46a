import { z } from "@hono/zod-openapi";
import {
  deleteProviderAccount,
  findProviderAccount,
  insertProviderAccount,
  listProviderAccounts,
  rotateCredentials,
} from "../../db/providerAccounts.ts";
import { DomainError } from "../../domain/errors.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import {
  NewProviderAccount,
  newAccountOf,
  ProviderAccount,
  rotatedOf,
  Rotation,
} from "../providerAccountInput.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf } from "../schemas.ts";

const tag = "Provider accounts";

/** The workspace's own accounts with providers. Credentials are tested, sealed, and never given out again. */
export const providerAccountRoutes: Routes = ({ route }, deps) => {
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
      const account = await newAccountOf(deps, body);
      audit({ change: { provider: account.provider } });
      return insertProviderAccount(tx, { workspace_id: auth.workspaceId, ...account });
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
    async ({ tx, auth, params, body, audit }) => {
      const account = (await findProviderAccount(tx, auth.workspaceId, params.id)) ?? absent();
      const sealed = await rotatedOf(deps, account, body);
      const { overlap_seconds } = body;
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

function absent(): never {
  throw new DomainError("not_found", "There is no such provider account.");
}
