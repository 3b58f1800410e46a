import { afterAll, beforeAll, expect, test } from "vitest";
import { people } from "../../test/people.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("getLeadDistribution · counts people by tens and by tier, and nobody who has no score", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const scores = [0, 9, 10, 50, 79, 80, 90, 100, null];
  for (const [i, contact] of (await people(db, id, scores.length)).entries())
    await db
      .updateTable("contacts")
      .set({ lead_score: scores[i] ?? null })
      .where("id", "=", contact)
      .execute();
  const { status, body } = await ask("GET /v1/analytics/lead-scores");
  expect(status).toBe(200);
  expect(body).toMatchObject({ people: 8, average: 52.3, tiers: { hot: 3, warm: 2, cold: 3 } });
  expect(body.buckets).toHaveLength(10);
  const of = (from: number) => body.buckets.find((bucket: { from: number }) => bucket.from === from);
  expect([of(0), of(10), of(20), of(80), of(90)]).toEqual([
    { from: 0, to: 9, people: 2 },
    { from: 10, to: 19, people: 1 },
    { from: 20, to: 29, people: 0 },
    { from: 80, to: 89, people: 1 },
    { from: 90, to: 100, people: 2 },
  ]);
  const { body: none } = await (await api.workspace()).ask("GET /v1/analytics/lead-scores");
  expect(none).toMatchObject({ people: 0, average: null });
});
