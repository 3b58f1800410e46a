import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const DAYS = "GET /v1/analytics/funnel?days=2&until=2025-03-12&time_zone=UTC";

test("getFunnel · counts people once, and what came of it only from their first message on", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "+573100000101");
  const [ana, eva, luz, sol] = await people(db, id, 4);
  const on = (contact_id: string | undefined, row: { state: string } & Record<string, unknown>) =>
    sent(db, id, { sender_id, contact_id, at: "2025-03-12T12:00:00Z", ...row });
  // No receipt has told that she got it.
  await on(ana, { state: "sent", replied_at: new Date() });
  await on(ana, { state: "failed", at: "2025-03-11T12:00:00Z" });
  await on(eva, { state: "read", read_at: new Date() });
  await on(luz, { state: "delivered" });
  await on(sol, { state: "undelivered" });
  const lead = { workspace_id: id, qualified_by: "intent", score: 60 };
  await db
    .insertInto("qualified_leads")
    .values([
      { ...lead, contact_id: ana ?? "", at: "2025-03-12T13:00:00Z" },
      { ...lead, contact_id: luz ?? "", at: "2025-03-12T11:00:00Z" },
    ])
    .execute();
  const bought = { workspace_id: id, outcome: "purchased" };
  await db
    .insertInto("conversions")
    .values([
      { ...bought, contact_id: ana ?? "", at: "2025-03-12T20:00:00Z" },
      { ...bought, contact_id: ana ?? "", at: "2025-03-12T21:00:00Z" },
      { ...bought, contact_id: eva ?? "", at: "2025-03-20T20:00:00Z" },
      { ...bought, contact_id: luz ?? "", at: "2025-03-12T20:00:00Z", outcome: "visited" },
    ])
    .execute();
  const { status, body } = await ask(DAYS);
  expect(status).toBe(200);
  expect(body.stages).toEqual([
    { stage: "contacted", people: 4, rate: 100 },
    { stage: "reached", people: 3, rate: 75 },
    { stage: "read", people: 2, rate: 50 },
    { stage: "replied", people: 1, rate: 25 },
    { stage: "qualified", people: 1, rate: 25 },
    { stage: "purchased", people: 1, rate: 25 },
  ]);
  const nobody = await (await api.workspace()).ask(DAYS);
  expect(nobody.body.stages[0]).toEqual({ stage: "contacted", people: 0, rate: null });
});
