import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Ask, type TestApi, testApi } from "../api/testing.ts";
import { sendFallbacks } from "./fallbacks.ts";

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
  await addSender("sms");
});

let serial = 1_000;
const number = () => `+57310556${serial++}`;
const addSender = (channel: string) => ask("POST /v1/senders", { channel, address: number() });

/** An SMS with a WhatsApp template behind it, or with what is given. */
async function send(fallback: object = {}, message: object = {}) {
  const given = { channel: "sms", to: number(), body: "Su código es {code}", variables: { code: 4821 } };
  const { body } = await ask("POST /v1/messages", {
    ...given,
    fallback: { channel: "whatsapp", template_id: await template(), ...fallback },
    ...message,
  });
  return body as { id: string; address: string; contact_id: string; fallback: { due_at: string | null } };
}

async function template() {
  const { body } = await ask("POST /v1/templates", {
    name: `Código ${serial++}`,
    channel: "whatsapp",
    language: "es",
    body: "Su código: {code}.",
  });
  await api.database.db
    .updateTable("templates")
    .set({ approval_status: "approved", content_sid: "HX1" })
    .where("id", "=", body.id)
    .execute();
  return body.id as string;
}

const set = (id: string, state: string, reason: string | null = null, detail: object | null = null) =>
  sql`update messages set state = ${state}, reason = ${reason}, detail = ${JSON.stringify(detail)}::jsonb,
    due_at = case when ${state} = 'queued' then due_at end where id = ${id}`.execute(api.database.db);

/** Its time for a delivery is over. */
const overdue = (id: string) =>
  sql`update message_fallbacks set due_at = now() - interval '1 second', look_at = now() where message_id = ${id}`.execute(
    api.database.db,
  );

/** Every look that this workspace waits for comes now. */
async function look() {
  const { db } = api.database;
  await sql`update message_fallbacks set look_at = now() where workspace_id = ${workspaceId}`.execute(db);
  return sendFallbacks({
    db,
    addressKey: api.deps.addressKey,
    kick: () => {},
    providers: { sandboxed: true },
  });
}

const shown = async (id: string) => (await ask(`GET /v1/messages/${id}`)).body;
const onWhatsapp = () =>
  api.database.db
    .selectFrom("messages")
    .select(["id", "state", "reason", "body", "address", "priority"])
    .where("workspace_id", "=", workspaceId)
    .where("channel", "=", "whatsapp")
    .execute();

test("a refused message · goes out on the other channel, to the same person, with its own words", async () => {
  await addSender("whatsapp");
  const { id, address } = await send();
  await set(id, "failed", "invalid_number");
  expect(await look()).toBe(1);
  const [other, ...more] = await onWhatsapp();
  expect(other).toMatchObject({ state: "queued", body: "Su código: 4821.", address, priority: 2 });
  expect(more).toEqual([]);
  expect((await shown(id)).fallback).toMatchObject({
    channel: "whatsapp",
    outcome: "sent",
    reason: "failed",
    message_id: other?.id,
  });
  expect(await look()).toBe(0);
  const kept = await sql`select body, variables from message_fallbacks where message_id = ${id}`.execute(
    api.database.db,
  );
  expect(kept.rows).toEqual([{ body: null, variables: {} }]);
});

test("many at once · each goes out once, however many workers look", async () => {
  await addSender("whatsapp");
  const template_id = await template();
  const ids = [];
  for (let i = 0; i < 20; i++) ids.push((await send({ template_id })).id);
  for (const id of ids) await set(id, "undelivered");
  const settled = await Promise.all([look(), look(), look(), look()]);
  expect(settled.reduce((sum, n) => sum + n)).toBe(20);
  expect(await onWhatsapp()).toHaveLength(20);
});

test("a message that is on its way · is waited for until its time is over, one in doubt for longer", async () => {
  await addSender("whatsapp");
  const { id, fallback } = await send({ after_minutes: 5 });
  expect(Date.parse(fallback.due_at ?? "") - Date.now()).toBeGreaterThan(4 * 60_000);
  await set(id, "sent");
  expect(await look()).toBe(0);
  await overdue(id);
  await set(id, "uncertain");
  expect(await look()).toBe(0);
  await set(id, "sent");
  expect(await look()).toBe(1);
  expect((await shown(id)).fallback).toMatchObject({ outcome: "sent", reason: "not_delivered_in_time" });
  expect(await onWhatsapp()).toHaveLength(1);
});

