import { afterAll, beforeAll, expect, test } from "vitest";
import { findProviderAccount, unsealCredentials } from "../../db/providerAccounts.ts";
import { mailSigner } from "../../test/mail.ts";
import { type TestApi, testApi } from "../testing.ts";

const RIGHT = "0123456789abcdef0123456789abcdef";
const NEXT = "fedcba9876543210fedcba9876543210";
const KEY = "SG.keyOfTheAccount0000001.secret-part-of-the-key-of-the-account-0001";
const NEXT_KEY = "SG.keyOfTheAccount0000002.secret-part-of-the-key-of-the-account-0002";
const { publicKey: PUBLIC_KEY } = mailSigner();

let api: TestApi;
beforeAll(async () => {
  api = await testApi({
    verifyAccount: (account) =>
      Promise.resolve(
        (account.provider === "twilio" ? [RIGHT, NEXT] : [KEY, NEXT_KEY]).includes(
          account.provider === "twilio" ? account.authToken : account.apiKey,
        )
          ? { ok: true }
          : { ok: false, reason: "Not this one." },
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

test("an account of SendGrid · keeps key and public keys sealed, and rotates one without the other", async () => {
  const { ask, id } = await api.workspace();
  const wrong = { provider: "sendgrid", name: "Mail", api_key: KEY.replace("0001", "0009") };
  expect((await ask("POST /v1/provider-accounts", wrong)).body).toMatchObject({
    status: 422,
    field: "api_key",
  });
  const { status, body } = await ask("POST /v1/provider-accounts", { ...wrong, api_key: KEY });
  expect({ status, sid: body.account_sid }).toEqual({ status: 201, sid: "keyOfTheAccount0000001" });
  expect(JSON.stringify(body)).not.toContain("secret-part");
  const rotate = (change: object) => ask(`POST /v1/provider-accounts/${body.id}/rotate`, change);
  expect((await rotate({ webhook_public_keys: [PUBLIC_KEY] })).status).toBe(200);
  expect((await rotate({ api_key: NEXT_KEY })).status).toBe(200);
  const row = await stored(id, body.id);
  expect(unsealCredentials<"sendgrid">(api.deps.sealingKey, row, row.sealed_credentials)).toEqual({
    api_key: NEXT_KEY,
    webhook_public_keys: [PUBLIC_KEY],
  });
  expect((await rotate({ auth_token: RIGHT })).body).toMatchObject({ status: 422, field: "auth_token" });
  expect((await rotate({})).body).toMatchObject({ status: 422, field: "api_key" });
});
