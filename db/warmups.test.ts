import { afterAll, beforeAll, expect, test } from "vitest";
import { WARMUP_LADDER } from "../domain/warmup.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace } from "../test/people.ts";
import { type WarmupTraffic, writeTraffic } from "../test/warmupDays.ts";
import { inTransaction } from "./connect.ts";
import { findOverdue, listWarmupDays } from "./warmupDays.ts";
import { advanceWarmup, commandWarmup, findWarmup, startWarmup, type WarmupCommand } from "./warmups.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const HOUR = 3_600_000;
const NOON = new Date("2026-11-21T12:00:00-05:00");

let numbers = 0;
/** A sender whose warmup begins at `at`, with what a test does with it. */
async function warming(
  on: { at?: Date; zone?: string; ladder?: readonly number[]; day?: number; day_seconds?: number } = {},
) {
  const { db } = database;
  const workspaceId = await aWorkspace(db);
  await db
    .updateTable("workspaces")
    .set({ time_zone: on.zone ?? "America/Bogota" })
    .where("id", "=", workspaceId)
    .execute();
  const { id: senderId } = await db
    .insertInto("senders")
    .values({ workspace_id: workspaceId, channel: "whatsapp", address: `+1555200${++numbers}` })
    .returning("id")
    .executeTakeFirstOrThrow();
  const of = { workspaceId, senderId };
  const { at = NOON, ladder = WARMUP_LADDER, day = 1, day_seconds = null } = on;
  const start = (when: Date) =>
    inTransaction(db, (tx) => startWarmup(tx, of, { ladder, day, day_seconds, at: when }));
  const started = await start(at);
  return {
    ...of,
    started,
    start,
    warmup: async () => {
      const row = await findWarmup(db, of);
      if (row === undefined) throw new Error("There is no warmup");
      return row;
    },
    sender: () =>
      db
        .selectFrom("senders")
        .select(["status", "warmup_day_limit"])
        .where("id", "=", senderId)
        .executeTakeFirstOrThrow(),
    days: () => listWarmupDays(db, of, { limit: 100 }),
    traffic: (when: Date, traffic: WarmupTraffic) => writeTraffic(db, { ...of, at: when }, traffic),
    advance: (when: Date, quality: "red" | null = null) =>
      inTransaction(db, (tx) => advanceWarmup(tx, of, { at: when, quality })),
    command: (command: WarmupCommand, when: Date) =>
      inTransaction(db, (tx) => commandWarmup(tx, of, command, when)),
  };
}
type Warming = Awaited<ReturnType<typeof warming>>;

/** Lets the day that is open end, with this traffic an hour before. */
async function endDay(on: Warming, traffic: WarmupTraffic, quality: "red" | null = null) {
  const { day_ends_at } = await on.warmup();
  await on.traffic(new Date(day_ends_at.getTime() - HOUR), traffic);
  await on.advance(day_ends_at, quality);
  return { ...(await on.warmup()), ended: (await on.days()).find((day) => day.ended_at !== null) };
}

test("startWarmup · gives the first day's budget until the workspace's midnight, once", async () => {
  const on = await warming();
  expect(on.started).toMatchObject({ state: "running", day: 1, n: 1 });
  expect(on.started?.day_ends_at).toEqual(new Date("2026-11-22T00:00:00-05:00"));
  expect(await on.sender()).toEqual({ status: "active", warmup_day_limit: 20 });
  expect(await on.days()).toMatchObject([
    { n: 1, day: 1, budget: 20, local_date: "2026-11-21", ended_at: null, decision: null },
  ]);
  expect(await on.start(NOON)).toBeUndefined();
});

