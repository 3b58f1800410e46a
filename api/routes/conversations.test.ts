import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { inTransaction } from "../../db/connect.ts";
import { recordCsat } from "../../db/csat.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let workspaceId: string;
let ask: Ask;
let serial = 100;

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
  const workspace = await api.workspace({ default_region: "CO", test_mode: true });
  workspaceId = workspace.id;
  ask = workspace.ask;
});

const insert = async (table: "messages" | "conversations" | "conversation_drafts", row: object) => {
  const { id } = await api.database.db
    .insertInto(table)
    .values({ workspace_id: workspaceId, ...row } as never)
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
};

/** A sender, a person, and their conversation with a message of theirs, so long ago. */
async function thread(
  on: { channel?: "sms" | "whatsapp"; name?: string; hoursAgo?: number; body?: string } = {},
) {
  const { channel = "sms", name = "Valeria", hoursAgo = 1, body = "¿Cuánto cuesta?" } = on;
  const { body: sender } = await ask("POST /v1/senders", {
    channel,
    address: `+57310555${String(serial++).padStart(4, "0")}`,
  });
  const phone = `+57300444${String(serial++).padStart(4, "0")}`;
  const { body: contact } = await ask("POST /v1/contacts", { phone, name });
  const at = new Date(Date.now() - hoursAgo * 3_600_000);
  const id = await insert("conversations", {
    channel,
    contact_id: contact.id,
    sender_id: sender.id,
    address: contact.phone,
    last_inbound_at: at,
    first_inbound_at: at,
    awaiting_since: at,
    unread_count: 1,
    updated_at: at,
  });
  const messageId = await insert("messages", {
    contact_id: contact.id,
    sender_id: sender.id,
    conversation_id: id,
    direction: "in",
    channel,
    purpose: "conversation",
    state: "received",
    address: contact.phone,
    body,
    media: JSON.stringify([{ url: "https://api.twilio.com/x", type: "image/jpeg" }]),
    provider_sid: `SM${String(serial++).padStart(32, "0")}`,
  });
  return { id, messageId, contactId: contact.id as string, senderId: sender.id as string, phone };
}

const member = async (name: string, role = "agent") => {
  const { body: made } = await ask("POST /v1/members", { name, email: `m${serial++}@example.com`, role });
  const { body: key } = await ask("POST /v1/api-keys", { name, role, member_id: made.id });
  return { id: made.id as string, ask: api.asking(key.key) };
};

const eventsOf = async (conversationId: string) =>
  (
    await api.database.db
      .selectFrom("conversation_events")
      .select("kind")
      .where("conversation_id", "=", conversationId)
      .orderBy("id")
      .execute()
  ).map((event) => event.kind);

const idsOf = (answer: { body: { data: { id: string }[] } }) => answer.body.data.map((one) => one.id);

