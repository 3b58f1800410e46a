import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aCampaign, people } from "../../test/people.ts";
import { aNumber, received, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("getDashboard · counts all, this week and today by the workspace's clock, and the mean of its campaigns", async () => {
  const { ask, id } = await api.workspace({ time_zone: "America/Bogota" });
  const { db } = api.database;
  const { rows } = await sql<{ day: Date; week: Date }>`
    select date_trunc('day', now(), 'America/Bogota') as day, date_trunc('week', now(), 'America/Bogota') as week`.execute(
    db,
  );
  const { day, week } = rows[0] as (typeof rows)[number];
  const before = (at: Date) => new Date(at.getTime() - 1_000).toISOString();
  const sender_id = await aNumber(db, id, "+573100000031");
  const [ana, eva, luz] = await people(db, id, 3);
  const [one, other] = [await aCampaign(db, id, "Uno"), await aCampaign(db, id, "Dos")];
  await db.updateTable("campaigns").set({ state: "running" }).where("id", "=", other).execute();
  const today = day.toISOString();
  const replied_at = new Date();
  await sent(db, id, {
    sender_id,
    contact_id: ana,
    at: today,
    state: "delivered",
    campaign_id: one,
    replied_at,
  });
  await sent(db, id, { sender_id, contact_id: eva, at: today, state: "delivered", campaign_id: one });
  await sent(db, id, { sender_id, contact_id: luz, at: today, state: "delivered", campaign_id: other });
  await sent(db, id, { sender_id, contact_id: luz, at: before(week), state: "failed" });
  await sent(db, id, { sender_id, contact_id: luz, at: "2025-03-12T12:00:00Z", state: "accepted" });
  await received(db, id, { sender_id, contact_id: ana, at: today });
  await received(db, id, { sender_id, contact_id: ana, at: before(day) });
  await received(db, id, { sender_id, contact_id: ana, at: before(week) });

  const { status, body } = await ask("GET /v1/analytics/dashboard");
  expect(status).toBe(200);
  expect(body).toEqual({
    total_messages_sent: 5,
    total_messages_received: 3,
    total_contacts: 3,
    total_campaigns: 2,
    active_campaigns: 1,
    // 50 % and none.
    avg_response_rate: 25,
    today_messages: 4,
    // On a Monday the second before midnight is last week's.
    this_week_messages: day.getTime() === week.getTime() ? 4 : 5,
  });
});

test("getDashboard · is all noughts in a new workspace, and knows no rate", async () => {
  const { ask } = await api.workspace();
  const { body } = await ask("GET /v1/analytics/dashboard");
  expect(body).toMatchObject({ total_messages_sent: 0, this_week_messages: 0, avg_response_rate: null });
});
