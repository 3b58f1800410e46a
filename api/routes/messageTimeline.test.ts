import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, received, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const THREE_DAYS = "GET /v1/analytics/messages/timeline?days=3&until=2025-03-12";

test("getMessageTimeline · counts by the workspace's days, each message once and each person who replied once", async () => {
  const { ask, id } = await api.workspace({ time_zone: "America/Mexico_City" });
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "+573100000001");
  const [ana, eva, luz] = await people(db, id, 3);
  const on = (at: string, contact_id: string | undefined, row: { state: string } & Record<string, unknown>) =>
    sent(db, id, { sender_id, contact_id, at, ...row });
  await on("2025-03-11T05:59:00Z", ana, { state: "delivered" });
  await on("2025-03-11T06:01:00Z", ana, { state: "read", read_at: new Date(), replied_at: new Date() });
  await on("2025-03-11T16:00:00Z", ana, { state: "sent", replied_at: new Date() });
  await on("2025-03-12T16:00:00Z", eva, { state: "undelivered" });
  // Refused on the tenth, taken on the twelfth.
  await on("2025-03-12T17:00:00Z", luz, { state: "delivered", earlier: "2025-03-10T17:00:00Z" });
  await on("2025-03-13T06:00:00Z", luz, { state: "delivered" });
  await on("2025-03-12T18:00:00Z", luz, { state: "queued" });
  await received(db, id, { sender_id, contact_id: ana, at: "2025-03-10T06:00:00Z" });
  await received(db, id, { sender_id, contact_id: ana, at: "2025-03-10T05:59:59Z" });

  const { status, body } = await ask(THREE_DAYS);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    time_zone: "America/Mexico_City",
    from: "2025-03-10T06:00:00.000Z",
    to: "2025-03-13T06:00:00.000Z",
  });
  expect(body.data).toMatchObject([
    { day: "2025-03-10", sent: 1, delivered: 1, read: 0, replied: 0, failed: 0, received: 1 },
    { day: "2025-03-11", sent: 2, delivered: 2, read: 1, replied: 1, failed: 0, received: 0 },
    { day: "2025-03-12", sent: 2, delivered: 1, read: 0, replied: 0, failed: 1, received: 0 },
  ]);
  expect(body.data[1]).toMatchObject({ delivery_rate: 100, response_rate: 50, failure_rate: 0 });

  const elsewhere = await ask(`${THREE_DAYS}&time_zone=UTC`);
  expect(elsewhere.body.data.map((day: { sent: number }) => day.sent)).toEqual([0, 3, 2]);
  const others = await ask(`${THREE_DAYS}&channel=sms`);
  expect(others.body.data.map((day: { sent: number }) => day.sent)).toEqual([0, 0, 0]);
  expect(others.body.data[0]).toMatchObject({ delivery_rate: null, engagement_score: null });
});

test("getMessageTimeline · reads an e-mail as opened by somebody, not by a program", async () => {
  const { ask, id } = await api.workspace({ time_zone: "UTC" });
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "hola@artekmar.example", "email");
  const [ana, eva] = await people(db, id, 2);
  const at = "2025-03-12T12:00:00Z";
  const told = async (contact_id: string | undefined, machine: boolean) => {
    const message_id = await sent(db, id, {
      sender_id,
      contact_id,
      at,
      channel: "email",
      state: "delivered",
    });
    await db
      .insertInto("email_events")
      .values({ workspace_id: id, message_id, kind: "opened", machine, at })
      .execute();
  };
  await told(ana, false);
  await told(eva, true);
  const { body } = await ask(`${THREE_DAYS}&channel=email`);
  expect(body.data[2]).toMatchObject({ sent: 2, read: 1, read_rate: 50 });
});

test("getMessageTimeline · ends today, and says which parameter is wrong", async () => {
  const { ask } = await api.workspace();
  const { body } = await ask("GET /v1/analytics/messages/timeline?until=2999-01-01");
  expect(body.data).toHaveLength(7);
  expect(new Date(body.to).getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
  for (const [query, field] of [
    ["days=91", "days"],
    ["days=0", "days"],
    ["until=yesterday", "until"],
    ["time_zone=Mars/Olympus", "time_zone"],
  ]) {
    const refused = await ask(`GET /v1/analytics/messages/timeline?${query}`);
    expect(refused.body.code).toBe("validation");
    expect(refused.body.field ?? refused.body.errors[0].field).toBe(field);
  }
});
