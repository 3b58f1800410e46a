import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mailEvent, mailSender, mailSigner, type SentMail, sentMails } from "../../test/mail.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

const PATH = "/webhooks/sendgrid/events";
const signer = mailSigner();
let api: TestApi;
let on: { id: string; ask: Ask };
let senderId: string;

beforeAll(async () => {
  api = await testApi({ sendgridKeys: [signer.publicKey] });
  on = await api.workspace();
  senderId = await mailSender(api.database.db, on.id);
});
afterAll(() => api.close());

async function post(events: unknown): Promise<number> {
  const body = JSON.stringify(events);
  const headers = signer.sign(body);
  return (await api.app.request(PATH, { method: "POST", headers, body })).status;
}

const event = (mail: SentMail, name: string, fields?: Record<string, unknown>) =>
  mailEvent(on.id, mail, name, fields);

async function mails(count: number, more: Partial<Parameters<typeof sentMails>[1]> = {}) {
  return sentMails(api.database.db, { workspaceId: on.id, senderId, count, ...more });
}
async function mail(more: Partial<Parameters<typeof sentMails>[1]> = {}): Promise<SentMail> {
  return (await mails(1, more))[0] as SentMail;
}
const messageOf = ({ id }: { id: string }) =>
  api.database.db.selectFrom("messages").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
const eventsOf = ({ id }: { id: string }) =>
  api.database.db.selectFrom("email_events").selectAll().where("message_id", "=", id).orderBy("id").execute();
const suppressionOf = async ({ address }: SentMail) => {
  const { body } = await on.ask("GET /v1/suppressions?channel=email&limit=200");
  return (body.data as { address: string; reason: string }[]).find((one) => one.address === address)?.reason;
};
const consentsOf = ({ contact_id }: SentMail) =>
  api.database.db
    .selectFrom("consents")
    .select(["state", "purpose", "source", "method", "evidence"])
    .where("contact_id", "=", contact_id)
    .orderBy("id")
    .execute();
