import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { listenTo } from "../test/eventStream.ts";

let database: TestDatabase;
let child: ChildProcess;
let url: string;
const lines: string[] = [];

beforeAll(async () => {
  database = await testDatabase();
  child = spawn(process.execPath, [join(import.meta.dirname, "server.ts")], {
    env: {
      DATABASE_URL: database.url,
      SECRET_KEY: "a secret key of tests, 32 characters",
      TEMPORAL_ADDRESS: "127.0.0.1:1",
      PORT: "0",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = createInterface({ input: child.stdout ?? process.stdin });
  url = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    output.on("line", (line) => {
      lines.push(line);
      const { msg, port } = JSON.parse(line) as { msg?: string; port?: number };
      if (msg === "listening") resolve(`http://127.0.0.1:${port}`);
    });
  });
});
afterAll(async () => {
  child.kill("SIGKILL");
  await database.close();
});

test("the API process · works without Temporal, says so, and ends once its requests are answered and its listeners told", async () => {
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ parts: { database: "ok", temporal: "missing" } });

  const { workspace, apiKey } = await createWorkspaceWithOwner(database.db, { name: "Valeria Mercado" });
  const blocker = new pg.Client({ connectionString: database.url });
  await blocker.connect();
  await blocker.query("begin");
  await blocker.query("select from workspaces where id = $1 for update", [workspace.id]);
  const patched = fetch(`${url}/v1/workspace`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "Renamed" }),
  });
  const waiting = async () => {
    const { rows } = await blocker.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    return rows.length > 0;
  };
  while (!(await waiting())) await sleep(20);
  const feed = await listenTo(`${url}/v1/conversations/events`, apiKey);
  expect(await feed.next()).toMatchObject({ event: "ready" });

  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await expect
    .poll(
      () =>
        fetch(`${url}/healthz`).then(
          () => "open",
          () => "closed",
        ),
      { timeout: 5_000 },
    )
    .toBe("closed");
  await blocker.query("commit");
  await blocker.end();
  expect((await patched).status).toBe(200);
  expect(await feed.next()).toBeUndefined();
  expect(await exit).toEqual([0, null]);
  expect(lines.join("\n")).not.toMatch(/Valeria|Renamed|cmp_/);
});
