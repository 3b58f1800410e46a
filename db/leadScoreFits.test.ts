import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace } from "../test/people.ts";
import { insertFit } from "./leadScoreFits.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

test("insertFit · one at a time, however often a connection has been asked for it", async () => {
  const workspaceId = await aWorkspace(database.db);
  const by = crypto.randomUUID();
  // After five times a prepared statement gets one plan for all values.
  const asked = await database.db
    .transaction()
    .execute((tx) =>
      Array.fromAsync({ length: 8 }, async () => (await insertFit(tx, workspaceId, by)) !== undefined),
    );
  expect(asked).toEqual([true, ...Array(7).fill(false)]);
});
