import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "../db/connect.ts";
import { listWarmupDays } from "../db/warmupDays.ts";
import { findWarmup, startWarmup } from "../db/warmups.ts";
import { type Quality, WARMUP_LADDER } from "../domain/warmup.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace } from "../test/people.ts";
import { type TimeSkipping, timeSkipping } from "../test/temporal.ts";
import { type WarmupTraffic, writeTraffic } from "../test/warmupDays.ts";
import { warmupWorkflowId } from "../workflows/handles.ts";
import { numberWarmupWorkflow } from "../workflows/numberWarmupWorkflow.ts";
import type { ActivityDeps } from "./deps.ts";
import { warmupActivities } from "./warmups.ts";

let database: TestDatabase;
let temporal: TimeSkipping;
beforeAll(async () => {
  [database, temporal] = await Promise.all([testDatabase(), timeSkipping()]);
});
afterAll(async () => {
  await temporal.close();
  await database.close();
});

let numbers = 0;
async function newNumber() {
  const { db } = database;
  const workspaceId = await aWorkspace(db);
  const { id: senderId } = await db
    .insertInto("senders")
    .values({ workspace_id: workspaceId, channel: "whatsapp", address: `+1555201000${++numbers}` })
    .returning("id")
    .executeTakeFirstOrThrow();
  return { workspaceId, senderId };
}

/**
 * The real workflow, activities and rows, by the clock of the server that skips: before each day is judged, what the
 * number sent on it is written as `traffic` says.
 */
async function warmUp(
  of: { workspaceId: string; senderId: string },
  traffic: (budget: number, n: number) => WarmupTraffic,
  quality: (night: number) => Promise<Quality | null> = () => Promise.resolve("green"),
) {
  const { db } = database;
  const now = async () => new Date(await temporal.environment.currentTimeMs());
  const at = await now();
  await inTransaction(db, (tx) =>
    startWarmup(tx, of, { ladder: WARMUP_LADDER, day: 1, day_seconds: null, at }),
  );
  let nights = 0;
  const provider = { quality: () => quality(++nights) };
  const deps = {
    db,
    kick: () => {},
    log: pino({ level: "silent" }),
    providers: { forAccount: () => Promise.resolve(provider) },
  } as unknown as ActivityDeps;
  const real = warmupActivities(deps, now);
  const activities = {
    ...real,
    lookAtWarmup: async (input: typeof of) => {
      const [today] = await listWarmupDays(db, of, { limit: 1 });
      const ends = (await findWarmup(db, of))?.day_ends_at ?? at;
      // The first day is as long as is left of it where this runs: less than an hour, late in the evening of Mexico.
      if (today !== undefined && ends <= (await now())) {
        const sentAt = new Date(Math.max(ends.getTime() - 3_600_000, today.started_at.getTime()));
        await writeTraffic(db, { ...of, at: sentAt }, traffic(today.budget, today.n));
      }
      return real.lookAtWarmup(input);
    },
  };
  const worker = await temporal.worker({ activities });
  const handle = await worker.runUntil(async () => {
    const started = await temporal.client.workflow.start(numberWarmupWorkflow, {
      taskQueue: temporal.taskQueue,
      workflowId: warmupWorkflowId(of.senderId),
      args: [of],
    });
    await started.result();
    return started;
  });
  const days = (await listWarmupDays(db, of, { limit: 200 })).reverse();
  return {
    days,
    events: (await handle.describe()).historyLength,
    daysPassed: ((days.at(-1)?.ended_at?.getTime() ?? 0) - at.getTime()) / 86_400_000,
  };
}

const senderOf = ({ senderId }: { senderId: string }) =>
  database.db
    .selectFrom("senders")
    .select(["status", "warmup_day_limit"])
    .where("id", "=", senderId)
    .executeTakeFirstOrThrow();

test("numberWarmupWorkflow · fourteen healthy days walk the ladder, one step each midnight", {
  timeout: 60_000,
}, async () => {
  const of = await newNumber();
  const { days, events, daysPassed } = await warmUp(of, (budget) => ({ delivered: budget, replied: 2 }));
  expect(days.map((day) => day.budget)).toEqual(WARMUP_LADDER);
  expect(days.map((day) => day.used)).toEqual(WARMUP_LADDER);
  expect(days.map((day) => day.decision)).toEqual([...Array<string>(13).fill("next"), "finish"]);
  expect(new Set(days.map((day) => day.local_date)).size).toBe(14);
  for (const { ended_at } of days) {
    const local = ended_at?.toLocaleTimeString("en-GB", { timeZone: "America/Mexico_City" });
    expect(local?.slice(0, 5)).toBe("00:00");
  }
  expect(daysPassed).toBeGreaterThan(13);
  expect(daysPassed).toBeLessThan(14.1);
  expect(await senderOf(of)).toEqual({ status: "active", warmup_day_limit: null });
  // A day is one activity and one timer.
  expect(events).toBeLessThan(14 * 12);
  const wakes = await database.db
    .selectFrom("temporal_outbox")
    .select("version")
    .where("workflow_id", "=", `sender:${of.senderId}`)
    .executeTakeFirst();
  expect(wakes?.version).toBe(14);
});

test("numberWarmupWorkflow · holds, steps back, climbs again, and stops a number that is in danger", {
  timeout: 60_000,
}, async () => {
  const of = await newNumber();
  const half = (budget: number) => ({ delivered: budget * 0.8, failed: { code: "30003", n: budget * 0.4 } });
  const { days } = await warmUp(
    of,
    (budget, n) => {
      if (n === 3) return { delivered: budget, optedOut: 2 };
      if (n === 5) return {};
      if (n === 7) return half(budget);
      if (n === 10) return { delivered: budget, failed: { code: "63014", n: budget / 4 } };
      return { delivered: budget };
    },
    (night) => {
      if (night === 4) return Promise.reject(new Error("the provider is away"));
      return Promise.resolve(night === 9 ? "yellow" : "green");
    },
  );
  expect(days.map((day) => [day.day, day.verdict, day.decision])).toEqual([
    [1, "healthy", "next"],
    [2, "healthy", "next"],
    [3, "poor", "hold"],
    [3, "healthy", "next"],
    [4, "idle", "hold"],
    [4, "healthy", "next"],
    [5, "bad", "step_back"],
    [4, "healthy", "next"],
    [5, "poor", "hold"],
    [5, "alarming", "stop"],
  ]);
  expect(days.map((day) => day.quality)).toEqual(
    Array.from({ length: 10 }, (_, i) => (i === 3 ? null : i === 8 ? "yellow" : "green")),
  );
  expect(await senderOf(of)).toEqual({ status: "paused", warmup_day_limit: 20 });
});
