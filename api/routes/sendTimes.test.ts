import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("listSendTimes · counts by weekday and hour of the local clock what became of messages", async () => {
  const { ask, id } = await api.workspace({ time_zone: "America/Bogota" });
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "+573100000081");
  const [ana, eva] = await people(db, id, 2);
  const on = (at: string, contact_id: string | undefined, row = {}) =>
    sent(db, id, { sender_id, contact_id, at, state: "delivered", ...row });
  // Monday the tenth, 23:30 and Tuesday 10:00 in Bogotá, and Tuesday 10:59 a week before.
  await on("2025-03-11T04:30:00Z", ana);
  await on("2025-03-11T15:00:00Z", ana, { replied_at: new Date() });
  await on("2025-03-04T15:59:00Z", eva);
  const { status, body } = await ask("GET /v1/analytics/send-times?days=14&until=2025-03-12");
  expect(status).toBe(200);
  expect(body.data).toMatchObject([
    { weekday: 0, hour: 23, sent: 1, replied: 0, reply_rate: 0 },
    { weekday: 1, hour: 10, sent: 2, replied: 1, reply_rate: 50 },
  ]);
  const narrow = await ask("GET /v1/analytics/send-times?days=14&until=2025-03-12&channel=sms");
  expect(narrow.body.data).toEqual([]);
});
