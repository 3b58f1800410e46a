import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, received, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const DAY = "days=1&until=2025-03-12";
const AT = "2025-03-12T18:00:00Z";

test("listNumberAnalytics · shows what each number did, by pages, without from-addresses and removed ones", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const first = await aNumber(db, id, "+573100000011");
  const second = await aNumber(db, id, "+573100000012", "sms");
  await aNumber(db, id, "hola@artekmar.example", "email");
  const gone = await aNumber(db, id, "+573100000013");
  await db.updateTable("senders").set({ removed_at: new Date() }).where("id", "=", gone).execute();
  const [ana, eva] = await people(db, id, 2);
  await sent(db, id, { sender_id: first, contact_id: ana, at: AT, state: "read", read_at: new Date() });
  await sent(db, id, { sender_id: first, contact_id: eva, at: AT, state: "failed" });
  await sent(db, id, { sender_id: first, contact_id: eva, at: "2025-03-14T18:00:00Z", state: "delivered" });
  await received(db, id, { sender_id: second, contact_id: ana, at: AT, channel: "sms" });

  const page = await ask(`GET /v1/analytics/numbers?${DAY}&limit=1`);
  expect(page.body.data).toMatchObject([
    {
      sender_id: first,
      number: "+573100000011",
      channel: "whatsapp",
      sent: 2,
      delivered: 1,
      read: 1,
      failed: 1,
      received: 0,
      delivery_rate: 50,
      failure_rate: 50,
    },
  ]);
  const rest = await ask(`GET /v1/analytics/numbers?${DAY}&limit=1&cursor=${page.body.next_cursor}`);
  expect(rest.body).toMatchObject({
    next_cursor: null,
    data: [{ number: "+573100000012", channel: "sms", sent: 0, received: 1, delivery_rate: null }],
  });
});
