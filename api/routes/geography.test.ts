import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("listCountryAnalytics · has people by country, and what was sent to those of each", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "+573100000111");
  const [ana = "", eva = "", luz = "", sol = ""] = await people(db, id, 4);
  await db.updateTable("contacts").set({ country: "MX" }).where("id", "=", luz).execute();
  await db.updateTable("contacts").set({ country: null }).where("id", "=", sol).execute();
  const on = (contact_id: string, row = {}) =>
    sent(db, id, { sender_id, contact_id, at: "2025-03-12T18:00:00Z", state: "delivered", ...row });
  await on(ana, { replied_at: new Date() });
  await on(eva);
  await on(sol, { state: "failed" });
  await db.updateTable("contacts").set({ erased_at: new Date() }).where("id", "=", eva).execute();
  const { status, body } = await ask("GET /v1/analytics/geography?days=1&until=2025-03-12");
  expect(status).toBe(200);
  expect(body.data).toMatchObject([
    { country: "CO", contacts: 1, sent: 2, delivered: 2, replied: 1, reply_rate: 50 },
    { country: "MX", contacts: 1, sent: 0, reply_rate: null },
    { country: null, contacts: 1, sent: 1, failed: 1, failure_rate: 100 },
  ]);
  expect((await (await api.workspace()).ask("GET /v1/analytics/geography")).body.data).toEqual([]);
});
