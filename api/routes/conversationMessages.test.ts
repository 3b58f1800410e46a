import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ConversationStage, conversationStage } from "../../test/conversationStage.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let stage: ConversationStage;
let ask: Ask;

beforeAll(async () => {
  api = await testApi({
    openMedia: async (of, url) => ({
      type: "image/png",
      bytes: 4,
      body: new Response(`${of.providerAccountId === null ? "own" : "?"} ${url}`.slice(0, 4)).body as never,
    }),
  });
});
afterAll(() => api.close());
beforeEach(async () => {
  stage = await conversationStage(api);
  ask = stage.ask;
});

test("sendConversationMessage · queues an answer ahead of all, ends the wait and says who wrote it", async () => {
  const laura = await stage.member("Laura");
  const { id } = await stage.thread();
  const sent = await laura.ask(`POST /v1/conversations/${id}/messages`, { body: "Cuesta {mil} pesos" });
  expect(sent).toMatchObject({
    status: 202,
    body: {
      state: "queued",
      body: "Cuesta {mil} pesos",
      author: { kind: "member", id: laura.id, name: "Laura" },
    },
  });
  const row = await api.database.db
    .selectFrom("messages")
    .select(["priority", "purpose"])
    .where("id", "=", sent.body.id)
    .executeTakeFirst();
  expect(row).toEqual({ priority: 1, purpose: "conversation" });
  const { body: now } = await ask(`GET /v1/conversations/${id}`);
  expect(now).toMatchObject({
    state: "pending",
    awaiting_since: null,
    assignee_id: laura.id,
    handoff_reason: "by_hand",
    unread_count: 0,
    last_message: { body: "Cuesta {mil} pesos", direction: "out" },
  });
  const { body: messages } = await ask(`GET /v1/conversations/${id}/messages`);
  expect(messages.data.map((one: { direction: string }) => one.direction)).toEqual(["out", "in"]);
  expect(await stage.eventsOf(id)).toEqual(["assigned", "handed_off", "message_out"]);
});

test("sendConversationMessage · with one Idempotency-Key is sent once", async () => {
  const { id } = await stage.thread();
  const again = () =>
    ask(`POST /v1/conversations/${id}/messages`, { body: "Sí" }, { "idempotency-key": "k-1" });
  const [first, second] = [await again(), await again()];
  expect(second.body).toEqual(first.body);
  expect((await ask(`GET /v1/conversations/${id}/messages`)).body.data).toHaveLength(2);
});

test("sendConversationMessage · refuses readably what may not go out, and keeps nothing of it", async () => {
  const late = await stage.thread({ channel: "whatsapp", hoursAgo: 25 });
  expect(await ask(`POST /v1/conversations/${late.id}/messages`, { body: "Hola" })).toMatchObject({
    status: 409,
    body: { details: { reason: "outside_window" }, fix: expect.stringContaining("template_id") },
  });
  const out = await stage.thread();
  await ask("POST /v1/suppressions", { channel: "sms", address: out.phone, reason: "blocked" });
  expect(await ask(`POST /v1/conversations/${out.id}/messages`, { body: "Hola" })).toMatchObject({
    status: 409,
    body: { details: { reason: "suppressed" } },
  });
  await ask(`PATCH /v1/conversations/${late.id}/status`, { status: "blocked" });
  expect(await ask(`POST /v1/conversations/${late.id}/messages`, { body: "Hola" })).toMatchObject({
    status: 409,
    body: { detail: "This conversation is blocked." },
  });
  for (const { id } of [late, out])
    expect((await ask(`GET /v1/conversations/${id}/messages`)).body.data).toHaveLength(1);
});

