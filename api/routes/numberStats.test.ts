import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const DAY = "days=1&until=2025-03-12";
const AT = "2025-03-12T18:00:00Z";

test("getNumberStats · takes a number or the id of its sender, and joins its channels by day", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const whatsapp = await aNumber(db, id, "+573100000021");
  const sms = await aNumber(db, id, "+573100000021", "sms");
  const [ana] = await people(db, id, 1);
  await sent(db, id, { sender_id: whatsapp, contact_id: ana, at: AT, state: "delivered" });
  await sent(db, id, { sender_id: sms, contact_id: ana, at: AT, state: "delivered", channel: "sms" });
  const { body } = await ask(`GET /v1/analytics/numbers/${encodeURIComponent("+573100000021")}/stats?${DAY}`);
  expect(body).toMatchObject({
    number: "+573100000021",
    channels: [
      { sender_id: whatsapp, sent: 1 },
      { sender_id: sms, sent: 1 },
    ],
    days: [{ day: "2025-03-12", sent: 2, delivered: 2 }],
  });
  const one = await ask(`GET /v1/analytics/numbers/${sms}/stats?${DAY}`);
  expect(one.body).toMatchObject({ number: "+573100000021", days: [{ sent: 1 }] });

  const other = await api.workspace();
  for (const number of [sms, "%2B573100000021"])
    expect((await other.ask(`GET /v1/analytics/numbers/${number}/stats`)).status).toBe(404);
  const { body: wrong } = await ask("GET /v1/analytics/numbers/573100000021/stats");
  expect(wrong.field ?? wrong.errors[0].field).toBe("number");
});