async function queued(contactId: string, address: string, fields: object = {}): Promise<{ id: string }> {
  return api.database.db
    .insertInto("messages")
    .values({
      workspace_id: on.id,
      contact_id: contactId,
      sender_id: senderId,
      direction: "out",
      channel: "email",
      state: "queued",
      due_at: new Date(),
      address,
      ...fields,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
}

test.each([
  [["processed"], "accepted"],
  [["deferred", "processed"], "accepted"],
  [["delivered", "processed"], "delivered"],
  [["open", "delivered"], "read"],
  [["click"], "read"],
])("states · %j in whatever order ends as %s", async (names, state) => {
  const one = await mail();
  expect(await post(names.map((name) => event(one, name)))).toBe(200);
  expect(await messageOf(one)).toMatchObject({ state });
});

test("an event · counts once, however often it is told", async () => {
  const one = await mail({ domain: "once.example" });
  const told = [event(one, "delivered"), event(one, "open"), event(one, "open")];
  for (let n = 0; n < 3; n++) expect(await post([...told, ...told])).toBe(200);
  expect((await eventsOf(one)).map(({ kind }) => kind)).toEqual(["opened", "opened"]);
  const counts = api.database.db.selectFrom("email_domain_counts").selectAll();
  expect(await counts.where("domain", "=", "once.example").execute()).toMatchObject([
    { sender_id: senderId, delivered: 1, opened: 2, machine_opened: 0, bounced: 0 },
  ]);
});

test("an open by a machine · proves delivery, is kept apart, and reads nothing", async () => {
  const one = await mail({ domain: "machine.example" });
  await post([event(one, "open", { sg_machine_open: true, useragent: "Mozilla/5.0" })]);
  expect(await messageOf(one)).toMatchObject({ state: "delivered", read_at: null });
  expect(await eventsOf(one)).toMatchObject([{ kind: "opened", machine: true, client_class: "proxy" }]);
  await post([event(one, "open", { useragent: "Mozilla/5.0 (iPhone) Mobile" })]);
  expect(await messageOf(one)).toMatchObject({ state: "read" });
});

test("a click · is kept with its time, link and kind of client, and the link is one for the whole campaign", async () => {
  const campaignId = randomUUID();
  const [one, other] = (await mails(2, { campaignId })) as [SentMail, SentMail];
  const click = (of: SentMail) =>
    event(of, "click", {
      url: `https://example.com/oferta?to=${encodeURIComponent(of.address)}&utm_source=news`,
      useragent: "Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36",
      timestamp: 1_790_000_000,
    });
  await post([click(one), click(other)]);
  const [first, second] = await Promise.all([eventsOf(one), eventsOf(other)]);
  expect(first).toMatchObject([
    { kind: "clicked", campaign_id: campaignId, client_class: "mobile", country: null },
  ]);
  expect(first[0]?.at).toEqual(new Date(1_790_000_000_000));
  expect(second[0]?.link_id).toBe(first[0]?.link_id);
  const links = api.database.db.selectFrom("email_links").select("url").where("campaign_id", "=", campaignId);
  expect(await links.execute()).toEqual([{ url: "https://example.com/oferta?to=…&utm_source=news" }]);
});

test("a hard bounce · ends the message, suppresses the address and cancels what is queued for it, of any purpose", async () => {
  const one = await mail();
  const waiting = await queued(one.contact_id, one.address, { purpose: "transactional" });
  const bounce = { type: "bounce", status: "5.1.1", reason: `550 5.1.1 <${one.address}> unknown` };
  await post([event(one, "bounce", bounce)]);
  expect(await messageOf(one)).toMatchObject({
    state: "undelivered",
    reason: "hard_bounce",
    error_code: "5.1.1",
  });
  expect(await messageOf(waiting)).toMatchObject({ state: "cancelled", due_at: null, reason: "bounced" });
  expect(await suppressionOf(one)).toBe("bounced");
});

test("a bounce after delivery · leaves the state and suppresses all the same", async () => {
  const one = await mail();
  await post([event(one, "delivered")]);
  await post([event(one, "bounce", { type: "bounce", status: "5.1.1" })]);
  expect(await messageOf(one)).toMatchObject({ state: "delivered" });
  expect(await suppressionOf(one)).toBe("bounced");
});

test("soft bounces · suppress the third message within 30 days, and not the second", async () => {
  const one = await mail();
  const again: SentMail[] = [];
  for (let n = 0; n < 2; n++) {
    const { id } = await queued(one.contact_id, one.address, {
      state: "accepted",
      due_at: null,
      attempts: 1,
    });
    await api.database.db
      .insertInto("attempts")
      .values({
        message_id: id,
        n: 1,
        workspace_id: on.id,
        sender_id: senderId,
        epoch: 1,
        outcome: "accepted",
      })
      .execute();
    again.push({ ...one, id });
  }
  const soft = { type: "blocked", status: "5.7.1" };
  await post([event(one, "bounce", soft), event(one, "bounce", soft)]);
  await post([event(again[0] as SentMail, "bounce", soft)]);
  expect(await messageOf(one)).toMatchObject({ state: "undelivered", reason: "soft_bounce" });
  expect(await suppressionOf(one)).toBeUndefined();
  await post([event(again[1] as SentMail, "bounce", soft)]);
  expect(await suppressionOf(one)).toBe("bounced");
});

test("a complaint · suppresses for everything, on the record of everybody at that address", async () => {
  const one = await mail();
  const { id: twin } = await api.database.db
    .insertInto("contacts")
    .values({ workspace_id: on.id, email: one.address, identity: `tel:+57300${Date.now() % 10_000_000}` })
    .returning("id")
    .executeTakeFirstOrThrow();
  const waiting = await queued(twin, one.address);
  await post([event(one, "spamreport")]);
  expect(await suppressionOf(one)).toBe("complaint");
  expect(await messageOf(waiting)).toMatchObject({ state: "cancelled" });
  for (const contact_id of [one.contact_id, twin])
    expect(await consentsOf({ ...one, contact_id })).toEqual([
      {
        state: "opted_out",
        purpose: "all",
        source: "email_event",
        method: "complained",
        evidence: { message_id: one.id, in_flight: [] },
      },
    ]);
});

test("a group without a topic · ends marketing and lets other messages be; joining again lifts it", async () => {
  const one = await mail();
  const marketing = await queued(one.contact_id, one.address, { purpose: "marketing" });
  const receipt = await queued(one.contact_id, one.address, { purpose: "transactional" });
  await post([event(one, "group_unsubscribe", { asm_group_id: 7 })]);
  expect(await messageOf(marketing)).toMatchObject({ state: "cancelled", reason: "opted_out" });
  expect(await messageOf(receipt)).toMatchObject({ state: "queued" });
  expect(await suppressionOf(one)).toBe("unsubscribed");
  await post([event(one, "group_resubscribe", { asm_group_id: 7 })]);
  expect(await suppressionOf(one)).toBeUndefined();
  expect((await consentsOf(one)).map(({ state }) => state)).toEqual(["opted_out", "opted_in"]);
});

test("a message dropped for somebody who left its group · ends marketing, and lets other messages be", async () => {
  const one = await mail();
  await post([event(one, "dropped", { reason: "Unsubscribed Address", asm_group_id: 9 })]);
  expect(await suppressionOf(one)).toBe("unsubscribed");
});

test("a dropped message · mirrors what SendGrid knows of the address", async () => {
  const [bounced, unsubscribed, spam] = (await mails(3)) as [SentMail, SentMail, SentMail];
  await post([
    event(bounced, "dropped", { reason: "Bounced Address" }),
    event(unsubscribed, "dropped", { reason: "Unsubscribed Address" }),
    event(spam, "dropped", { reason: "Spam Content (if Spam Checker app is enabled)" }),
  ]);
  expect(await messageOf(bounced)).toMatchObject({ state: "failed", reason: "dropped_bounced_address" });
  expect(await suppressionOf(bounced)).toBe("bounced");
  expect(await suppressionOf(unsubscribed)).toBe("opted_out");
  expect(await messageOf(spam)).toMatchObject({ state: "failed", reason: "dropped_spam_content" });
  expect(await suppressionOf(spam)).toBeUndefined();
});

test("an event · proves a call whose answer was lost", async () => {
  const one = await mail({ state: "uncertain" });
  await post([event(one, "processed")]);
  expect(await messageOf(one)).toMatchObject({ state: "accepted" });
  const attempts = api.database.db.selectFrom("attempts").selectAll().where("message_id", "=", one.id);
  expect(await attempts.execute()).toMatchObject([{ outcome: "accepted", settled_by: "receipt" }]);
});

test("what is stored · says nothing of the recipient; what is not known here is kept by its ids", async () => {
  const one = await mail();
  const strange = event(one, "account_status_change", { type: "compliance_suspend" });
  await post([event(one, "delivered", { response: `250 OK ${one.address}`, ip: "10.0.0.1" }), strange]);
  const rows = await api.database.db
    .selectFrom("webhook_events")
    .select(["kind", "payload", "applied_at"])
    .where("workspace_id", "=", on.id)
    .where("provider", "=", "sendgrid")
    .execute();
  const told = JSON.stringify(rows);
  expect(told).not.toContain("p0");
  expect(told).not.toContain(one.address);
  expect(told).not.toContain("10.0.0.1");
  expect(rows.some(({ payload }) => JSON.stringify(payload).includes("account_status_change"))).toBe(true);
  expect(rows.every(({ kind, applied_at }) => kind === "mail" && applied_at !== null)).toBe(true);
});

test("an event whose message is not known yet · waits and is not lost", async () => {
  const id = randomUUID();
  const unknown = event({ id, contact_id: id, address: "a@example.com" }, "delivered");
  expect(await post([unknown])).toBe(200);
  const waiting = api.database.db.selectFrom("webhook_events").select(["applied_at", "last_error"]);
  expect(await waiting.where("dedupe_key", "=", unknown.sg_event_id).execute()).toEqual([
    { applied_at: null, last_error: "unknown_attempt" },
  ]);
});
