import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, aThread, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("listContactsAtRisk · has who fell silent, the last first, by pages, with why and what to do", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "+573100000071");
  const [active = "", owed = "", unread = "", gone = "", never = ""] = await people(db, id, 5);
  const silent = (contactId: string, days: number) =>
    sql`update contacts set last_activity_at = now() - ${days} * interval '1 day' where id = ${contactId}`.execute(
      db,
    );
  await silent(active, 29);
  await silent(owed, 31);
  await silent(unread, 60);
  await silent(gone, 90.5);
  await aThread(db, id, { sender_id, contact_id: owed, sentiment: "negative", awaiting_since: new Date() });
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  for (const days of [50, 40, 30])
    await sent(db, id, { sender_id, contact_id: unread, at: ago(days), state: "delivered" });
  // Before they fell silent.
  await sent(db, id, { sender_id, contact_id: unread, at: ago(70), state: "read", read_at: new Date() });
  await db
    .insertInto("consents")
    .values({
      workspace_id: id,
      contact_id: gone,
      channel: "whatsapp",
      state: "opted_out",
      source: "reply",
      method: "keyword",
    })
    .execute();

  const first = await ask("GET /v1/analytics/at-risk?limit=1");
  expect(first.status).toBe(200);
  expect(first.body.data).toEqual([
    {
      contact_id: owed,
      name: "Persona 1",
      lead_score: null,
      last_activity_at: expect.any(String),
      days_silent: 31,
      health_score: 29,
      risk_indicators: ["silent", "unanswered_by_us", "negative_sentiment"],
      recommended_action: "answer",
    },
  ]);
  const rest = await ask(`GET /v1/analytics/at-risk?limit=5&cursor=${first.body.next_cursor}`);
  expect(rest.body).toMatchObject({
    next_cursor: null,
    data: [
      {
        contact_id: unread,
        days_silent: 60,
        health_score: 10,
        risk_indicators: ["silent", "does_not_read"],
        recommended_action: "try_another_channel",
      },
      { contact_id: gone, days_silent: 90, recommended_action: "leave_alone" },
    ],
  });
  const sooner = await ask("GET /v1/analytics/at-risk?silent_days=7");
  expect(sooner.body.data.map((one: { contact_id: string }) => one.contact_id)).toEqual([
    active,
    owed,
    unread,
    gone,
  ]);
  expect(sooner.body.data).not.toContainEqual(expect.objectContaining({ contact_id: never }));
  expect((await (await api.workspace()).ask("GET /v1/analytics/at-risk")).body.data).toEqual([]);
});
