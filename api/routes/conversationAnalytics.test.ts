import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, aThread, received, sent } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const DAY = "GET /v1/analytics/conversations?days=1&until=2025-03-12&time_zone=UTC";

test("getConversationAnalytics · has what came of conversations, how soon people were answered, and when they wrote", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "+573100000061");
  const contacts = await people(db, id, 5);
  const outcomes = ["resolved", "resolved", "escalated", "abandoned"];
  const threads: string[] = [];
  for (const [i, outcome] of outcomes.entries())
    threads.push(
      await aThread(db, id, {
        sender_id,
        contact_id: contacts[i],
        state: "closed",
        outcome,
        first_inbound_at: "2025-03-12T09:50:00Z",
        closed_at: "2025-03-12T10:00:00Z",
        created_at: "2025-03-12T09:50:00Z",
        csat_score: i === 0 ? 5 : i === 1 ? 4 : null,
      }),
    );
  // Open, and from long before.
  threads.push(
    await aThread(db, id, { sender_id, contact_id: contacts[4], created_at: "2025-01-01T00:00:00Z" }),
  );
  const [first = "", second = ""] = threads;
  const write = (conversation_id: string, at: string, reason?: string) =>
    received(db, id, {
      sender_id,
      contact_id: contacts[0],
      conversation_id,
      at,
      ...(reason !== undefined && { reason }),
    });
  await write(first, "2025-03-12T09:50:00Z");
  await write(first, "2025-03-12T09:55:00Z");
  await write(second, "2025-03-12T23:59:00Z");
  await write(threads[4] ?? "", "2025-03-12T12:00:00Z", "automatic");
  await sent(db, id, {
    sender_id,
    contact_id: contacts[0],
    conversation_id: first,
    at: "2025-03-12T09:51:00Z",
    state: "read",
  });
  await db
    .insertInto("response_times")
    .values(
      (
        [
          ["first", 30],
          ["first", 60],
          ["next", 1_799],
          ["next", 3_600],
        ] as const
      ).map(([kind, seconds]) => ({
        message_id: randomUUID(),
        workspace_id: id,
        conversation_id: first,
        kind,
        author_kind: "machine",
        asked_at: "2025-03-12T09:50:00Z",
        answered_at: "2025-03-12T09:51:00Z",
        seconds,
      })),
    )
    .execute();

  const { status, body } = await ask(DAY);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    total_conversations: 2,
    new_conversations: 4,
    closed_conversations: 4,
    outcomes: { resolved: 2, escalated: 1, abandoned: 1, fallback: 0 },
    containment_rate: 75,
    resolution_rate: 50,
    completion_rate: 75,
    messages_received: 3,
    messages_sent: 1,
    messages_per_conversation: 2,
    inbound_outbound_ratio: 3,
    avg_first_response_time: 45,
    avg_response_time: 1372,
    response_times: {
      under_1_min: 1,
      from_1_to_5_min: 1,
      from_5_to_30_min: 1,
      from_30_to_60_min: 0,
      over_60_min: 1,
    },
    avg_handling_time: 600,
    csat: { average: 4.5, ratings: 2 },
  });
  expect(body.peak_hours).toHaveLength(24);
  expect([body.peak_hours[9], body.peak_hours[12], body.peak_hours[23]]).toEqual([2, 0, 1]);
});

test("getConversationAnalytics · knows no rates and no times where there was nothing", async () => {
  const { ask } = await api.workspace();
  expect((await ask(DAY)).body).toMatchObject({
    total_conversations: 0,
    containment_rate: null,
    messages_per_conversation: null,
    inbound_outbound_ratio: null,
    avg_response_time: null,
    csat: { average: null, ratings: 0 },
    response_times: { under_1_min: 0, over_60_min: 0 },
  });
});
