import { afterAll, beforeAll, expect, test } from "vitest";
import { aCampaign, people } from "../../test/people.ts";
import { aNumber, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const DAY = "GET /v1/analytics/messages?days=1&until=2025-03-12";

test("listMessageAnalytics · says of each message what came of it, the newest first, by pages", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "+573100000041");
  const [ana, eva, luz] = await people(db, id, 3);
  const campaign_id = await aCampaign(db, id);
  const first = await sent(db, id, {
    sender_id,
    contact_id: ana,
    campaign_id,
    at: "2025-03-12T12:00:00Z",
    state: "read",
    accepted_at: "2025-03-12T12:00:01Z",
    delivered_at: "2025-03-12T12:00:10Z",
    read_at: "2025-03-12T12:01:00Z",
    replied_at: "2025-03-12T12:02:10Z",
  });
  const second = await sent(db, id, {
    sender_id,
    contact_id: eva,
    at: "2025-03-12T13:00:00Z",
    state: "accepted",
  });
  await sent(db, id, { sender_id, contact_id: luz, at: "2025-03-12T14:00:00Z", state: "skipped" });
  await sent(db, id, { sender_id, contact_id: luz, at: "2025-03-11T12:00:00Z", state: "accepted" });

  const page = await ask(`${DAY}&limit=1`);
  expect(page.body.data).toMatchObject([
    { id: second, delivered: false, responded: false, response_time: null },
  ]);
  const rest = await ask(`${DAY}&limit=1&cursor=${page.body.next_cursor}`);
  expect(rest.body).toMatchObject({
    next_cursor: null,
    data: [
      {
        id: first,
        contact_id: ana,
        campaign_id,
        sent_at: "2025-03-12T12:00:01.000Z",
        delivered: true,
        opened: true,
        clicked: false,
        responded: true,
        response_time: 120,
      },
    ],
  });
  const ofCampaign = await ask(`${DAY}&campaign_id=${campaign_id}`);
  expect(ofCampaign.body.data.map((row: { id: string }) => row.id)).toEqual([first]);
  const other = await api.workspace();
  expect((await other.ask(`${DAY}&campaign_id=${campaign_id}`)).body.data).toEqual([]);
});

test("listMessageAnalytics · knows of e-mails what was opened and clicked", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "hola@artekmar.example", "email");
  const [ana] = await people(db, id, 1);
  const at = "2025-03-12T12:00:00Z";
  const message_id = await sent(db, id, {
    sender_id,
    contact_id: ana,
    at,
    channel: "email",
    state: "delivered",
  });
  const event = { workspace_id: id, message_id, at };
  await db
    .insertInto("email_events")
    .values([
      { ...event, kind: "opened", machine: true },
      { ...event, kind: "clicked" },
    ])
    .execute();
  const { body } = await ask(`${DAY}&channel=email`);
  expect(body.data).toMatchObject([{ id: message_id, delivered: true, opened: false, clicked: true }]);
});
