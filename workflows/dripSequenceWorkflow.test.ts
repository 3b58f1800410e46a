import { afterAll, beforeAll, expect, test } from "vitest";
import type { DripLook } from "../activities/index.ts";
import { type TimeSkipping, timeSkipping } from "../test/temporal.ts";
import { pauseUpdate } from "./campaignUpdates.ts";
import { dripDetails } from "./dripDetails.ts";
import { cancel, dripSequenceWorkflow, look, pause, resume } from "./dripSequenceWorkflow.ts";

let temporal: TimeSkipping;
beforeAll(async () => {
  temporal = await timeSkipping();
});
afterAll(() => temporal.close());

const input = { workspaceId: "w", campaignId: "c" };
const HOUR = 3_600_000;
const at = (state: DripLook["state"], more: Partial<DripLook> = {}): DripLook => ({
  state,
  reason: null,
  startsAt: null,
  version: 1,
  waitMs: null,
  blocked: null,
  enrolled: 0,
  taken: 0,
  spread: 0,
  counts: { by_state: { active: 2 }, by_reason: {}, waiting: { 2: 2 } },
  ...more,
});

type Handle = Awaited<ReturnType<typeof temporal.client.workflow.start<typeof dripSequenceWorkflow>>>;

/** Runs the workflow on activities that answer from `looks`, the last one again and again; gives what it asked for. */
async function run(looks: DripLook[], during?: (handle: Handle) => Promise<void>) {
  const calls: string[] = [];
  const activities = {
    driveDrip: () => {
      calls.push("drive");
      return Promise.resolve(looks.length > 1 ? looks.shift() : looks[0]);
    },
    commandCampaign: (_: unknown, command: string) => {
      calls.push(command);
      if (command === "cancel") looks.splice(0, looks.length, at("cancelled"));
      return Promise.resolve(true);
    },
    cancelEnrollments: () => {
      calls.push("cancelEnrollments");
      return Promise.resolve(2);
    },
    cancelQueuedMessages: () => {
      calls.push("cancelQueued");
      return Promise.resolve(1);
    },
    closeCampaign: () => {
      calls.push("close");
      return Promise.resolve();
    },
  };
  const taskQueue = `drip-${crypto.randomUUID()}`;
  const worker = await temporal.worker({ activities, taskQueue });
  const started = await temporal.environment.currentTimeMs();
  const result = await worker.runUntil(async () => {
    const handle = await temporal.client.workflow.start(dripSequenceWorkflow, {
      taskQueue,
      workflowId: `drip:${crypto.randomUUID()}`,
      args: [input],
    });
    await during?.(handle);
    return handle.result();
  });
  return { result, calls, hours: ((await temporal.environment.currentTimeMs()) - started) / HOUR };
}

test("dripSequenceWorkflow · waits for its time, takes what is due and ends with its last person", async () => {
  const { result, calls, hours } = await run([
    at("scheduled", { waitMs: 5 * HOUR, startsAt: "2026-12-01T10:00:00Z" }),
    at("running", { enrolled: 2, taken: 2, waitMs: 24 * HOUR }),
    at("completed", { counts: { by_state: { completed: 2 }, by_reason: {}, waiting: {} } }),
  ]);
  expect(result).toEqual({ state: "completed", people: { completed: 2 } });
  expect(calls).toEqual(["drive", "drive", "drive", "drive", "close"]);
  expect(hours).toBeGreaterThanOrEqual(5);
});

test("dripSequenceWorkflow · that cannot send waits until it can, and ends without figures where there are none", async () => {
  const { result } = await run([
    at("scheduled"),
    at("running", { blocked: "No active sender can take its people.", waitMs: HOUR }),
    at("completed", { counts: null, reason: "nobody is left" }),
  ]);
  expect(result).toEqual({ state: "completed", people: {} });
});

test("dripSequenceWorkflow · gathers what is due within moments of each other in rounds that grow", async () => {
  const due = at("running", { taken: 1, waitMs: 5 });
  const { calls, hours } = await run([...Array.from({ length: 12 }, () => due), at("completed")]);
  expect(calls.filter((call) => call === "drive")).toHaveLength(14);
  // 1.6 + 2.6 + 4.1 + 6.6 + 10.5 + 16.8 + 6 × 20 s
  expect(hours * 3_600).toBeGreaterThan(150);
});

test("dripSequenceWorkflow · sleeps longer and longer while nothing happens, and looks when it is told to", async () => {
  const idle = at("running");
  const looks = [...Array.from({ length: 30 }, () => idle), at("completed")];
  expect((await run(looks)).hours).toBeGreaterThan(2);
  const { calls } = await run([at("paused"), at("completed")], (handle) => handle.signal(look));
  expect(calls.at(-1)).toBe("close");
});

test("dripSequenceWorkflow · carries out an operator's word by signal and by update", async () => {
  const { result, calls } = await run([at("running", { waitMs: 40 * HOUR })], async (handle) => {
    // Refused until the first look has told the state.
    await expect.poll(() => handle.executeUpdate(pauseUpdate).catch(() => "refused")).toBe("paused");
    await handle.signal(pause);
    await handle.signal(resume);
    await handle.signal(cancel);
  });
  expect(result.state).toBe("cancelled");
  expect(calls.filter((call) => call !== "drive")).toEqual([
    "pause",
    "pause",
    "resume",
    "cancel",
    "cancelEnrollments",
    "cancelQueued",
    "close",
  ]);
});

test("dripDetails · says what it waits for, where people are and why some ended", () => {
  const when = new Date("2026-11-02T10:00:00Z");
  const of = (state: DripLook["state"], more: Partial<DripLook> = {}) => {
    const now = at(state, more);
    return dripDetails(now, now.counts, when);
  };
  expect(of("scheduled", { startsAt: "2026-12-01T10:00:00Z" })).toContain("waits until 2026-12-01");
  expect(of("paused", { reason: "api" })).toContain("**paused** (api)");
  expect(of("running", { blocked: "No active sender." })).toContain("cannot send: No active sender.");
  expect(of("running", { waitMs: HOUR })).toContain("2026-11-02T11:00:00.000Z");
  expect(of("running")).toContain("waits for messages on their way");
  expect(of("completed", { counts: null })).toContain("has ended");
  const ended = { by_state: { stopped: 3 }, by_reason: { reply: 2, opt_out: 1 }, waiting: {} };
  expect(of("running", { counts: ended })).toContain("reply 2, opt_out 1");
});