test.each([
  [{}, "body"],
  [{ body: "a", template_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20" }, "body"],
  [{ template_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20" }, "template_id"],
  [{ media: ["https://example.com/a.png", "https://example.com/b.png"] }, "media"],
])("sendConversationMessage · refuses %j by WhatsApp", async (body, field) => {
  const { id } = await stage.thread({ channel: "whatsapp" });
  expect(await ask(`POST /v1/conversations/${id}/messages`, body)).toMatchObject({
    status: 422,
    body: { field },
  });
});

test("sendConversationMessage · takes media and templates", async () => {
  const { id } = await stage.thread({ channel: "whatsapp", hoursAgo: 30 });
  const { body: template } = await ask("POST /v1/templates", {
    name: "Cita",
    channel: "whatsapp",
    language: "es",
    body: "Su cita es el {dia}.",
  });
  const said = { template_id: template.id, variables: { dia: "lunes" } };
  expect(await ask(`POST /v1/conversations/${id}/messages`, said)).toMatchObject({
    body: { details: { reason: "template_not_approved" } },
  });
  await api.database.db.updateTable("templates").set({ approval_status: "approved" }).execute();
  expect(await ask(`POST /v1/conversations/${id}/messages`, said)).toMatchObject({
    status: 202,
    body: { body: "Su cita es el lunes.", template_id: template.id },
  });
  const sms = await stage.thread();
  const media = ["https://example.com/a.png", "https://example.com/b.png"];
  expect(await ask(`POST /v1/conversations/${sms.id}/messages`, { media })).toMatchObject({
    status: 202,
    body: {
      media: [
        { n: 0, type: null, url: media[0] },
        { n: 1, type: null, url: media[1] },
      ],
    },
  });
});

test("getConversationMedia · gives what a person sent, and nothing of another thread", async () => {
  const { id, messageId } = await stage.thread();
  const { body: page } = await ask(`GET /v1/conversations/${id}/messages`);
  expect(page.data[0].media).toEqual([
    { n: 0, type: "image/jpeg", url: `/v1/conversations/${id}/messages/${messageId}/media/0` },
  ]);
  const file = await ask(`GET ${page.data[0].media[0].url}`);
  expect({ status: file.status, body: file.body, type: file.headers.get("content-type") }).toEqual({
    status: 200,
    body: "own ",
    type: "image/png",
  });
  expect(file.headers.get("content-disposition")).toMatch(/^attachment/);
  const other = await stage.thread();
  for (const path of [`${id}/messages/${messageId}/media/1`, `${other.id}/messages/${messageId}/media/0`])
    expect((await ask(`GET /v1/conversations/${path}`)).status).toBe(404);
});

test("writing first, or long after · heeds what a person has withdrawn; an answer to them does not need it", async () => {
  const [old, fresh, again] = [
    await stage.thread({ hoursAgo: 30 }),
    await stage.thread(),
    await stage.thread(),
  ];
  for (const { contactId } of [old, fresh, again])
    await ask(`POST /v1/contacts/${contactId}/consents`, {
      channel: "sms",
      state: "opted_out",
      purpose: "all",
      source: "phone call",
      method: "spoken",
    });
  const hello = { body: "Hola" };
  const refusal = { status: 409, body: { details: { reason: "opted_out" } } };
  expect(await ask(`POST /v1/conversations/${old.id}/messages`, hello)).toMatchObject(refusal);
  const start = { channel: "sms", contact_id: old.contactId, message: hello };
  expect(await ask("POST /v1/conversations/start", start)).toMatchObject(refusal);
  expect(await ask(`POST /v1/conversations/${fresh.id}/messages`, hello)).toMatchObject(refusal);
  await api.database.db
    .updateTable("conversations")
    .set({ last_inbound_at: new Date() })
    .where("id", "=", again.id)
    .execute();
  expect((await ask(`POST /v1/conversations/${again.id}/messages`, hello)).status).toBe(202);
});

test("notes · are kept with their author, newest first", async () => {
  const laura = await stage.member("Laura");
  const { id } = await stage.thread();
  await laura.ask(`POST /v1/conversations/${id}/notes`, { body: "Llamar el miércoles" });
  await ask(`POST /v1/conversations/${id}/notes`, { body: "Hecho" });
  const { body } = await ask(`GET /v1/conversations/${id}/notes`);
  expect(body.data).toMatchObject([
    { body: "Hecho", author_kind: "key", author_name: "First owner key" },
    { body: "Llamar el miércoles", author_kind: "member", author_id: laura.id, author_name: "Laura" },
  ]);
  expect(await stage.eventsOf(id)).toEqual(["note", "note"]);
});

test("drafts · are changed, sent in other words, or dropped; once", async () => {
  const { id, messageId } = await stage.thread();
  const draft = (answers_id: string) =>
    stage.insert("conversation_drafts", {
      conversation_id: id,
      answers_id,
      body: "Cuesta mil",
      source: "classification",
    });
  const first = await draft(messageId);
  const path = `/v1/conversations/${id}/drafts`;
  expect((await ask(`GET /v1/conversations?draft=true`)).body.data).toMatchObject([{ id, drafts: 1 }]);
  expect(await ask(`PATCH ${path}/${first}`, { body: "Cuesta dos mil" })).toMatchObject({
    body: { body: "Cuesta dos mil", edited: true, state: "waiting" },
  });
  expect(await ask(`POST ${path}/${first}/send`, { body: "Cuesta tres mil" })).toMatchObject({
    status: 202,
    body: { body: "Cuesta tres mil", state: "queued" },
  });
  expect(await ask(`POST ${path}/${first}/send`, {})).toMatchObject({
    status: 409,
    body: { details: { state: "sent" } },
  });
  const second = await draft(first);
  expect((await ask(`DELETE ${path}/${second}`)).status).toBe(204);
  expect((await ask(`DELETE ${path}/${second}`)).status).toBe(409);
  expect((await ask(`PATCH ${path}/${id}`, { body: "x" })).status).toBe(404);
  expect((await ask(`GET ${path}`)).body.data).toMatchObject([
    { id: second, state: "dropped" },
    { id: first, state: "sent", edited: true },
  ]);
});