test("listConversations · pages through all, last changed first, and filters", async () => {
  const laura = await member("Laura");
  const old = await thread({ name: "Camila", hoursAgo: 50, body: "Busco apartamento en El Poblado" });
  const mid = await thread({ name: "Andrés", hoursAgo: 5 });
  const fresh = await thread({ name: "Julián", hoursAgo: 1, channel: "whatsapp" });
  const seen: string[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await ask(`GET /v1/conversations?limit=1&cursor=${cursor}`);
    seen.push(...body.data.map((one: { id: string }) => one.id));
    if (body.next_cursor === null) break;
    cursor = body.next_cursor;
  }
  expect(seen).toEqual([fresh.id, mid.id, old.id]);

  await ask(`POST /v1/conversations/${mid.id}/assign`, { member_id: laura.id });
  await ask(`PUT /v1/conversations/${mid.id}/tags`, { tags: ["visita"] });
  await ask(`PATCH /v1/conversations/${old.id}/read`);
  await ask(`PATCH /v1/conversations/${fresh.id}/status`, { status: "blocked" });
  const found = async (query: string, by = ask) => idsOf(await by(`GET /v1/conversations?${query}`)).sort();
  const some = (...threads: { id: string }[]) => threads.map((one) => one.id).sort();
  expect(await found(`assignee=${laura.id}`)).toEqual(some(mid));
  expect(await found("assignee=me", laura.ask)).toEqual(some(mid));
  expect(await found("assignee=none")).toEqual(some(old, fresh));
  expect(await found("tag=visita")).toEqual(some(mid));
  expect(await found("unread=false")).toEqual(some(old));
  expect(await found("unread=true")).toEqual(some(mid, fresh));
  expect(await found("status=blocked")).toEqual(some(fresh));
  expect(await found("state=open&status=active")).toEqual(some(mid, old));
  expect(await found("state=closed")).toEqual([]);
  expect(await found("channel=whatsapp")).toEqual(some(fresh));
  expect(await found(`sender_id=${old.senderId}`)).toEqual(some(old));
  expect(await found(`contact_id=${mid.contactId}`)).toEqual(some(mid));
  expect(await found("awaiting=true&draft=false")).toEqual(some(mid, old));
  expect(await found("draft=true")).toEqual([]);
  expect(await found(`until=${new Date(Date.now() - 40 * 3_600_000).toISOString()}`)).toEqual(some(old));
  expect(await found(`since=${new Date(Date.now() - 40 * 3_600_000).toISOString()}`)).toEqual(
    some(mid, fresh),
  );
  expect(await found("q=poblado")).toEqual(some(old));
  expect(await found("q=andres")).toEqual(some(mid));
  expect(await found(`q=${old.phone.slice(3)}`)).toEqual(some(old));
  expect(await found("q=%25")).toEqual([]);
});

test("assignee=me · is refused for a key that belongs to nobody", async () => {
  expect(await ask("GET /v1/conversations?assignee=me")).toMatchObject({
    status: 422,
    body: { field: "assignee" },
  });
});

test("sendConversationMessage · queues an answer ahead of all, ends the wait and says who wrote it", async () => {
  const laura = await member("Laura");
  const { id } = await thread();
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
  expect(await eventsOf(id)).toEqual(["assigned", "handed_off", "message_out"]);
});

test("sendConversationMessage · with one Idempotency-Key is sent once", async () => {
  const { id } = await thread();
  const again = () =>
    ask(`POST /v1/conversations/${id}/messages`, { body: "Sí" }, { "idempotency-key": "k-1" });
  const [first, second] = [await again(), await again()];
  expect(second.body).toEqual(first.body);
  expect((await ask(`GET /v1/conversations/${id}/messages`)).body.data).toHaveLength(2);
});

test("sendConversationMessage · refuses readably what may not go out, and keeps nothing of it", async () => {
  const late = await thread({ channel: "whatsapp", hoursAgo: 25 });
  expect(await ask(`POST /v1/conversations/${late.id}/messages`, { body: "Hola" })).toMatchObject({
    status: 409,
    body: { details: { reason: "outside_window" }, fix: expect.stringContaining("template_id") },
  });
  const out = await thread();
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
  const { id } = await thread({ channel: "whatsapp" });
  expect(await ask(`POST /v1/conversations/${id}/messages`, body)).toMatchObject({
    status: 422,
    body: { field },
  });
});

test("sendConversationMessage · takes media and templates", async () => {
  const { id } = await thread({ channel: "whatsapp", hoursAgo: 30 });
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
  const sms = await thread();
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
  const { id, messageId } = await thread();
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
  const other = await thread();
  for (const path of [`${id}/messages/${messageId}/media/1`, `${other.id}/messages/${messageId}/media/0`])
    expect((await ask(`GET /v1/conversations/${path}`)).status).toBe(404);
});

test("startConversation · finds or makes the person and the thread, and says the first words by the rules", async () => {
  const { senderId } = await thread();
  const start = { channel: "sms", to: "300 777 8899", message: { body: "Hola, soy Laura" } };
  const made = await ask("POST /v1/conversations/start", start);
  expect(made).toMatchObject({
    status: 201,
    body: {
      state: "pending",
      address: "+573007778899",
      sender_id: senderId,
      last_message: { body: "Hola, soy Laura" },
    },
  });
  const again = await ask("POST /v1/conversations/start", {
    channel: "sms",
    contact_id: made.body.contact_id,
  });
  expect(again.body.id).toBe(made.body.id);
  const whatsapp = await thread({ channel: "whatsapp" });
  const cold = { ...start, channel: "whatsapp", sender_id: whatsapp.senderId };
  expect(await ask("POST /v1/conversations/start", cold)).toMatchObject({
    status: 409,
    body: { details: { reason: "outside_window" } },
  });
  expect(await ask("POST /v1/conversations/start", { ...start, sender_id: whatsapp.senderId })).toMatchObject(
    {
      status: 422,
      body: { field: "sender_id" },
    },
  );
});

