import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

async function newKey(fields: object = {}) {
  const workspace = await api.workspace();
  const { status, body } = await workspace.ask("POST /v1/api-keys", {
    name: "Shop",
    role: "viewer",
    ...fields,
  });
  expect(status).toBe(201);
  return { workspace, created: body, ask: api.asking(body.key) };
}

test("POST /v1/api-keys · shows the key once; lists know its prefix only", async () => {
  const { workspace, created, ask } = await newKey();
  expect(created.key).toMatch(new RegExp(`^cmp_${created.prefix}_[A-Za-z0-9_-]{43}$`));
  expect((await ask("GET /v1/workspace")).body.id).toBe(workspace.id);
  const list = await workspace.ask("GET /v1/api-keys");
  expect(list.body.data.map((row: { prefix: string }) => row.prefix)).toContain(created.prefix);
  expect(JSON.stringify(list.body)).not.toContain(created.key.slice(-20));
  expect(JSON.stringify(list.body)).not.toContain("secret");
});

test("a key · with one character changed is none, and the answer does not say why", async () => {
  const { created } = await newKey();
  const flipped = created.key.slice(0, -2) + (created.key.at(-2) === "A" ? "B" : "A") + created.key.at(-1);
  const wrong = await api.asking(flipped)("GET /v1/workspace");
  const absent = await api.asking(undefined)("GET /v1/workspace");
  const nonsense = await api.asking("cmp_x")("GET /v1/workspace");
  expect(wrong).toMatchObject({ status: 401, body: { code: "unauthorized" } });
  expect(wrong.headers.get("www-authenticate")).toContain("Bearer");
  expect(absent.body.detail).toBe(wrong.body.detail);
  expect(nonsense.body.detail).toBe(wrong.body.detail);
});

test("DELETE /v1/api-keys/{id} · stops the key at once", async () => {
  const { workspace, created, ask } = await newKey();
  expect((await ask("GET /v1/workspace")).status).toBe(200);
  expect((await workspace.ask(`DELETE /v1/api-keys/${created.id}`)).status).toBe(204);
  expect((await ask("GET /v1/workspace")).status).toBe(401);
});

test("DELETE /v1/api-keys/{id} · leaves the last owner key alone", async () => {
  const { ask } = await api.workspace();
  const [{ id }] = (await ask("GET /v1/api-keys")).body.data;
  expect(await ask(`DELETE /v1/api-keys/${id}`)).toMatchObject({
    status: 409,
    body: { code: "state_conflict" },
  });
  await ask("POST /v1/api-keys", { name: "Second", role: "owner" });
  expect((await ask(`DELETE /v1/api-keys/${id}`)).status).toBe(204);
});

