import { WorkflowUpdateFailedError } from "@temporalio/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WarmupLook } from "../activities/index.ts";
import { type TimeSkipping, timeSkipping } from "../test/temporal.ts";
import { look, numberWarmupWorkflow } from "./numberWarmupWorkflow.ts";
import { warmupDetails } from "./warmupDetails.ts";
import { pauseUpdate, resumeUpdate, skipUpdate, stopUpdate } from "./warmupUpdates.ts";

let temporal: TimeSkipping;
beforeAll(async () => {
  temporal = await timeSkipping();
});
afterAll(() => temporal.close());

const seenAs = (state: WarmupLook["state"], more: Partial<WarmupLook> = {}): WarmupLook => ({
  state,
  day: 1,
  ladder: [20, 30, 50],
  usedToday: 7,
  dayEndsAt: state === "running" ? "2026-11-22T05:00:00.000Z" : null,
  waitMs: state === "running" ? 24 * 3_600_000 : null,
  reason: null,
  past: [],
  ...more,
});

type Handle = Awaited<ReturnType<typeof temporal.client.workflow.start<typeof numberWarmupWorkflow>>>;

/** A warmup whose row is `row`; looks are answered once `holds` is over. `refuses` makes every command come too late. */
async function withWarmup(
  row: { look: WarmupLook; holds?: Promise<void> },
  work: (handle: Handle) => Promise<void>,
  refuses = false,
) {
  const commands: unknown[] = [];
  const to = { pause: "paused", resume: "running", stop: "stopped", skip: "running" } as const;
  const activities = {
    lookAtWarmup: async () => {
      const seen = row.look;
      await row.holds;
      return seen;
    },
    commandWarmup: (_: unknown, command: { kind: keyof typeof to }) => {
      commands.push(command);
      if (!refuses) row.look = seenAs(to[command.kind]);
      return Promise.resolve(!refuses);
    },
  };
  const taskQueue = `warmup-${crypto.randomUUID()}`;
  const worker = await temporal.worker({ activities, taskQueue });
  await worker.runUntil(async () => {
    const handle = await temporal.client.workflow.start(numberWarmupWorkflow, {
      taskQueue,
      workflowId: `warmup:${crypto.randomUUID()}`,
      args: [{ workspaceId: "w", senderId: "s" }],
    });
    // The first look must have been: until then every update is told to come again.
    for (let tries = 0; tries < 100; tries++) {
      const refused = await handle.executeUpdate(skipUpdate, { args: [0] }).catch(reasonOf);
      if (!refused.includes("not been looked at")) break;
    }
    await work(handle);
    row.look = seenAs("removed", { ladder: [], day: 0 });
    await handle.signal(look).catch(() => "it has ended");
    await handle.result();
  });
  return commands;
}

const reasonOf = (error: unknown) =>
  error instanceof WorkflowUpdateFailedError ? (error.cause?.message ?? "") : String(error);

test("updates · pause, resume, skip and stop a warmup, and answer with what follows", async () => {
  const commands = await withWarmup({ look: seenAs("running") }, async (handle) => {
    expect(await handle.executeUpdate(pauseUpdate)).toContain("paused");
    await handle.signal(look);
    expect(await handle.executeUpdate(resumeUpdate)).toBe("running");
    expect(await handle.executeUpdate(skipUpdate, { args: [3] })).toBe("day 3");
    expect(await handle.executeUpdate(stopUpdate)).toContain("stopped");
    expect(await handle.result()).toEqual({ state: "stopped", day: 1 });
  });
  expect(commands).toEqual([
    { kind: "pause" },
    { kind: "resume" },
    { kind: "skip", day: 3 },
    { kind: "stop" },
  ]);
});

test("updates · go by the one before, whatever a look says that had begun earlier", async () => {
  const held = Promise.withResolvers<void>();
  const row: { look: WarmupLook; holds?: Promise<void> } = { look: seenAs("running") };
  const commands = await withWarmup(row, async (handle) => {
    row.holds = held.promise;
    await handle.signal(look);
    expect(await handle.executeUpdate(pauseUpdate)).toContain("paused");
    expect(await handle.executeUpdate(resumeUpdate)).toBe("running");
    held.resolve();
  });
  expect(commands).toEqual([{ kind: "pause" }, { kind: "resume" }]);
});

test("updates · are refused with why where they do not fit", async () => {
  const row = { look: seenAs("running") };
  const commands = await withWarmup(row, async (handle) => {
    expect(await handle.executeUpdate(resumeUpdate).catch(reasonOf)).toBe(
      "The warmup is running: resume is only for one that is paused.",
    );
    const skip = (day: unknown) =>
      handle.executeUpdate(skipUpdate, { args: [day as number] }).catch(reasonOf);
    for (const day of [0, 4, 1.5, "2", null]) expect(await skip(day)).toContain("a whole number from 1 to 3");
  });
  expect(commands).toEqual([]);
});

test("an update that comes too late · says so", async () => {
  const row = { look: seenAs("running") };
  await withWarmup(
    row,
    async (handle) => {
      expect(await handle.executeUpdate(pauseUpdate).catch(reasonOf)).toContain("another state by then");
    },
    true,
  );
});

test("a paused warmup · takes no step until somebody wakes it; one whose sender is gone ends", async () => {
  const row = { look: seenAs("paused") };
  await withWarmup(row, async (handle) => {
    const before = (await handle.describe()).historyLength;
    await temporal.environment.sleep("5 days");
    expect((await handle.describe()).historyLength).toBe(before);
    row.look = seenAs("removed", { ladder: [], day: 0 });
    await handle.signal(look);
    expect(await handle.result()).toEqual({ state: "removed", day: 0 });
  });
});

test("warmupDetails · say the day, what it allows and what became of those before", () => {
  const at = new Date("2026-11-21T12:00:00Z");
  const past = [
    {
      date: "2026-11-20",
      day: 1,
      budget: 20,
      used: 18,
      verdict: "healthy" as const,
      decision: "next",
      reasons: ["delivery 100.0 % of 18 (healthy from 90 %)"],
    },
    { date: "2026-11-19", day: 1, budget: 20, used: 3, verdict: null, decision: "pause", reasons: [] },
  ];
  const shown = warmupDetails(seenAs("running", { day: 2, past }), at);
  expect(shown).toContain("**running**: day 2 of 3, 30 messages; judged at 2026-11-22T05:00:00.000Z");
  expect(shown).toContain("| 2026-11-20 | 1 | 20 | 18 | healthy | next | delivery 100.0 % of 18");
  expect(shown).toContain("| 2026-11-19 | 1 | 20 | 3 | – | pause |");
  expect(warmupDetails(seenAs("paused"), at)).toContain("stays at day 1 of 3, 20 messages a day");
  expect(warmupDetails(seenAs("completed"), at)).toContain("all 3 days");
  expect(warmupDetails(seenAs("stopped", { reason: "operator" }), at)).toContain("**stopped** (operator)");
  expect(warmupDetails(seenAs("failed"), at)).toContain("an alert says what to do");
  expect(warmupDetails(seenAs("removed", { ladder: [], day: 0 }), at)).toContain("the sender is gone");
});
