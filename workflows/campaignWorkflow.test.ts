import { afterAll, beforeAll, expect, test } from "vitest";
import type { CampaignLook, CanaryLook } from "../activities/index.ts";
import { type TimeSkipping, timeSkipping } from "../test/temporal.ts";
import { campaignDetails } from "./campaignDetails.ts";
import { campaignWorkflow, canaryContinue, cancel, look, pause, resume } from "./campaignWorkflow.ts";

let temporal: TimeSkipping;
beforeAll(async () => {
  temporal = await timeSkipping();
});
afterAll(() => temporal.close());

const input = { workspaceId: "w", campaignId: "c" };
const counts: CampaignLook["counts"] = {
  audience: 10,
  by_state: {},
  by_reason: {},
  replied: 0,
  per_minute: 0,
  held: {},
  next_due_at: null,
  last_error_code: null,
};
const at = (state: CampaignLook["state"], more: Partial<CampaignLook> = {}): CampaignLook => ({
  state,
  reason: null,
  startsAt: null,
  waitMs: 0,
  planned: true,
  counts,
  idleSenders: [],
  canary: null,
  ...more,
});

/** Runs the workflow on activities that answer from `looks`, the last one again and again; gives what it asked for. */
async function run(looks: CampaignLook[], during?: (handle: Handle) => Promise<void>) {
  const calls: string[] = [];
  const activities = {
    lookAtCampaign: () => {
      calls.push("look");
      return Promise.resolve(looks.length > 1 ? looks.shift() : looks[0]);
    },
    commandCampaign: (_: unknown, command: string) => {
      calls.push(command);
      if (command === "cancel") looks.splice(0, looks.length, at("cancelled"));
      return Promise.resolve(true);
    },
    planAudience: () => {
      calls.push("plan");
      return Promise.resolve({ done: true, planned: 10 });
    },
    wakeCampaignSenders: () => {
      calls.push("wake");
      return Promise.resolve(1);
    },
    cancelQueuedMessages: () => {
      calls.push("cancelQueued");
      return Promise.resolve(3);
    },
    releaseCanaryRest: () => {
      calls.push("release");
      return Promise.resolve(90);
    },
    closeCampaign: () => {
      calls.push("close");
      return Promise.resolve();
    },
  };
  const taskQueue = `campaign-${crypto.randomUUID()}`;
  const worker = await temporal.worker({ activities, taskQueue });
  const started = await temporal.environment.currentTimeMs();
  const result = await worker.runUntil(async () => {
    const handle = await temporal.client.workflow.start(campaignWorkflow, {
      taskQueue,
      workflowId: `campaign:${crypto.randomUUID()}`,
      args: [input],
    });
    await during?.(handle);
    return handle.result();
  });
  return { result, calls, hours: ((await temporal.environment.currentTimeMs()) - started) / 3_600_000 };
}
type Handle = Awaited<ReturnType<typeof temporal.client.workflow.start<typeof campaignWorkflow>>>;

test("campaignWorkflow · waits for its time, plans, tells its senders and ends", async () => {
  const scheduled = at("scheduled", {
    planned: false,
    waitMs: 5 * 3_600_000,
    startsAt: "2026-12-01T10:00:00Z",
  });
  const { result, calls, hours } = await run([
    scheduled,
    at("running", { planned: false }),
    at("running"),
    at("completed", { counts: { ...counts, by_state: { delivered: 10 } } }),
  ]);
  expect(result).toEqual({ state: "completed", counts: { delivered: 10 } });
  expect(calls).toEqual(["look", "look", "plan", "look", "wake", "look", "close", "look"]);
  expect(hours).toBeGreaterThanOrEqual(5);
});

test("campaignWorkflow · looks again at growing intervals, not for ever at the first", async () => {
  const looks = Array.from({ length: 12 }, () => at("running"));
  const { calls, hours } = await run([...looks, at("completed")]);
  expect(calls.filter((call) => call === "look")).toHaveLength(14);
  expect(calls.filter((call) => call === "wake")).toHaveLength(1);
  // 5, 8, 13, 20, 33, 52, 60 … seconds.
  expect(hours * 3_600).toBeGreaterThan(400);
});

test("campaignWorkflow · sleeps while it is paused, and tells its senders once it runs again", async () => {
  const { calls } = await run(
    [at("running"), at("paused"), at("running"), at("completed")],
    async (handle) => {
      await handle.signal(look);
      await handle.signal(look);
    },
  );
  expect(calls.filter((call) => call === "wake")).toHaveLength(2);
});

test("campaignWorkflow · obeys an operator in order, and ends what is queued as cancelled", async () => {
  const { result, calls } = await run([at("running")], async (handle) => {
    await handle.signal(pause);
    await handle.signal(resume);
    await handle.signal(cancel);
  });
  expect(result.state).toBe("cancelled");
  expect(calls.filter((call) => ["pause", "resume", "cancel"].includes(call))).toEqual([
    "pause",
    "resume",
    "cancel",
  ]);
  expect(calls.slice(-4)).toEqual(["cancelQueued", "look", "close", "look"]);
});

