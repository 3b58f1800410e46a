import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace, people } from "../test/people.ts";
import { inWorkspace, type Tx } from "./connect.ts";
import { lockContacts } from "./locks.ts";
import { cancelQueued, suppress } from "./suppressions.ts";

let database: TestDatabase;
let workspace: string;
let ids: string[];
beforeAll(async () => {
  database = await testDatabase();
  workspace = await aWorkspace(database.db);
  ids = await people(database.db, workspace, 50);
});
afterAll(() => database.close());

const inside = <T>(work: (tx: Tx) => Promise<T>) => inWorkspace(database.db, workspace, work);

/** Resolves once somebody waits for an advisory lock in this database. */
async function somebodyWaits(): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await database.pool.query(
        `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())`,
      );
      return rows[0].n;
    })
    .toBeGreaterThan(0);
}

test("lockContacts · takes overlapping sets in any order without a deadlock", async () => {
  const shuffles = Array.from({ length: 8 }, (_, i) => [...ids.slice(i), ...ids.slice(0, i)].reverse());
  const done = await Promise.all(
    shuffles.map((some) =>
      inside(async (tx) => {
        await lockContacts(tx, [...some, some[0] as string]);
        return some.length;
      }),
    ),
  );
  expect(done).toEqual(Array(8).fill(50));
});

test("lockContacts · who decides to send after an opt-out sees it", async () => {
  const person = ids[0] as string;
  const key = Buffer.alloc(32, 7);
  let goOn = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  let locked = () => {};
  const isLocked = new Promise<void>((resolve) => (locked = resolve));
  const optOut = inside(async (tx) => {
    await lockContacts(tx, [person]);
    locked();
    await held;
    const address = "+573000000000";
    const of = {
      workspaceId: workspace,
      channel: "whatsapp",
      address,
      reason: "opted_out",
      source: "t",
    } as const;
    await suppress(tx, key, of);
    await cancelQueued(tx, workspace, [person], "whatsapp", "opted_out");
  });
  await isLocked;
  const intent = inside(async (tx) => {
    await lockContacts(tx, [person]);
    const rows = await tx
      .selectFrom("suppressions")
      .select("reason")
      .where("channel", "=", "whatsapp")
      .execute();
    return rows.map((row) => row.reason);
  });
  await somebodyWaits();
  goOn();
  await optOut;
  expect(await intent).toEqual(["opted_out"]);
});
