import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace } from "../test/people.ts";
import { inWorkspace } from "./connect.ts";
import { assignSenders, findAssignedSenders, releaseAssignments, stickToSender } from "./rotation.ts";
import { startWarmup } from "./warmups.ts";

let database: TestDatabase;
let workspace: string;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

let numbers = 0;
async function pool(count: number, fields: Record<string, unknown> = {}): Promise<string[]> {
  const rows = await database.db
    .insertInto("senders")
    .values(
      Array.from({ length: count }, () => ({
        workspace_id: workspace,
        channel: "whatsapp",
        address: `+1555000${++numbers}`,
        ...fields,
      })),
    )
    .returning("id")
    .execute();
  return rows.map((row) => row.id).sort();
}

const assign = (ids: string[], addresses: string[]) =>
  inWorkspace(database.db, workspace, (tx) => assignSenders(tx, workspace, "whatsapp", ids, addresses));

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `+5730${from + i}`);

function loads(assigned: Map<string, string>): number[] {
  const counts = new Map<string, number>();
  for (const sender of assigned.values()) counts.set(sender, (counts.get(sender) ?? 0) + 1);
  return [...counts.values()].sort((a, b) => a - b);
}

test("assignSenders · takes turns through 16 numbers and goes on where it stopped", async () => {
  workspace = await aWorkspace(database.db, "Turnos");
  const ids = await pool(16);
  const first = await assign(ids, range(0, 20));
  const firstRound = range(0, 16).map((address) => first.get(address) ?? "none");
  expect(firstRound.sort()).toEqual(ids);
  const second = await assign(ids, range(20, 32));
  // 20 = one round and four; the next twelve fall to those who were left out of the second round.
  expect(loads(new Map([...first, ...second]))).toEqual(Array<number>(16).fill(2));
});

test("assignSenders · keeps everyone with the sender they have, also outside the pool", async () => {
  workspace = await aWorkspace(database.db, "Fieles");
  const [mine, ...others] = await pool(4);
  await inWorkspace(database.db, workspace, (tx) =>
    stickToSender(tx, workspace, "whatsapp", "+57301", mine as string),
  );
  const assigned = await assign(others, ["+57301", "+57302"]);
  expect(assigned.get("+57301")).toBe(mine);
  expect(others).toContain(assigned.get("+57302"));
  expect(await assign(others, ["+57301", "+57302"])).toEqual(assigned);

  await inWorkspace(database.db, workspace, (tx) => releaseAssignments(tx, workspace, mine as string));
  expect(others).toContain((await assign(others, ["+57301"])).get("+57301"));
});

test("assignSenders · prefers priority, leaves out who is paused or out of rotation, says when nobody is left", async () => {
  workspace = await aWorkspace(database.db, "Preferidos");
  const low = await pool(2);
  const high = await pool(2, { rotation_priority: 5 });
  const paused = await pool(1, { rotation_priority: 9, status: "paused" });
  const resting = await pool(1, { rotation_priority: 9, rotation_enabled: false });
  const assigned = await assign([...low, ...high, ...paused, ...resting], range(100, 110));
  expect([...new Set(assigned.values())].sort()).toEqual(high);
  expect(await assign([...paused, ...resting], ["+57999"])).toEqual(new Map());
});

test("assignSenders · gives a number that warms up what its day has room for, counting what waits and what went out", async () => {
  workspace = await aWorkspace(database.db, "Nuevos");
  const [young, ...old] = (await pool(3)) as [string, ...string[]];
  const { db } = database;
  const of = { workspaceId: workspace, senderId: young };
  const on = { ladder: [20, 30], day: 1, day_seconds: null, at: new Date() };
  await inWorkspace(db, workspace, (tx) => startWarmup(tx, of, on));
  await db
    .insertInto("sender_minutes")
    .values({ workspace_id: workspace, sender_id: young, minute: sql`now()`, used: 8 })
    .execute();
  await sql`insert into messages (workspace_id, contact_id, sender_id, direction, channel, state, due_at)
    select ${workspace}, gen_random_uuid(), ${young}, 'out', 'whatsapp', 'queued', now() from generate_series(1, 7)`.execute(
    db,
  );
  const given = [...(await assign([young, ...old], range(7000, 7100))).values()];
  expect(given.filter((id) => id === young)).toHaveLength(20 - 8 - 7);
  // Alone it takes them all; its budget says when.
  expect(loads(await assign([young], range(7200, 7250)))).toEqual([50]);
});

test("assignSenders · stays exact under 8 transactions at once, and an address has one sender", async () => {
  workspace = await aWorkspace(database.db, "A la vez");
  const ids = await pool(16);
  // Each takes 40 of its own and 40 that all of them want.
  const shared = range(5000, 5040);
  const results = await Promise.all(
    Array.from({ length: 8 }, (_, i) => assign(ids, [...range(1000 + i * 40, 1040 + i * 40), ...shared])),
  );
  for (const result of results) {
    expect(result.size).toBe(80);
    for (const address of shared) expect(result.get(address)).toBe(results[0]?.get(address));
  }
  const all = new Map(results.flatMap((result) => [...result]));
  expect(all.size).toBe(360);
  expect(await findAssignedSenders(database.db, workspace, "whatsapp", [...all.keys()])).toEqual(all);
  // 360 people over 16 numbers: nobody is ahead of anybody by more than one.
  const counts = loads(all);
  expect(counts).toHaveLength(16);
  expect((counts[15] as number) - (counts[0] as number)).toBeLessThanOrEqual(1);
});