test("campaignWorkflow · a campaign that failed in planning ends too", async () => {
  const { result, calls } = await run([
    at("running", { planned: false }),
    at("failed", { reason: "No sender." }),
  ]);
  expect(result.state).toBe("failed");
  expect(calls).toEqual(["look", "plan", "look", "cancelQueued", "look", "close", "look"]);
});

const canary = (more: Partial<CanaryLook>): CanaryLook => ({
  phase: "sending",
  figures: { picked: 10, open: 0, sent: 10, delivered: 9, failed: 1, opted_out: 0 },
  reasons: [],
  judgeAt: null,
  waitMs: null,
  releasing: false,
  ...more,
});

test("campaignWorkflow · sleeps until its canary is judged, without looking, and lets the rest go once", async () => {
  const waiting = canary({ judgeAt: "2026-12-01T10:00:00Z", waitMs: 6 * 3_600_000 });
  const { calls, hours } = await run([
    at("running", { canary: waiting }),
    at("running", { canary: canary({ phase: "continued", releasing: true }) }),
    at("running", { canary: canary({ phase: "continued" }) }),
    at("completed"),
  ]);
  expect(calls).toEqual(["look", "wake", "look", "release", "look", "look", "close", "look"]);
  expect(hours).toBeGreaterThanOrEqual(6);
});

test("campaignWorkflow · a canary that waits for an operator goes on by a signal", async () => {
  const looks = [at("running", { canary: canary({ phase: "held" }) })];
  const { calls } = await run(looks, async (handle) => {
    looks.push(
      at("running", { canary: canary({ phase: "continued", releasing: true }) }),
      at("completed", { canary: canary({ phase: "continued" }) }),
    );
    await handle.signal(canaryContinue);
  });
  expect(calls).toContain("canary_continue");
  expect(calls.filter((call) => call === "release")).toHaveLength(1);
});

const now = new Date("2026-11-21T12:00:00Z");
const shown = (of: CampaignLook) => campaignDetails(of, now);
const withCounts = (more: Partial<CampaignLook["counts"]>) =>
  at("running", { counts: { ...counts, ...more } });

test("campaignDetails · says what a campaign is doing and what it waits for", () => {
  expect(shown(at("scheduled", { startsAt: "2026-12-01T10:00:00Z" }))).toContain(
    "waits until 2026-12-01T10:00:00Z",
  );
  expect(shown(at("paused", { reason: "api" }))).toContain(
    "**paused** (api): waits for somebody to resume it",
  );
  expect(shown(at("completed"))).toContain("has ended");
  expect(shown(at("running", { planned: false }))).toContain("plans its audience");
  expect(shown(withCounts({ by_state: { uncertain: 2 } }))).toContain(
    "waits to learn what became of 2 messages",
  );
  expect(shown(withCounts({ by_state: { sending: 1 } }))).toContain("waits for the last answers");
});

test("campaignDetails · shows counts, the time left, reasons and what hinders its senders", () => {
  const text = shown({
    ...withCounts({
      by_state: { queued: 90, delivered: 10 },
      per_minute: 30,
      held: { quiet_hours: 5, cap_day: 7 },
      by_reason: { suppressed: 2 },
      last_error_code: "30003",
      next_due_at: new Date("2026-11-21T12:01:00Z"),
    }),
    idleSenders: ["s1: stopped"],
  });
  expect(text).toContain("about 3 min left");
  expect(text).toContain("Held: cap_day 7, quiet_hours 5");
  expect(text).toContain("Not sent: suppressed 2");
  expect(text).toContain("Last provider error: 30003");
  expect(text).toContain("- sender s1: stopped");
  expect(shown(withCounts({ by_state: { queued: 9 } }))).toContain("the next message is due now");
});

test("campaignDetails · shows how the canary did and what an operator can do", () => {
  const sending = shown(at("running", { canary: canary({ judgeAt: "2026-12-01T10:00:00Z" }) }));
  expect(sending).toContain("has sent its canary ahead; the rest waits");
  expect(sending).toContain("10 people: 10 sent, 9 delivered, 1 failed, 0 opted out, 0 open");
  expect(sending).toContain("judged at 2026-12-01T10:00:00Z");
  const held = shown(at("running", { canary: canary({ phase: "held", reasons: ["delivery rate 40 %"] }) }));
  expect(held).toContain("**Canary: held**: delivery rate 40 %");
  expect(held).toContain("waits for somebody to decide about its canary");
  expect(held).toContain("`canaryContinue`");
  expect(shown(at("running", { canary: canary({ phase: "continued", figures: null }) }))).not.toContain(
    "people:",
  );
});
