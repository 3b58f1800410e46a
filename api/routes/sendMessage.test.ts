import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ask: Ask;
let workspaceId: string;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  const workspace = await api.workspace({ default_region: "CO", test_mode: true });
  ask = workspace.ask;
  workspaceId = workspace.id;
});

let serial = 1_000;
const number = () => `+57310555${serial++}`;
const addSender = async (channel = "sms") =>
  (await ask("POST /v1/senders", { channel, address: number(), warmup_enabled: false })).body as {
    id: string;
  };
const send = (body: object, headers?: Record<string, string>) =>
  ask("POST /v1/messages", { channel: "sms", body: "Su código es 4821", ...body }, headers);
const owed = () =>
  api.database.db
    .selectFrom("temporal_outbox")
    .select("workflow_id")
    .where("workspace_id", "=", workspaceId)
    .execute();

test("a single message · is queued ahead of campaigns for its sender, who is woken", async () => {
  const sender = await addSender();
  const to = number();
  const { status, body } = await send({ to, body: "Hola {name|amigo}: {code}", variables: { code: 4821 } });
  expect(status).toBe(202);
  expect(body).toMatchObject({
    state: "queued",
    reason: null,
    body: "Hola amigo: 4821",
    address: to,
    sender_id: sender.id,
    campaign_id: null,
    purpose: "transactional",
    attempts: [],
  });
  const row = await api.database.db.selectFrom("messages").selectAll().where("id", "=", body.id).execute();
  expect(row).toMatchObject([{ priority: 2, lane: "00000000-0000-0000-0000-000000000000" }]);
  expect(await owed()).toEqual([{ workflow_id: `sender:${sender.id}` }]);
  expect((await ask(`GET /v1/messages/${body.id}`)).body).toEqual(body);
});

test("a single message · finds its person by number, however it is written, and keeps their sender", async () => {
  const first = await addSender();
  const to = number();
  const { body: before } = await send({ to });
  await addSender();
  const { body: after } = await send({ to: to.replace("+57", "0057 ") });
  expect(after).toMatchObject({ contact_id: before.contact_id, sender_id: first.id });
  const { body: named } = await send({ contact_id: before.contact_id });
  expect(named).toMatchObject({ state: "queued", address: to });
});

test("a repeated request · with the same Idempotency-Key sends once", async () => {
  await addSender();
  const key = { "idempotency-key": "order-1841" };
  const to = number();
  const [one, other] = [await send({ to }, key), await send({ to }, key)];
  expect(other.body).toEqual(one.body);
  expect(other.headers.get("idempotent-replayed")).toBe("true");
  const rows = await api.database.db
    .selectFrom("messages")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .execute();
  expect(rows).toEqual([{ id: one.body.id }]);
});

test("a message that may not go · is answered as skipped with its reason, and wakes nobody", async () => {
  const to = number();
  await ask("POST /v1/suppressions", { channel: "sms", address: to });
  const suppressed = await send({ to });
  expect(suppressed).toMatchObject({
    status: 202,
    body: {
      state: "skipped",
      reason: "suppressed",
      detail: { skipped: "blocked" },
      due_at: null,
      sender_id: null,
    },
  });
  const unasked = await send({ to: number(), purpose: "marketing" });
  expect(unasked.body).toMatchObject({ state: "skipped", reason: "no_consent" });
  const lacking = await send({ to: number(), body: "Hola {apodo}" });
  expect(lacking.body).toMatchObject({ state: "skipped", reason: "missing_variables", body: null });
  const outside = await send({ to: number(), channel: "whatsapp" });
  expect(outside.body).toMatchObject({ state: "skipped", reason: "outside_window" });
  expect(await owed()).toEqual([]);
});

test("free text on WhatsApp · goes within 24 hours of the person's last message, by the sender they wrote to", async () => {
  const sender = await addSender("whatsapp");
  const to = number();
  const { body: contact } = await ask("POST /v1/contacts", { phone: to });
  const conversation = {
    workspace_id: workspaceId,
    channel: "whatsapp",
    address: to,
    sender_id: sender.id,
  };
  await api.database.db
    .insertInto("conversations")
    .values({ ...conversation, contact_id: contact.id, last_inbound_at: new Date(Date.now() - 3_600_000) })
    .execute();
  await api.database.db.insertInto("sender_assignments").values(conversation).execute();
  const { body } = await send({ to, channel: "whatsapp" });
  expect(body).toMatchObject({ state: "queued", sender_id: sender.id });
});

test("an approved template · is rendered with its variables, as a campaign does it", async () => {
  await addSender("whatsapp");
  const { body: template } = await ask("POST /v1/templates", {
    name: "Cita",
    channel: "whatsapp",
    language: "es",
    body: "Hola {name|amigo}, su cita es el {dia}.",
  });
  const message = {
    channel: "whatsapp",
    body: undefined,
    template_id: template.id,
    variables: { dia: "lunes" },
  };
  const early = await send({ ...message, to: number() });
  expect(early.body).toMatchObject({ state: "skipped", reason: "template_not_approved" });
  await api.database.db
    .updateTable("templates")
    .set({ approval_status: "approved", content_sid: "HX1" })
    .where("id", "=", template.id)
    .execute();
  const { body } = await send({ ...message, to: number() });
  expect(body).toMatchObject({
    state: "queued",
    body: "Hola amigo, su cita es el lunes.",
    template_id: template.id,
  });
  const row = await api.database.db
    .selectFrom("messages")
    .select(["content_sid", "content_variables"])
    .where("id", "=", body.id)
    .executeTakeFirst();
  expect(row).toEqual({ content_sid: "HX1", content_variables: { "1": "amigo", "2": "lunes" } });
});

test("an expiry · is taken as a moment or a while, and by default from the workspace", async () => {
  await addSender();
  const { body: soon } = await send({ to: number(), expires_in_seconds: 600 });
  expect(Date.parse(soon.expires_at) - Date.parse(soon.due_at)).toBe(600_000);
  const { body: later } = await send({ to: number() });
  expect(Date.parse(later.expires_at) - Date.parse(later.due_at)).toBe(7 * 24 * 3_600_000);
  const over = await send({ to: number(), expires_at: "2020-01-01T00:00:00Z" });
  expect(over).toMatchObject({ status: 422, body: { field: "expires_at" } });
});

test.each([
  ["no recipient", {}, 422, "to"],
  ["two recipients", { to: "+573105550199", contact_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20" }, 422, "to"],
  ["a stranger's id", { contact_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20" }, 422, "contact_id"],
  ["a number that is none", { to: "12" }, 422, "to"],
  ["no words", { to: "+573105550199", body: undefined }, 422, "body"],
  ["a lone brace", { to: "+573105550199", body: "Hola {" }, 422, "body"],
  [
    "an unknown template",
    { to: "+573105550199", body: undefined, template_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20" },
    422,
    "template_id",
  ],
  [
    "two expiries",
    { to: "+573105550199", expires_in_seconds: 5, expires_at: "2030-01-01T00:00:00Z" },
    422,
    "expires_at",
  ],
  ["no sender that could", { to: "+573105550199" }, 409, "channel"],
])("a request with %s · is refused, and makes no contact", async (_, body, status, field) => {
  expect(await send(body)).toMatchObject({ status, body: { field } });
  expect((await ask("GET /v1/contacts")).body.data).toEqual([]);
});