test("expires_at · ends the key by itself", async () => {
  const { ask, created } = await newKey({ expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  expect((await ask("GET /v1/workspace")).status).toBe(200);
  await api.database.db
    .updateTable("api_keys")
    .set({ expires_at: new Date(Date.now() - 1000) })
    .where("id", "=", created.id)
    .execute();
  expect((await ask("GET /v1/workspace")).status).toBe(401);
});

test("last_used_at · is kept, once a minute at most", async () => {
  const { ask, created } = await newKey();
  const lastUse = async () => {
    const row = await api.database.db
      .selectFrom("api_keys")
      .select("last_used_at")
      .where("id", "=", created.id)
      .executeTakeFirstOrThrow();
    return row.last_used_at;
  };
  expect(await lastUse()).toBeNull();
  await ask("GET /v1/workspace");
  const first = await lastUse();
  expect(first).not.toBeNull();
  await ask("GET /v1/workspace");
  expect(await lastUse()).toEqual(first);
});

test("an admin · neither makes nor revokes keys and members above the own role", async () => {
  const { workspace, ask } = await newKey({ role: "admin" });
  const owners = await workspace.ask("GET /v1/api-keys");
  const owner = owners.body.data.find((row: { role: string }) => row.role === "owner");
  const refusals = [
    await ask("POST /v1/api-keys", { name: "Mine", role: "owner" }),
    await ask(`DELETE /v1/api-keys/${owner.id}`),
    await ask("POST /v1/members", { name: "Eva", email: "eva@example.com", role: "owner" }),
  ];
  expect(refusals.map(({ body }) => body.code)).toEqual(["forbidden", "forbidden", "forbidden"]);
});

test("DELETE /v1/members/{id} · revokes the member's keys with the member", async () => {
  const workspace = await api.workspace();
  const member = await workspace.ask("POST /v1/members", {
    name: "Eva",
    email: "Eva@Example.com",
    role: "agent",
  });
  expect(member.body.email).toBe("eva@example.com");
  const again = await workspace.ask("POST /v1/members", {
    name: "Eva",
    email: "eva@example.COM",
    role: "agent",
  });
  expect(again.body.code).toBe("conflict");
  const { body } = await workspace.ask("POST /v1/api-keys", {
    name: "Eva's",
    role: "agent",
    member_id: member.body.id,
  });
  expect((await workspace.ask(`DELETE /v1/members/${member.body.id}`)).status).toBe(204);
  expect((await api.asking(body.key)("GET /v1/workspace")).status).toBe(401);
  expect((await workspace.ask(`DELETE /v1/members/${member.body.id}`)).status).toBe(404);
});

test("member_id · of another workspace is not known", async () => {
  const stranger = await api.workspace();
  const member = await stranger.ask("POST /v1/members", {
    name: "Eva",
    email: "eva@example.com",
    role: "agent",
  });
  const { ask } = await api.workspace();
  const { body } = await ask("POST /v1/api-keys", { name: "X", role: "agent", member_id: member.body.id });
  expect(body).toMatchObject({ code: "not_found", field: "member_id" });
});

test("pages · hold every key once, and a cursor of elsewhere is refused", async () => {
  const { ask } = await api.workspace();
  for (let n = 0; n < 4; n++) await ask("POST /v1/api-keys", { name: `Key ${n}`, role: "viewer" });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await ask(`GET /v1/api-keys?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
    seen.push(...page.body.data.map((row: { id: string }) => row.id));
    cursor = page.body.next_cursor;
  } while (cursor);
  expect(new Set(seen).size).toBe(5);
  expect(seen).toHaveLength(5);
  expect((await ask("GET /v1/api-keys?cursor=nonsense")).body).toMatchObject({
    code: "validation",
    field: "cursor",
  });
  expect((await ask("GET /v1/api-keys?limit=201")).body).toMatchObject({
    code: "validation",
    field: "limit",
  });
});

test("GET /v1/audit-log · names who did what to what, and nothing of a person", async () => {
  const { ask } = await api.workspace();
  await ask("POST /v1/members", { name: "Valeria Mercado", email: "valeria@example.com", role: "agent" });
  const { body } = await ask("GET /v1/audit-log?action=createMember", undefined);
  expect(body.data).toMatchObject([
    { action: "createMember", actor_kind: "api_key", change: { role: "agent" } },
  ]);
  expect(JSON.stringify(body)).not.toMatch(/valeria/i);
});

test("a member's key · reaches no higher than the member, and is lowered with the member", async () => {
  const workspace = await api.workspace();
  const { body: eva } = await workspace.ask("POST /v1/members", {
    name: "E",
    email: "e@example.com",
    role: "operator",
  });
  const high = await workspace.ask("POST /v1/api-keys", { name: "H", role: "admin", member_id: eva.id });
  expect(high.body).toMatchObject({ code: "validation", field: "role" });
  const { body } = await workspace.ask("POST /v1/api-keys", {
    name: "K",
    role: "operator",
    member_id: eva.id,
  });
  const stop = () => api.asking(body.key)("POST /v1/workspace/stop-sending");
  expect((await stop()).status).toBe(200);
  expect((await workspace.ask(`PATCH /v1/members/${eva.id}`, { role: "viewer" })).status).toBe(200);
  expect((await stop()).status).toBe(403);
});

test("the last owner key · does not go with its member either", async () => {
  const workspace = await api.workspace();
  const [first] = (await workspace.ask("GET /v1/api-keys")).body.data;
  const { body: eva } = await workspace.ask("POST /v1/members", {
    name: "E",
    email: "e@example.com",
    role: "owner",
  });
  const { body } = await workspace.ask("POST /v1/api-keys", { name: "K", role: "owner", member_id: eva.id });
  expect((await workspace.ask(`DELETE /v1/api-keys/${first.id}`)).status).toBe(204);
  const ask = api.asking(body.key);
  expect((await ask(`DELETE /v1/members/${eva.id}`)).body.code).toBe("state_conflict");
  expect((await ask(`PATCH /v1/members/${eva.id}`, { role: "admin" })).body.code).toBe("state_conflict");
  expect((await ask("GET /v1/workspace")).status).toBe(200);
});
