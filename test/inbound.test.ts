import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { control, smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

/** A webhook as Twilio signs it, or not quite. */
async function post(path: string, form: Record<string, string>, signedBy = system.account.authToken) {
  const url = system.url + path;
  const text = Object.keys(form)
    .sort()
    .reduce((all, name) => all + name + form[name], url);
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": createHmac("sha1", signedBy).update(text, "utf8").digest("base64"),
    },
    body: new URLSearchParams(form).toString(),
  });
  await response.text();
  return response.status;
}

const accountSid = "ACsystemtest0000000000000000000000";
const written = (from: string, to: string, body: string, sid: string) => ({
  AccountSid: accountSid,
  MessageSid: sid,
  From: from,
  To: to,
  Body: body,
  NumMedia: "0",
});
const eventsOf = (sid: string) =>
  system.database.db
    .selectFrom("webhook_events")
    .select(["applied_at", "last_error"])
    .where("dedupe_key", "like", `%${sid}%`)
    .execute();

it("webhooks · that Twilio has not signed are refused and leave nothing", async () => {
  const stage = await smsStage(system, { people: 1 });
  const form = written(stage.phones[0] as string, stage.senders[0] as string, "STOP", "SMforged1");
  expect(await post("/webhooks/twilio/inbound", form, "another token")).toBe(403);
  expect(
    await post("/webhooks/twilio/status?workspace=x&attempt=y", { ...form, MessageStatus: "read" }, "no"),
  ).toBe(403);
  expect(await post("/webhooks/twilio/inbound", { ...form, AccountSid: "ACunknown" }, "another token")).toBe(
    403,
  );
  expect(await eventsOf("SMforged1")).toEqual([]);
});

it("an inbound message · counts once however often it is delivered", async () => {
  const stage = await smsStage(system, { people: 1 });
  const [phone, sender] = [stage.phones[0] as string, stage.senders[0] as string];
  const form = written(phone, sender, "Sí, me interesa", "SMdouble1");
  const statuses = await Promise.all([1, 2, 3].map(() => post("/webhooks/twilio/inbound", form)));
  expect([...statuses, await post("/webhooks/twilio/inbound", form)]).toEqual([200, 200, 200, 200]);
  const received = await system.database.db
    .selectFrom("messages")
    .select("body")
    .where("workspace_id", "=", stage.id)
    .where("direction", "=", "in")
    .execute();
  expect(received).toHaveLength(1);
  const conversations = await system.database.db
    .selectFrom("conversations")
    .select("unread_count")
    .where("workspace_id", "=", stage.id)
    .execute();
  expect(conversations).toEqual([{ unread_count: 1 }]);
});

it("an inbound message · to a number that nobody knows has no owner; to a sender of ours from a stranger makes a person", async () => {
  const stage = await smsStage(system, { people: 1 });
  expect(
    await post("/webhooks/twilio/inbound", written("+573009998877", "+573009990000", "Hola", "SMnobody1")),
  ).toBe(403);
  const sender = stage.senders[0] as string;
  expect(
    await post("/webhooks/twilio/inbound", written("+573009998877", sender, "Hola", "SMstranger1")),
  ).toBe(200);
  const found = await system.database.db
    .selectFrom("contacts")
    .select("country")
    .where("workspace_id", "=", stage.id)
    .where("phone", "=", "+573009998877")
    .execute();
  expect(found).toEqual([{ country: "CO" }]);
});

it("BAJA and ALTA · suppress and release, for good and with their evidence", async () => {
  const stage = await smsStage(system, { people: 1 });
  const [phone, sender] = [stage.phones[0] as string, stage.senders[0] as string];
  const active = async () =>
    (
      await system.database.db
        .selectFrom("suppressions")
        .select("reason")
        .where("workspace_id", "=", stage.id)
        .where("lifted_at", "is", null)
        .execute()
    ).map((row) => row.reason);
  await post("/webhooks/twilio/inbound", written(phone, sender, "baja.", "SMbaja1"));
  expect(await active()).toEqual(["opted_out"]);
  await post("/webhooks/twilio/inbound", written(phone, sender, "Can I stop by tomorrow?", "SMnoopt1"));
  expect(await active()).toEqual(["opted_out"]);
  await post("/webhooks/twilio/inbound", written(phone, sender, "ALTA", "SMalta1"));
  expect(await active()).toEqual([]);
  const consents = await system.database.db
    .selectFrom("consents")
    .select(["state", "source"])
    .where("workspace_id", "=", stage.id)
    .orderBy("id")
    .execute();
  expect(consents.map((row) => row.state)).toEqual(["opted_out", "opted_in"]);
});

it("a reply · counts for its campaign, once for each person", { timeout: 60_000 }, async () => {
  const stage = await smsStage(system, { people: 2 });
  const { id } = await stage.start();
  await stage.reaches(id, "completed");
  await stage.says(stage.phones[0] as string, "Sí");
  await stage.says(stage.phones[0] as string, "¿Cuánto cuesta?");
  const now = await stage.ask(`GET /v1/campaigns/${id}`);
  expect(now.progress.replied).toBe(1);
});

it("three hundred messages · through faults of every kind end settled, none twice", {
  timeout: 150_000,
}, async () => {
  const stage = await smsStage(system, { people: 300, senders: 4 });
  const before = await control(system, "ledger");
  await control(system, "faults", {
    seed: 11,
    scope: "creates",
    rates: {
      http_429: 0.02,
      http_500: 0.02,
      drop_before: 0.02,
      drop_after_accept: 0.03,
      http_500_after_accept: 0.02,
      hang_after_accept: 0.01,
      receipts_lost: 0.05,
      receipts_doubled: 0.1,
      receipts_disordered: 0.1,
    },
    retry_after_s: 1,
  });
  const { id } = await stage.start();
  await stage.reaches(id, "completed", 120);
  await fetch(`${system.sandbox.url}/_sandbox/faults`, { method: "DELETE" });
  const states = await stage.states(id);
  expect(states).toHaveLength(300);
  const open = states.filter((row) => ["queued", "sending", "uncertain"].includes(row.state));
  expect(open).toEqual([]);
  const after = await control(system, "ledger");
  expect(after.twice).toBe(0);
  const sent = states.filter((row) => ["accepted", "sent", "delivered", "read"].includes(row.state));
  expect(after.accepted - before.accepted).toBe(sent.length);
  expect(sent.length).toBe(300);
});