test.each([
  ["a day of 23 hours", "America/New_York", "2026-03-08T00:00:00-05:00", 23],
  ["a day of 25 hours", "America/New_York", "2026-11-01T00:00:00-04:00", 25],
  ["a midnight that the clocks jump over", "America/Santiago", "2026-09-05T00:00:00-04:00", 24],
  ["the short day behind it", "America/Santiago", "2026-09-06T01:00:00-03:00", 23],
  ["a day without a change", "America/Mexico_City", "2026-04-05T00:00:00-06:00", 24],
])("a day · ends at local midnight: %s", async (_name, zone, begins, hours) => {
  const at = new Date(begins);
  const { started } = await warming({ at, zone });
  expect(((started?.day_ends_at.getTime() ?? 0) - at.getTime()) / HOUR).toBe(hours);
});

test("advanceWarmup · does nothing before the day has ended, and one step however late it comes", async () => {
  const on = await warming();
  await on.traffic(NOON, { delivered: 20 });
  expect(await on.advance(new Date("2026-11-21T23:59:59-05:00"))).toMatchObject({ moved: false });
  expect(await on.days()).toHaveLength(1);
  const late = new Date("2026-11-25T09:00:00-05:00");
  expect(await on.advance(late)).toMatchObject({ moved: true });
  expect(await on.advance(late)).toMatchObject({ moved: false });
  expect(await on.warmup()).toMatchObject({ day: 2, day_ends_at: new Date("2026-11-26T00:00:00-05:00") });
  expect(await on.sender()).toMatchObject({ warmup_day_limit: 30 });
});

test("a day's end · keeps what it came to, by code and by person", async () => {
  const on = await warming();
  await on.traffic(NOON, {
    delivered: 12,
    failed: { code: "30005", n: 1 },
    open: 2,
    replied: 3,
    optedOut: 1,
  });
  await on.traffic(new Date(NOON.getTime() + HOUR), { failed: { code: "63014", n: 1 } });
  // Of the day before, and of nobody else's.
  await on.traffic(new Date(NOON.getTime() - HOUR), { delivered: 50, optedOut: 9 });
  const { ended } = await endDay(on, {});
  expect(ended).toMatchObject({
    used: 16,
    sent: 16,
    delivered: 12,
    failed: 2,
    blocked: 1,
    opted_out: 1,
    replied: 3,
    failures: { 30005: 1, 63014: 1 },
    verdict: "poor",
    decision: "hold",
  });
  expect(ended?.reasons).toEqual([
    "2 opted out, complained or blocked, 12.5 % (healthy below 2 %)",
    "delivery 85.7 % of 14 (healthy from 90 %)",
  ]);
});

test("the days · climb, hold, step back and end with the ladder", async () => {
  const on = await warming({ ladder: [20, 30, 50] });
  expect(await endDay(on, { delivered: 20 })).toMatchObject({ day: 2, ended: { decision: "next" } });
  expect(await endDay(on, {})).toMatchObject({ day: 2, ended: { decision: "hold", verdict: "idle" } });
  const bad = { delivered: 20, failed: { code: "30003", n: 10 } };
  expect(await endDay(on, bad)).toMatchObject({ day: 1, ended: { decision: "step_back", verdict: "bad" } });
  expect(await on.sender()).toMatchObject({ warmup_day_limit: 20 });
  expect(await endDay(on, { delivered: 20 })).toMatchObject({ day: 2 });
  expect(await endDay(on, { delivered: 30 })).toMatchObject({ day: 3 });
  expect(await endDay(on, { delivered: 50 })).toMatchObject({
    state: "completed",
    day: 3,
    ended: { decision: "finish" },
  });
  expect(await on.sender()).toEqual({ status: "active", warmup_day_limit: null });
  expect((await on.days()).map((day) => day.day)).toEqual([3, 2, 1, 2, 2, 1]);
});

