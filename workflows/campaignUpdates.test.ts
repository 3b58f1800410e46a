import { WorkflowUpdateFailedError } from "@temporalio/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CampaignLook } from "../activities/index.ts";
import { type TimeSkipping, timeSkipping } from "../test/temporal.ts";
import { cancelUpdate, pauseUpdate, rescheduleUpdate, resumeUpdate } from "./campaignUpdates.ts";
import { campaignWorkflow, look } from "./campaignWorkflow.ts";

let temporal: TimeSkipping;
beforeAll(async () => {
  temporal = await timeSkipping();
});
afterAll(() => temporal.close());

type State = CampaignLook["state"];
type Handle = Awaited<ReturnType<typeof temporal.client.workflow.start<typeof campaignWorkflow>>>;

const lookAt = (state: State): CampaignLook => ({
  state,
  reason: null,
  startsAt: state === "scheduled" ? "2100-01-01T10:00:00Z" : null,
  waitMs: state === "scheduled" ? 1e12 : 0,
  planned: true,
  counts: {
    audience: 0,
    by_state: {},
    by_reason: {},
    replied: 0,
    per_minute: 0,
    held: {},
    next_due_at: null,
    last_error_code: null,
  },
  idleSenders: [],
  canary: null,
});

interface Hold {
  /** While it is set, looks that have begun are not answered. */
  gate: Promise<void> | undefined;
}

/** A campaign whose row is `state`; `refuses` makes every command come too late. */
async function withCampaign(
  first: State,
  work: (handle: Handle) => Promise<void>,
  refuses = false,
  hold: Hold = { gate: undefined },
) {
  let state = first;
  const commands: string[] = [];
  const to: Record<string, State> = { pause: "paused", resume: "running", cancel: "cancelled" };
  const activities = {
    lookAtCampaign: async () => {
      const seen = lookAt(state);
      await hold.gate;
      return seen;
    },
    commandCampaign: (_: unknown, command: string) => {
      commands.push(command);
      if (!refuses) state = to[command] ?? state;
      return Promise.resolve(!refuses);
    },
    rescheduleCampaign: (_: unknown, at: string) => {
      commands.push(at);
      return Promise.resolve(true);
    },
    wakeCampaignSenders: () => Promise.resolve(0),
    cancelQueuedMessages: () => Promise.resolve(0),
    closeCampaign: () => Promise.resolve(),
  };
  const taskQueue = `updates-${crypto.randomUUID()}`;
  const worker = await temporal.worker({ activities, taskQueue });
  await worker.runUntil(async () => {
    const handle = await temporal.client.workflow.start(campaignWorkflow, {
      taskQueue,
      workflowId: `campaign:${crypto.randomUUID()}`,
      args: [{ workspaceId: "w", campaignId: "c" }],
    });
    // The first look must have been: until then every update is told to come again.
    for (let tries = 0; tries < 100; tries++) {
      const refused = await handle.executeUpdate(rescheduleUpdate, { args: ["x"] }).catch(reasonOf);
      if (!refused.includes("not been looked at")) break;
    }
    await work(handle);
    await handle.terminate();
  });
  return commands;
}

const reasonOf = (error: unknown) =>
  error instanceof WorkflowUpdateFailedError ? (error.cause?.message ?? "") : String(error);

test("updates · pause, resume and cancel a campaign, and answer with what follows", async () => {
  const commands = await withCampaign("running", async (handle) => {
    expect(await handle.executeUpdate(pauseUpdate)).toBe("paused");
    await handle.signal(look);
    expect(await handle.executeUpdate(resumeUpdate)).toBe("running");
    expect(await handle.executeUpdate(cancelUpdate)).toBe("cancelled");
  });
  expect(commands).toEqual(["pause", "resume", "cancel"]);
});

test("an update while the campaign is looked at · counts for more than what that look had seen", async () => {
  const hold: Hold = { gate: undefined };
  await withCampaign(
    "running",
    async (handle) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      hold.gate = promise;
      await handle.signal(look);
      expect(await handle.executeUpdate(pauseUpdate)).toBe("paused");
      hold.gate = undefined;
      resolve();
      expect(await handle.executeUpdate(resumeUpdate)).toBe("running");
    },
    false,
    hold,
  );
});

test("updates · are refused with why where the campaign's state does not allow them", async () => {
  const commands = await withCampaign("scheduled", async (handle) => {
    expect(await handle.executeUpdate(resumeUpdate).catch(reasonOf)).toBe(
      "The campaign is scheduled: resume is only for one that is paused.",
    );
  });
  expect(commands).toEqual([]);
});

test("reschedule · takes a time with its zone that is still to come, and nothing else", async () => {
  const commands = await withCampaign("scheduled", async (handle) => {
    const at = (text: string) => handle.executeUpdate(rescheduleUpdate, { args: [text] }).catch(reasonOf);
    expect(await at("tomorrow")).toContain("a time with its zone");
    expect(await at("2099-13-45T10:30:00Z")).toContain("a time with its zone");
    expect(await at("2001-01-01T10:30:00Z")).toContain("into the past");
    expect(await at("2099-12-01T10:30:00-05:00")).toBe("scheduled for 2099-12-01T10:30:00-05:00");
  });
  expect(commands).toEqual(["2099-12-01T10:30:00-05:00"]);
});

test("an update that comes too late · says so", async () => {
  await withCampaign(
    "running",
    async (handle) => {
      expect(await handle.executeUpdate(pauseUpdate).catch(reasonOf)).toContain("in another state by then");
    },
    true,
  );
});
