import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { inTransaction } from "../../db/connect.ts";
import { recordCsat } from "../../db/csat.ts";
import { type ConversationStage, conversationStage } from "../../test/conversationStage.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let stage: ConversationStage;
let ask: Ask;

beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  stage = await conversationStage(api);
  ask = stage.ask;
});

const idsOf = (answer: { body: { data: { id: string }[] } }) => answer.body.data.map((one) => one.id);

test("listConversations · pages through all, last changed first, and filters", async () => {
  const laura = await stage.member("Laura");
  const old = await stage.thread({ name: "Camila", hoursAgo: 50, body: "Busco apartamento en El Poblado" });
  const mid = await stage.thread({ name: "Andrés", hoursAgo: 5 });
  const fresh = await stage.thread({ name: "Julián", hoursAgo: 1, channel: "whatsapp" });
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

test("startConversation · finds or makes the person and the thread, and says the first words by the rules", async () => {
  const { senderId } = await stage.thread();
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
  const whatsapp = await stage.thread({ channel: "whatsapp" });
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

test("assignConversation · to a member, the next in turn, nobody, another sender", async () => {
  const [laura, pedro, viewer] = [
    await stage.member("Laura"),
    await stage.member("Pedro"),
    await stage.member("Vera", "viewer"),
  ];
  const threads = [await stage.thread(), await stage.thread(), await stage.thread()];
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
  const whatsapp = await stage.thread({ channel: "whatsapp" });
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
  const { id } = await stage.thread({ channel: "whatsapp" });
  const other = await stage.thread({ channel: "whatsapp" });
  await ask(`POST /v1/conversations/${id}/assign`, { sender_id: other.senderId });
  expect(await ask(`POST /v1/conversations/${id}/messages`, { body: "Hola" })).toMatchObject({
    status: 409,
    body: { details: { reason: "outside_window" } },
  });
});

test("setMemberAvailability · an agent sets their own only", async () => {
  const [laura, pedro] = [await stage.member("Laura"), await stage.member("Pedro")];
  expect((await laura.ask(`PATCH /v1/members/${pedro.id}/availability`, { available: true })).status).toBe(
    403,
  );
  expect((await ask(`PATCH /v1/members/${pedro.id}/availability`, { available: true })).status).toBe(200);
});

const csatOf = async (id: string) => {
  const { body } = await ask(`GET /v1/conversations/${id}`);
  return { state: body.state, asked: body.csat_requested_at !== null, score: body.csat_score };
};
const says = (id: string, text: string) =>
  inTransaction(api.database.db, (tx) => recordCsat(tx, stage.workspaceId, id, text));

test("closing · asks for a rating where that is on, somebody answered and the person may be written to", async () => {
  const quiet = await stage.thread();
  await ask(`POST /v1/conversations/${quiet.id}/messages`, { body: "Hola" });
  await ask(`PATCH /v1/conversations/${quiet.id}/state`, { state: "closed" });
  expect(await csatOf(quiet.id)).toEqual({ state: "closed", asked: false, score: null });

  await ask("PATCH /v1/workspace", { settings: { conversations: { csat: { enabled: true } } } });
  const unanswered = await stage.thread();
  await ask(`PATCH /v1/conversations/${unanswered.id}/state`, { state: "closed" });
  expect(await csatOf(unanswered.id)).toEqual({ state: "closed", asked: false, score: null });

  const { id } = await stage.thread();
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
  const { id } = await stage.thread();
  await ask(`POST /v1/conversations/${id}/messages`, { body: "Hola" });
  await ask(`PATCH /v1/conversations/${id}/state`, { state: "closed" });
  await ask(`POST /v1/conversations/${id}/messages`, { body: "¿Cuántas personas vienen?" });
  expect(await says(id, "5")).toBe(false);
});

test("tags and reading · tell it once; what changes nothing tells nothing", async () => {
  const { id } = await stage.thread();
  for (let i = 0; i < 2; i++) {
    await ask(`PUT /v1/conversations/${id}/tags`, { tags: ["a", "b", "a"] });
    await ask(`PATCH /v1/conversations/${id}/read`);
  }
  expect((await ask(`GET /v1/conversations/${id}`)).body).toMatchObject({
    tags: ["a", "b"],
    unread_count: 0,
  });
  expect(await stage.eventsOf(id)).toEqual(["tags", "read"]);
});

test("listConversationBursts · says what answered each, by ids, newest first", async () => {
  const { id, messageId } = await stage.thread({ body: "¿Tienen parqueadero?" });
  const { body: entry } = await ask("POST /v1/knowledge", {
    question: "¿Tienen parqueadero?",
    answer: "Sí, es gratis.",
    language: "es",
  });
  const row = {
    workspace_id: stage.workspaceId,
    conversation_id: id,
    messages: 1,
    started_at: new Date(),
    ended_at: new Date(),
    intent: "question",
    provider: "rules",
    classification: JSON.stringify({ key_phrases: ["parqueadero"] }),
  };
  const earlier = messageId.replace(/^........./, "01000000-");
  await api.database.db
    .insertInto("conversation_bursts")
    .values([
      { ...row, last_message_id: earlier, outcome: "left", reason: "manual" },
      {
        ...row,
        last_message_id: messageId,
        outcome: "answered",
        reason: "model",
        knowledge_entry_ids: [entry.id],
        answer_model: "claude-haiku-5-5",
      },
    ])
    .execute();
  const first = await ask(`GET /v1/conversations/${id}/bursts?limit=1`);
  expect(first.body.data).toMatchObject([
    {
      last_message_id: messageId,
      outcome: "answered",
      reason: "model",
      intent: "question",
      knowledge_entry_ids: [entry.id],
      answer_model: "claude-haiku-5-5",
    },
  ]);
  // What the reading quotes of the person stays where it is.
  expect(JSON.stringify(first.body)).not.toContain("parqueadero");
  const second = await ask(`GET /v1/conversations/${id}/bursts?cursor=${first.body.next_cursor}`);
  expect(second.body.data).toMatchObject([{ last_message_id: earlier, knowledge_entry_ids: [] }]);
  const { body: other } = await ask(`GET /v1/conversations/${entry.id}/bursts`);
  expect(other.code).toBe("not_found");
});

test("setConversationState · says what came of a conversation that is closed", async () => {
  const { id } = await stage.thread();
  expect((await ask(`GET /v1/conversations/${id}`)).body.outcome).toBeNull();
  const closed = await ask(`PATCH /v1/conversations/${id}/state`, { state: "closed" });
  expect(closed.body).toMatchObject({ state: "closed", outcome: "abandoned" });
  const opened = await ask(`PATCH /v1/conversations/${id}/state`, { state: "open" });
  expect(opened.body).toMatchObject({ state: "open", outcome: null });
});