test("two bad days in a row · pause the sender, with an alert that a new start resolves", async () => {
  const on = await warming({ day: 4 });
  const alerts = () =>
    database.db
      .selectFrom("alerts")
      .select(["alert_type", "severity", "subject_id", "resolved_at"])
      .where("workspace_id", "=", on.workspaceId)
      .execute();
  await endDay(on, { delivered: 40 }, "red");
  // A day on which nothing is sent proves nothing: the one before still counts.
  await endDay(on, {});
  expect(await alerts()).toEqual([]);
  const failed = await endDay(on, { delivered: 40 }, "red");
  expect(failed).toMatchObject({
    state: "failed",
    reason: "quality rating red",
    ended: { decision: "stop", verdict: "bad", quality: "red" },
  });
  expect(await on.sender()).toEqual({ status: "paused", warmup_day_limit: 20 });
  expect(await alerts()).toMatchObject([
    { alert_type: "warmup_stopped", severity: "critical", subject_id: on.senderId, resolved_at: null },
  ]);
  const again = await on.start(new Date(failed.updated_at.getTime() + HOUR));
  expect(again).toMatchObject({ state: "running", day: 4, reason: null });
  expect((await alerts())[0]?.resolved_at).not.toBeNull();
  // What was before this start does not count against it.
  expect(await endDay(on, { delivered: 40 }, "red")).toMatchObject({ state: "running", day: 3 });
});

test("an operator's words · hold the budget, go on with it, skip and stop", async () => {
  const on = await warming();
  expect(await on.command({ kind: "resume" }, NOON)).toBeUndefined();
  expect(await on.command({ kind: "skip", day: 15 }, NOON)).toBeUndefined();
  expect(await on.command({ kind: "skip", day: 3 }, NOON)).toMatchObject({ day: 3, state: "running" });
  expect(await on.sender()).toMatchObject({ warmup_day_limit: 50 });
  expect(await on.command({ kind: "pause" }, NOON)).toMatchObject({ day: 3, state: "paused" });
  expect(await on.advance(new Date("2026-12-21T12:00:00Z"))).toMatchObject({ moved: false });
  expect(await on.sender()).toMatchObject({ warmup_day_limit: 50 });
  expect(await on.command({ kind: "skip", day: 2 }, NOON)).toMatchObject({ day: 2, state: "paused" });
  expect(await on.sender()).toMatchObject({ warmup_day_limit: 30 });
  expect(await on.command({ kind: "resume" }, NOON)).toMatchObject({ day: 2, state: "running" });
  expect(await on.command({ kind: "stop" }, NOON)).toMatchObject({ state: "stopped", reason: "operator" });
  expect(await on.sender()).toMatchObject({ status: "active", warmup_day_limit: null });
  expect(await on.command({ kind: "pause" }, NOON)).toBeUndefined();
  expect((await on.days()).map((day) => [day.day, day.decision])).toEqual([
    [2, "end"],
    [3, "pause"],
    [1, "skip"],
  ]);
});

test("findOverdue · finds the warmups that nobody has looked at since their day ended", async () => {
  const soon = await warming({ at: new Date() });
  const lost = await warming({ at: new Date("2026-01-05T10:00:00Z") });
  const paused = await warming({ at: new Date("2026-01-05T10:00:00Z") });
  await paused.command({ kind: "pause" }, NOON);
  const found = (await findOverdue(database.db, 15)).map(({ id }) => id);
  expect(found).toContain(lost.senderId);
  expect(found).not.toContain(soon.senderId);
  expect(found).not.toContain(paused.senderId);
});

test("days of a trial · are as short as they are said to be, and count on top of what went out before", async () => {
  const on = await warming({ day_seconds: 30, ladder: [5, 8] });
  const used = (at: Date, n: number) =>
    database.db
      .insertInto("sender_minutes")
      .values({ workspace_id: on.workspaceId, sender_id: on.senderId, minute: at, used: n })
      .execute();
  expect((await on.warmup()).day_ends_at).toEqual(new Date(NOON.getTime() + 30_000));
  expect(await on.sender()).toMatchObject({ warmup_day_limit: 5 });
  await used(new Date(NOON.getTime() - 24 * HOUR), 100);
  await used(NOON, 5);
  await on.traffic(NOON, { delivered: 5 });
  await on.advance(new Date(NOON.getTime() + 30_000));
  expect(await on.sender()).toMatchObject({ warmup_day_limit: 13 });
});
