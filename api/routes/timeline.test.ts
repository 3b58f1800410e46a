import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const phone = "+573105550199";

/** A person with a consent, a message in a campaign, their answer, a suppression and what it held back. */
async function stage() {
  const { id: workspace_id, ask } = await api.workspace({ default_region: "CO", test_mode: true });
  const { db } = api.database;
  const { body: contact } = await ask("POST /v1/contacts", { phone });
  const { body: other } = await ask("POST /v1/contacts", { phone: "+573105550198" });
  const consent = { channel: "sms", state: "opted_in", source: "form", method: "web" };
  await ask(`POST /v1/contacts/${contact.id}/consents`, consent);
  await ask(`POST /v1/contacts/${other.id}/consents`, consent);
  const { body: campaign } = await ask("POST /v1/campaigns", {
    name: "Altos",
    channel: "sms",
    message_template: "Hola",
    contact_ids: [contact.id],
  });
  const shared = { workspace_id, contact_id: contact.id as string, channel: "sms", address: phone };
  const { id: sent } = await db
    .insertInto("messages")
    .values({
      ...shared,
      campaign_id: campaign.id,
      direction: "out",
      state: "delivered",
      attempts: 1,
      body: "Hola",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db
    .insertInto("attempts")
    .values({ message_id: sent, n: 1, workspace_id, sender_id: sent, epoch: 1, outcome: "accepted" })
    .execute();
  await db
    .insertInto("messages")
    .values({ ...shared, direction: "in", state: "received", purpose: "conversation", body: "¿Cuánto vale?" })
    .execute();
  await ask("POST /v1/suppressions", { channel: "sms", address: phone });
  await ask("POST /v1/suppressions", { channel: "sms", address: "+573105550198" });
  await ask("POST /v1/messages", { channel: "sms", to: phone, body: "Hola" });
  return { ask, id: contact.id as string, campaignId: campaign.id as string };
}

test("the timeline · tells everything of one person and nothing of another, newest first", async () => {
  const { ask, id, campaignId } = await stage();
  const { body } = await ask(`GET /v1/contacts/${id}/timeline`);
  expect(body).toMatchObject({
    next_cursor: null,
    data: [
      { kind: "message", state: "skipped", reason: "suppressed", answer: "Not sent: suppressed (blocked)." },
      { kind: "suppression", channel: "sms", reason: "blocked", lifted_at: null },
      { kind: "message", direction: "in", body: "¿Cuánto vale?", campaign_id: null, attempts: [] },
      {
        kind: "message",
        direction: "out",
        campaign_id: campaignId,
        campaign_name: "Altos",
        answer: "The message was delivered.",
        attempts: [{ n: 1, outcome: "accepted" }],
      },
      { kind: "consent", state: "opted_in" },
    ],
  });
  expect(body.data).toHaveLength(5);
});

test("the timeline · by pages gives each entry once, in the same order", async () => {
  const { ask, id } = await stage();
  const whole = (await ask(`GET /v1/contacts/${id}/timeline`)).body.data;
  const pages = [];
  for (let cursor = ""; ; ) {
    const { body } = await ask(`GET /v1/contacts/${id}/timeline?limit=2&cursor=${cursor}`);
    pages.push(...body.data);
    if (body.next_cursor === null) break;
    cursor = body.next_cursor;
  }
  expect(pages).toEqual(whole);
});

test("the timeline · keeps a suppression that was lifted", async () => {
  const { ask, id } = await stage();
  const { body } = await ask("GET /v1/suppressions");
  const own = body.data.find((one: { address: string }) => one.address === phone);
  await ask(`POST /v1/suppressions/${own.id}/lift`, { reason: "Asked for messages again" });
  const { data } = (await ask(`GET /v1/contacts/${id}/timeline`)).body;
  const entry = data.find((one: { kind: string }) => one.kind === "suppression");
  expect(entry).toMatchObject({ id: own.id, lifted_at: expect.any(String) });
});
