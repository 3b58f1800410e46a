import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyReport } from "../activities/delivery/sliceReport.ts";
import type { SliceReport } from "../activities/index.ts";
import { type TimeSkipping, timeSkipping } from "../test/temporal.ts";
import { deliveryQueue } from "./handles.ts";
import { senderDetails } from "./senderDetails.ts";
import { look, pause, resume, senderWorkflow } from "./senderWorkflow.ts";

let temporal: TimeSkipping;
beforeAll(async () => {
  temporal = await timeSkipping();
});
afterAll(() => temporal.close());

const report = (why: SliceReport["why"], more: Partial<SliceReport> = {}): SliceReport => ({
  ...emptyReport(why),
  ...more,
});
const removed = report("removed");

type Handle = Awaited<ReturnType<typeof temporal.client.workflow.start<typeof senderWorkflow>>>;

/** Runs the workflow on slices that report one after the other, and on looks at what is in doubt. */
async function run(
  slices: SliceReport[],
  on: {
    settles?: (number | null)[];
    releases?: (number | null)[];
    during?: (handle: Handle, calls: string[]) => Promise<void>;
  } = {},
) {
  const calls: string[] = [];
  const settles = on.settles ?? [];
  const activities = {
    deliverSlice: () => {
      calls.push("slice");
      return Promise.resolve(slices.length > 1 ? slices.shift() : slices[0]);
    },
    settleDoubtful: () => {
      calls.push("settle");
      return Promise.resolve({ accepted: 0, notSent: 0, doubtful: 1, waitMs: settles.shift() ?? null });
    },
    releaseStopped: () => {
      calls.push("release");
      return Promise.resolve({ moved: 0, left: 0, waitMs: on.releases?.shift() ?? null });
    },
    setSenderPaused: (_: unknown, paused: boolean) => {
      calls.push(paused ? "pause" : "resume");
      return Promise.resolve();
    },
  };
  const taskQueue = `sender-${crypto.randomUUID()}`;
  const [worker, delivery] = await Promise.all([
    temporal.worker({ activities, taskQueue }),
    temporal.worker({ activities, taskQueue: deliveryQueue(taskQueue) }),
  ]);
  const started = await temporal.environment.currentTimeMs();
  await delivery.runUntil(() =>
    worker.runUntil(async () => {
      const handle = await temporal.client.workflow.start(senderWorkflow, {
        taskQueue,
        workflowId: `sender:${crypto.randomUUID()}`,
        args: [{ workspaceId: "w", senderId: "s" }],
      });
      await on.during?.(handle, calls);
      await handle.result();
    }),
  );
  return { calls, minutes: ((await temporal.environment.currentTimeMs()) - started) / 60_000 };
}

const seen = (calls: string[], count: number) =>
  expect.poll(() => calls.length).toBeGreaterThanOrEqual(count);

test("senderWorkflow · runs slices as long as there is work, and ends with its sender", async () => {
  const { calls } = await run([report("time_up", { waitMs: 0 }), report("time_up", { waitMs: 0 }), removed]);
  expect(calls).toEqual(["slice", "slice", "slice"]);
});

test("senderWorkflow · shows a slice of an earlier version, which reported less", async () => {
  const { left: _, rateFactor: __, ...earlier } = report("time_up", { waitMs: 0 });
  const { calls } = await run([earlier as SliceReport, removed]);
  expect(calls).toEqual(["slice", "slice"]);
});

test("senderWorkflow · sleeps until the next moment that its slice has named", async () => {
  const { calls, minutes } = await run([report("hour_budget", { waitMs: 40 * 60_000 }), removed]);
  expect(calls).toEqual(["slice", "slice"]);
  expect(minutes).toBeGreaterThanOrEqual(40);
});

test("senderWorkflow · idle, it takes no step until somebody wakes it", async () => {
  const { calls } = await run([report("idle"), removed], {
    async during(handle, calls) {
      await seen(calls, 1);
      await temporal.environment.sleep("1 minute");
      const before = (await handle.describe()).historyLength;
      await temporal.environment.sleep("2 hours");
      expect((await handle.describe()).historyLength).toBe(before);
      await handle.signal(look);
    },
  });
  expect(calls).toEqual(["slice", "slice"]);
});

test("senderWorkflow · wakes from a wait that is not over yet", async () => {
  const { calls } = await run([report("waiting", { waitMs: 600 * 60_000 }), removed], {
    async during(handle, calls) {
      await seen(calls, 1);
      await handle.signal(look);
    },
  });
  expect(calls).toEqual(["slice", "slice"]);
});

test("senderWorkflow · writes an operator's pause and resume before it looks again", async () => {
  const { calls } = await run([report("idle"), removed], {
    async during(handle, calls) {
      await seen(calls, 1);
      await handle.signal(pause);
      await handle.signal(resume);
    },
  });
  expect(calls.filter((call) => call !== "slice").slice(0, 2)).toEqual(
    calls.includes("resume") ? ["pause", "resume"] : ["pause"],
  );
  expect(calls.indexOf("pause")).toBeLessThan(calls.lastIndexOf("slice"));
});

test("senderWorkflow · settles doubt beside its slices, again and again, and once at a time", async () => {
  const doubtful = report("waiting", { waitMs: 60_000, doubtful: 1 });
  const { calls } = await run([doubtful, doubtful, doubtful, doubtful, removed], {
    settles: [90_000, 90_000],
  });
  expect(calls.filter((call) => call === "settle").length).toBeGreaterThanOrEqual(2);
  expect(calls.filter((call) => call === "slice")).toHaveLength(5);
});

test("senderWorkflow · looks for another sender for those whom a stopped one has never reached", async () => {
  const stopped = report("sender_stopped");
  const { calls, minutes } = await run([stopped, stopped, removed], { releases: [600_000, 600_000] });
  expect(calls).toEqual(["slice", "release", "slice", "release", "slice"]);
  expect(minutes).toBeGreaterThanOrEqual(20);
});

test("senderDetails · says why a sender waits and until when", () => {
  const at = new Date("2026-11-21T12:00:00Z");
  const shown = senderDetails(
    report("hour_budget", { waitMs: 60_000, usedHour: 100, lastRefusal: "30003: away" }),
    at,
  );
  expect(shown).toContain("**hour_budget**: has used up this hour's budget, until 2026-11-21T12:01:00.000Z");
  expect(shown).toContain("| used in the rolling hour | 100 |");
  expect(shown).toContain("Last refusal: 30003: away");
  const slowed = report("waiting", { left: 7, rateFactor: 0.25, nextDueAt: "2026-11-21T12:00:30.000Z" });
  expect(senderDetails(slowed, at)).toContain("| rate now | 25 % of its full pace |");
  expect(senderDetails(slowed, at)).toContain("| budget left now | 7 |");
  expect(senderDetails(slowed, at)).toContain("| next due | 2026-11-21T12:00:30.000Z |");
  const { left: _, rateFactor: __, nextDueAt: ___, ...old } = slowed;
  expect(senderDetails(old as SliceReport, at)).toContain("| budget left now | ? |");
  const stopped = senderDetails(report("paused", { reason: "operator" }), at);
  expect(stopped).toContain("until somebody wakes it: operator");
});