test("writing first, or long after · heeds what a person has withdrawn; an answer to them does not need it", async () => {
  const [old, fresh, again] = [await thread({ hoursAgo: 30 }), await thread(), await thread()];
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

test("assignConversation · to a member, the next in turn, nobody, another sender", async () => {
  const [laura, pedro, viewer] = [
    await member("Laura"),
    await member("Pedro"),
    await member("Vera", "viewer"),
  ];
  const threads = [await thread(), await thread(), await thread()];
  for (const one of [laura, pedro])
    expect(await one.ask(`PATCH /v1/members/${one.id}/availability`, { available: true })).toMatchObject({
      status: 200,
      body: { available: true },
    });
  const taken = [];
  for (const { id } of threads.slice(0, 2)) {
    const { body } = await ask(`POST /v1/conversations/${id}/assign`, { next: "round_robin" });
    expect(body.handed_off_at).not.toBeNull();
    taken.push(body.assignee_id);
  }
  expect(new Set(taken)).toEqual(new Set([laura.id, pedro.id]));
  const [one, two, three] = threads as [(typeof threads)[0], (typeof threads)[0], (typeof threads)[0]];
  await ask(`POST /v1/conversations/${one.id}/assign`, { member_id: laura.id });
  await ask(`POST /v1/conversations/${two.id}/assign`, { member_id: laura.id });
  const { body: least } = await ask(`POST /v1/conversations/${three.id}/assign`, { next: "least_busy" });
  expect(least.assignee_id).toBe(pedro.id);
  const { body: nobody } = await ask(`POST /v1/conversations/${three.id}/assign`, { member_id: null });
  expect(nobody).toMatchObject({ assignee_id: null, handed_off_at: expect.any(String) });
  const refused = async (body: object, field: string) =>
    expect(await ask(`POST /v1/conversations/${three.id}/assign`, body)).toMatchObject({
      status: 422,
      body: { field },
    });
  await refused({ member_id: viewer.id }, "member_id");
  await refused({}, "member_id");
  await refused({ member_id: laura.id, next: "least_busy" }, "member_id");
  const whatsapp = await thread({ channel: "whatsapp" });
  await refused({ sender_id: whatsapp.senderId }, "sender_id");
  const { body: moved } = await ask(`POST /v1/conversations/${three.id}/assign`, { sender_id: one.senderId });
  expect(moved.sender_id).toBe(one.senderId);
  const { body: back } = await ask("POST /v1/conversations/start", {
    channel: "sms",
    contact_id: three.contactId,
  });
  expect(back.id).toBe(three.id);
  await ask("POST /v1/conversations/start", {
    channel: "sms",
    contact_id: three.contactId,
    sender_id: two.senderId,
  });
  expect(await ask(`POST /v1/conversations/${three.id}/assign`, { sender_id: two.senderId })).toMatchObject({
    status: 409,
  });
});

test("moving to another number of WhatsApp · leaves the 24 hours behind", async () => {
  const { id } = await thread({ channel: "whatsapp" });
  const other = await thread({ channel: "whatsapp" });
  await ask(`POST /v1/conversations/${id}/assign`, { sender_id: other.senderId });
  expect(await ask(`POST /v1/conversations/${id}/messages`, { body: "Hola" })).toMatchObject({
    status: 409,
    body: { details: { reason: "outside_window" } },
  });
});

test("setMemberAvailability · an agent sets their own only", async () => {
  const [laura, pedro] = [await member("Laura"), await member("Pedro")];
  expect((await laura.ask(`PATCH /v1/members/${pedro.id}/availability`, { available: true })).status).toBe(
    403,
  );
  expect((await ask(`PATCH /v1/members/${pedro.id}/availability`, { available: true })).status).toBe(200);
});

test("notes · are kept with their author, newest first", async () => {
  const laura = await member("Laura");
  const { id } = await thread();
  await laura.ask(`POST /v1/conversations/${id}/notes`, { body: "Llamar el miércoles" });
  await ask(`POST /v1/conversations/${id}/notes`, { body: "Hecho" });
  const { body } = await ask(`GET /v1/conversations/${id}/notes`);
  expect(body.data).toMatchObject([
    { body: "Hecho", author_kind: "key", author_name: "First owner key" },
    { body: "Llamar el miércoles", author_kind: "member", author_id: laura.id, author_name: "Laura" },
  ]);
  expect(await eventsOf(id)).toEqual(["note", "note"]);
});

test("drafts · are changed, sent in other words, or dropped; once", async () => {
  const { id, messageId } = await thread();
  const draft = (answers_id: string) =>
    insert("conversation_drafts", {
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

const csatOf = async (id: string) => {
  const { body } = await ask(`GET /v1/conversations/${id}`);
  return { state: body.state, asked: body.csat_requested_at !== null, score: body.csat_score };
};
const says = (id: string, text: string) =>
  inTransaction(api.database.db, (tx) => recordCsat(tx, workspaceId, id, text));

test("closing · asks for a rating where that is on, somebody answered and the person may be written to", async () => {
  const quiet = await thread();
  await ask(`POST /v1/conversations/${quiet.id}/messages`, { body: "Hola" });
  await ask(`PATCH /v1/conversations/${quiet.id}/state`, { state: "closed" });
  expect(await csatOf(quiet.id)).toEqual({ state: "closed", asked: false, score: null });

  await ask("PATCH /v1/workspace", { settings: { conversations: { csat: { enabled: true } } } });
  const unanswered = await thread();
  await ask(`PATCH /v1/conversations/${unanswered.id}/state`, { state: "closed" });
  expect(await csatOf(unanswered.id)).toEqual({ state: "closed", asked: false, score: null });

  const { id } = await thread();
  await ask(`POST /v1/conversations/${id}/messages`, { body: "Hola" });
  await ask(`PATCH /v1/conversations/${id}/state`, { state: "closed" });
  expect(await csatOf(id)).toEqual({ state: "closed", asked: true, score: null });
  const { body: messages } = await ask(`GET /v1/conversations/${id}/messages`);
  expect(messages.data[0]).toMatchObject({ author: { kind: "machine" }, body: expect.stringContaining("1") });
  await ask(`PATCH /v1/conversations/${id}/state`, { state: "open" });
  await ask(`PATCH /v1/conversations/${id}/state`, { state: "closed" });
  expect((await ask(`GET /v1/conversations/${id}/messages`)).body.data).toHaveLength(3);
  expect([await says(id, "gracias"), await says(id, "un 4"), await says(id, "5")]).toEqual([
    false,
    true,
    false,
  ]);
  expect(await csatOf(id)).toEqual({ state: "closed", asked: true, score: 4 });
});

test("recordCsat · takes no figure that answers something else", async () => {
  await ask("PATCH /v1/workspace", { settings: { conversations: { csat: { enabled: true } } } });
  const { id } = await thread();
  await ask(`POST /v1/conversations/${id}/messages`, { body: "Hola" });
  await ask(`PATCH /v1/conversations/${id}/state`, { state: "closed" });
  await ask(`POST /v1/conversations/${id}/messages`, { body: "¿Cuántas personas vienen?" });
  expect(await says(id, "5")).toBe(false);
});

test("tags and reading · tell it once; what changes nothing tells nothing", async () => {
  const { id } = await thread();
  for (let i = 0; i < 2; i++) {
    await ask(`PUT /v1/conversations/${id}/tags`, { tags: ["a", "b", "a"] });
    await ask(`PATCH /v1/conversations/${id}/read`);
  }
  expect((await ask(`GET /v1/conversations/${id}`)).body).toMatchObject({
    tags: ["a", "b"],
    unread_count: 0,
  });
  expect(await eventsOf(id)).toEqual(["tags", "read"]);
});