test("a message that still waits when its time is over · is withdrawn as the other takes its place", async () => {
  await addSender("whatsapp");
  const { id } = await send({ after_minutes: 5 });
  await overdue(id);
  expect(await look()).toBe(1);
  expect(await shown(id)).toMatchObject({ state: "cancelled", reason: "fallback", due_at: null });
});

test("a message that was taken over · is too late to be sent again", async () => {
  await addSender("whatsapp");
  const { id } = await send({ after_minutes: 5 });
  await set(id, "sent");
  await overdue(id);
  await look();
  const { expires_at, state } = await shown(id);
  expect(state).toBe("sent");
  expect(Date.parse(expires_at)).toBeLessThanOrEqual(Date.now() + 1_000);
});

test("a delivered message · needs no other", async () => {
  await addSender("whatsapp");
  const { id } = await send({ after_minutes: 5 });
  await set(id, "delivered");
  await overdue(id);
  expect(await look()).toBe(1);
  expect((await shown(id)).fallback).toMatchObject({
    outcome: "not_needed",
    reason: "delivered",
    message_id: null,
  });
  expect(await onWhatsapp()).toEqual([]);
});

test.each([
  [
    "an opt-out since",
    "suppressed",
    (to: string) => ask("POST /v1/suppressions", { channel: "sms", address: to, reason: "opted_out" }),
  ],
  ["no sender on the other channel", "no_sender", () => undefined],
  [
    "an expiry since",
    "expired",
    (_: string, id: string) =>
      sql`update messages set expires_at = now() where id = ${id}`.execute(api.database.db),
  ],
])("%s · lets nothing go out, and says %s", async (name, reason, happens) => {
  if (name !== "no sender on the other channel") await addSender("whatsapp");
  const { id, address } = await send();
  await happens(address, id);
  await set(id, "failed");
  expect(await look()).toBe(1);
  expect((await shown(id)).fallback).toMatchObject({ outcome: "dropped", reason, message_id: null });
  expect(await onWhatsapp()).toEqual([]);
});

test("a number that the first channel cannot reach · is no word of the person", async () => {
  await addSender("whatsapp");
  const { id, address } = await send();
  await ask("POST /v1/suppressions", { channel: "sms", address, reason: "invalid" });
  await set(id, "failed");
  await look();
  expect((await shown(id)).fallback).toMatchObject({ outcome: "sent" });
});

test("a fallback that may not go out either · leaves the first message as it is", async () => {
  await addSender("whatsapp");
  const { id, address } = await send({ after_minutes: 5 });
  await ask("POST /v1/suppressions", { channel: "whatsapp", address });
  await overdue(id);
  await look();
  expect(await shown(id)).toMatchObject({
    state: "queued",
    fallback: { outcome: "dropped", reason: "skipped" },
  });
  expect(await onWhatsapp()).toMatchObject([{ state: "skipped", reason: "suppressed" }]);
});

test("a person who is erased · leaves no words behind", async () => {
  const { id, contact_id } = await send();
  expect((await ask(`DELETE /v1/contacts/${contact_id}`)).status).toBe(204);
  const { rows } = await sql`select from message_fallbacks where message_id = ${id}`.execute(api.database.db);
  expect(rows).toEqual([]);
});

test.each([
  ["the same channel", { channel: "sms", body: "Hola", template_id: undefined }, "fallback.channel"],
  ["no words", { template_id: undefined }, "fallback.body"],
  ["a stranger's template", { template_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20" }, "fallback.template_id"],
])("a fallback with %s · is refused", async (_, fallback, field) => {
  const given = Object.assign({ channel: "whatsapp", template_id: await template() }, fallback);
  const answer = await ask("POST /v1/messages", {
    channel: "sms",
    to: number(),
    body: "Hola",
    fallback: given,
  });
  expect(answer).toMatchObject({ status: 422, body: { field } });
});
