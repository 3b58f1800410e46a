import { afterAll, beforeAll, expect, test } from "vitest";
import { findProviderAccount, unsealCredentials } from "../../db/providerAccounts.ts";
import { type TestApi, testApi } from "../testing.ts";

const RIGHT = "0123456789abcdef0123456789abcdef";
const NEXT = "fedcba9876543210fedcba9876543210";

let api: TestApi;
beforeAll(async () => {
  api = await testApi({
    verifyAccount: ({ authToken }) =>
      Promise.resolve(
        [RIGHT, NEXT].includes(authToken) ? { ok: true } : { ok: false, reason: "Not this token." },
      ),
  });
});
afterAll(() => api.close());

let count = 0;
const account = (auth_token = RIGHT) => ({
  provider: "twilio",
  name: "Main",
  account_sid: `AC${(count++).toString(16).padStart(32, "0")}`,
  auth_token,
});

const stored = async (workspaceId: string, id: string) => {
  const row = await findProviderAccount(api.database.db, workspaceId, id);
  if (!row) throw new Error("not stored");
  return row;
};

test("POST /v1/provider-accounts · keeps credentials sealed, and never gives them out", async () => {
  const { ask, id } = await api.workspace();
  const { status, body } = await ask("POST /v1/provider-accounts", account());
  expect(status).toBe(201);
  expect(JSON.stringify(body)).not.toContain(RIGHT);
  expect(JSON.stringify((await ask("GET /v1/provider-accounts")).body)).not.toContain(RIGHT);
  const row = await stored(id, body.id);
  expect(row.sealed_credentials.toString("latin1")).not.toContain(RIGHT);
  expect(unsealCredentials(api.deps.sealingKey, row, row.sealed_credentials)).toEqual({ auth_token: RIGHT });
});

test("sealed credentials · do not open beside another account, nor under another key", async () => {
  const { ask, id } = await api.workspace();
  const one = await ask("POST /v1/provider-accounts", account());
  const row = await stored(id, one.body.id);
  const moved = { ...row, account_sid: `AC${"f".repeat(32)}` };
  expect(() => unsealCredentials(api.deps.sealingKey, moved, row.sealed_credentials)).toThrow(/SECRET_KEY/);
  expect(() => unsealCredentials(api.deps.addressKey, row, row.sealed_credentials)).toThrow(/SECRET_KEY/);
});

test("POST /v1/provider-accounts · saves nothing that the provider refuses", async () => {
  const { ask } = await api.workspace();
  const { body } = await ask(
    "POST /v1/provider-accounts",
    account("a token that is wrong".replaceAll(" ", "-")),
  );
  expect(body).toMatchObject({ status: 422, code: "validation", field: "auth_token" });
  expect((await ask("GET /v1/provider-accounts")).body.data).toEqual([]);
});

test("POST …/rotate · takes the new token and lets the old one verify webhooks for a while", async () => {
  const { ask, id } = await api.workspace();
  const { body } = await ask("POST /v1/provider-accounts", account());
  const rotated = await ask(`POST /v1/provider-accounts/${body.id}/rotate`, {
    auth_token: NEXT,
    overlap_seconds: 600,
  });
  expect(rotated.status).toBe(200);
  const row = await stored(id, body.id);
  expect(unsealCredentials(api.deps.sealingKey, row, row.sealed_credentials)).toEqual({ auth_token: NEXT });
  const previous = row.previous_credentials ?? Buffer.alloc(0);
  expect(unsealCredentials(api.deps.sealingKey, row, previous)).toEqual({ auth_token: RIGHT });
  expect(row.previous_until).not.toBeNull();
});

test("an account · belongs to one workspace only, and goes only when no sender uses it", async () => {
  const { ask, id } = await api.workspace();
  const same = account();
  const { body } = await ask("POST /v1/provider-accounts", same);
  const other = await api.workspace();
  expect((await other.ask("POST /v1/provider-accounts", same)).body.code).toBe("conflict");
  await api.database.db
    .insertInto("senders")
    .values({ workspace_id: id, provider_account_id: body.id, channel: "sms", address: "+573001112233" })
    .execute();
  expect((await ask(`DELETE /v1/provider-accounts/${body.id}`)).body.code).toBe("conflict");
  await api.database.db.deleteFrom("senders").where("workspace_id", "=", id).execute();
  expect((await ask(`DELETE /v1/provider-accounts/${body.id}`)).status).toBe(204);
});
