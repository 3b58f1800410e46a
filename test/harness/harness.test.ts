import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../database.ts";
import { type TestTemporal, testTemporal, timeSkipping } from "../temporal.ts";

const workflowsPath = join(import.meta.dirname, "workflows.ts");
const activities = { greet: (name: string) => Promise.resolve(`Hola, ${name}`) };

let first: TestDatabase;
let second: TestDatabase;
let temporal: TestTemporal;
beforeAll(async () => {
  [first, second, temporal] = await Promise.all([testDatabase(), testDatabase(), testTemporal()]);
});
afterAll(() => Promise.all([first.close(), second.close(), temporal.close()]));

test("testDatabase · gives migrated databases that do not see each other", async () => {
  await first.pool.query("reset role");
  const tables = await sql<{
    n: number;
  }>`select count(*) as n from information_schema.tables where table_schema = 'public'`.execute(first.db);
  expect(tables.rows[0]?.n).toBeGreaterThan(5);
  expect(first.url).not.toBe(second.url);
});

test("testDatabase · keeps the roles apart", async () => {
  const user = await sql<{ role: string }>`select current_user as role`.execute(
    first.connect("campanile_api").db,
  );
  expect(user.rows).toEqual([{ role: "campanile_api" }]);
});

test("testTemporal · runs a workflow with search attributes on the real server", async () => {
  const worker = await temporal.worker({ workflowsPath, activities });
  const result = await worker.runUntil(
    temporal.client.workflow.execute("greeting", {
      workflowId: `greeting-${temporal.taskQueue}`,
      taskQueue: temporal.taskQueue,
      args: ["Valeria"],
      searchAttributes: { State: ["running"] },
    }),
  );
  expect(result).toBe("Hola, Valeria");
});

test("timeSkipping · lets two days pass at once", async () => {
  const skipping = await timeSkipping();
  try {
    const worker = await skipping.worker({ workflowsPath });
    const run = skipping.client.workflow.execute("twoDays", {
      workflowId: "rest",
      taskQueue: skipping.taskQueue,
    });
    expect(await worker.runUntil(run)).toBe("rested");
    expect(await skipping.environment.currentTimeMs()).toBeGreaterThan(Date.now() + 40 * 3_600_000);
  } finally {
    await skipping.close();
  }
});
