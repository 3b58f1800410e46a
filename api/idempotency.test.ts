import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, testApi } from "./testing.ts";

let api: TestApi;
let providerIsDown = false;
beforeAll(async () => {
  api = await testApi({
    verifyAccount: async () => {
      if (providerIsDown) throw new Error("away");
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { ok: true };
    },
  });
});
afterAll(() => api.close());

const member = { name: "Ana", email: "ana@example.com", role: "viewer" };
const account = {
  provider: "twilio",
  name: "Main",
  account_sid: `AC${"1".repeat(32)}`,
  auth_token: "0123456789abcdef0123456789abcdef",
};
const key = (text: string) => ({ "idempotency-key": text });

test("the same key and body · get the same answer, and the work is done once", async () => {
  const { ask } = await api.workspace();
  const first = await ask("POST /v1/members", member, key("a"));
  const second = await ask("POST /v1/members", member, key("a"));
  expect(first.status).toBe(201);
  expect(second).toMatchObject({ status: 201, body: first.body });
  expect(second.headers.get("idempotent-replayed")).toBe("true");
  expect((await ask("GET /v1/members")).body.data).toHaveLength(1);
});

test("the same key with another body or route · is refused with 422", async () => {
  const { ask } = await api.workspace();
  await ask("POST /v1/members", member, key("a"));
  const body = await ask("POST /v1/members", { ...member, name: "Eva" }, key("a"));
  const route = await ask("POST /v1/workspace/stop-sending", undefined, key("a"));
  expect(body.body).toMatchObject({ status: 422, code: "idempotency_mismatch", field: "Idempotency-Key" });
  expect(route.body).toMatchObject({ status: 422, code: "idempotency_mismatch" });
});

test("the same key while the first is in work · is refused with 409, and one is done", async () => {
  const { ask } = await api.workspace();
  const answers = await Promise.all(
    [1, 2, 3].map(() => ask("POST /v1/provider-accounts", account, key("a"))),
  );
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  expect(answers.find((answer) => answer.status === 409)?.body.code).toBe("idempotency_in_progress");
});

test("a refusal · is repeated as it was; its work is undone", async () => {
  const { ask } = await api.workspace();
  await ask("POST /v1/members", member);
  const refused = await ask("POST /v1/members", member, key("a"));
  expect(refused).toMatchObject({ status: 409, body: { code: "conflict" } });
  const [{ id }] = (await ask("GET /v1/members")).body.data;
  await ask(`DELETE /v1/members/${id}`);
  const again = await ask("POST /v1/members", member, key("a"));
  expect(again).toMatchObject({ status: 409, body: refused.body });
  expect(again.headers.get("content-type")).toBe("application/problem+json");
});

test("a fault · is not kept: the next try does the work", async () => {
  const { ask } = await api.workspace();
  const other = { ...account, account_sid: `AC${"2".repeat(32)}` };
  providerIsDown = true;
  expect((await ask("POST /v1/provider-accounts", other, key("a"))).status).toBe(502);
  providerIsDown = false;
  expect((await ask("POST /v1/provider-accounts", other, key("a"))).status).toBe(201);
});

test("a key · belongs to its workspace and lives for 24 hours", async () => {
  const one = await api.workspace();
  const other = await api.workspace();
  await one.ask("POST /v1/members", member, key("a"));
  expect((await other.ask("POST /v1/members", { ...member, name: "Eva" }, key("a"))).status).toBe(201);
  const aged = await api.database.db
    .updateTable("idempotency_keys")
    .set({ created_at: new Date(Date.now() - 25 * 3_600_000) })
    .where("workspace_id", "=", one.id)
    .executeTakeFirst();
  expect(aged.numUpdatedRows).toBe(1n);
  const renewed = await one.ask("POST /v1/members", { ...member, email: "eva@example.com" }, key("a"));
  expect(renewed.status).toBe(201);
});

test("a kept answer · cannot be read in the database: it may hold a key", async () => {
  const { ask, id } = await api.workspace();
  const created = await ask("POST /v1/api-keys", { name: "Shop", role: "viewer" }, key("a"));
  const again = await ask("POST /v1/api-keys", { name: "Shop", role: "viewer" }, key("a"));
  expect(again.body.key).toBe(created.body.key);
  const row = await api.database.db
    .selectFrom("idempotency_keys")
    .selectAll()
    .where("workspace_id", "=", id)
    .executeTakeFirstOrThrow();
  expect(JSON.stringify(row.response)).not.toContain(created.body.prefix);
});

test("a key that is no text of visible characters · is refused", async () => {
  const { ask } = await api.workspace();
  const { body } = await ask("POST /v1/members", member, key("with blank"));
  expect(body).toMatchObject({ status: 400, field: "idempotency-key" });
});
