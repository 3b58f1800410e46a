import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { aNumber, aThread } from "../../test/traffic.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("listOperatorAnalytics · has what each member took, answered, closed, and how they were rated", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const sender_id = await aNumber(db, id, "+573100000091");
  const contacts = await people(db, id, 4);
  const member = async (name: string): Promise<string> => {
    const { id: memberId } = await db
      .insertInto("members")
      .values({ workspace_id: id, name, email: `${name}@artek.example`, role: "agent" })
      .returning("id")
      .executeTakeFirstOrThrow();
    return memberId;
  };
  const [laura, mario] = [await member("laura"), await member("mario")];
  const at = "2025-03-12T15:00:00Z";
  const closed = { state: "closed", closed_at: at, closed_by: `member:${laura}` };
  const thread = await aThread(db, id, {
    sender_id,
    contact_id: contacts[0],
    assignee_id: laura,
    assigned_at: at,
    csat_score: 4,
    ...closed,
  });
  await aThread(db, id, { sender_id, contact_id: contacts[1], csat_score: 5, ...closed });
  await aThread(db, id, {
    sender_id,
    contact_id: contacts[2],
    assignee_id: laura,
    assigned_at: "2025-01-01",
  });
  // Closed by itself.
  await aThread(db, id, { sender_id, contact_id: contacts[3], ...closed, closed_by: "quiet" });
  const answer = (author_id: string, author_kind: string, kind: string, seconds: number) => ({
    message_id: randomUUID(),
    workspace_id: id,
    conversation_id: thread,
    kind,
    author_kind,
    author_id,
    asked_at: at,
    answered_at: at,
    seconds,
  });
  await db
    .insertInto("response_times")
    .values([
      answer(laura, "member", "first", 100),
      answer(laura, "member", "next", 200),
      answer(laura, "key", "next", 9_000),
    ])
    .execute();

  const path = "GET /v1/analytics/operators?days=1&until=2025-03-12&limit=1";
  const first = await ask(path);
  expect(first.status).toBe(200);
  expect(first.body.data).toEqual([
    {
      member_id: laura,
      name: "laura",
      role: "agent",
      open_conversations: 1,
      assigned: 1,
      resolved: 2,
      answers: 2,
      avg_first_response_time: 100,
      avg_response_time: 150,
      csat: { average: 4.5, ratings: 2 },
    },
  ]);
  const rest = await ask(`${path}&cursor=${first.body.next_cursor}`);
  expect(rest.body).toMatchObject({
    next_cursor: null,
    data: [
      {
        member_id: mario,
        resolved: 0,
        answers: 0,
        avg_response_time: null,
        csat: { average: null, ratings: 0 },
      },
    ],
  });
  expect((await (await api.workspace()).ask("GET /v1/analytics/operators")).body.data).toEqual([]);
});
