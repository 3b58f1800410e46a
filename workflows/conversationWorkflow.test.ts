import { afterAll, beforeAll, expect, test } from "vitest";
import type { ConversationReport } from "../activities/index.ts";
import { type TimeSkipping, timeSkipping } from "../test/temporal.ts";
import { conversationDetails } from "./conversationDetails.ts";
import { conversationWorkflow, look } from "./conversationWorkflow.ts";
import { languageQueue } from "./handles.ts";

let temporal: TimeSkipping;
beforeAll(async () => {
  temporal = await timeSkipping();
});
afterAll(() => temporal.close());

const report = (
  state: ConversationReport["state"],
  more: Partial<ConversationReport> = {},
): ConversationReport => ({
  state,
  ended: false,
  waitMs: null,
  waitsFor: "nothing",
  lastOutcome: null,
  lastReason: null,
  intent: null,
  sentiment: null,
  urgency: null,
  answersToday: 0,
  handedOffAt: null,
  handoffReason: null,
  answerDueAt: null,
  escalated: false,
  closesAt: null,
  ...more,
});
const closed = report("closed", { ended: true });

type Handle = Awaited<ReturnType<typeof temporal.client.workflow.start<typeof conversationWorkflow>>>;

/** Runs the workflow on reports that come one after the other; says after how many minutes each was asked for. */
async function run(
  reports: ConversationReport[],
  on: { during?: (handle: Handle, asked: number[]) => Promise<void> } = {},
) {
  const asked: number[] = [];
  const started = await temporal.environment.currentTimeMs();
  let asking: Handle | undefined;
  const activities = {
    async tendConversation() {
      asked.push(Math.round(((await temporal.environment.currentTimeMs()) - started) / 60_000));
      const next = reports.length > 1 ? reports.shift() : reports[0];
      if (next?.lastReason === "looked at again" && asking) await asking.signal(look);
      return next;
    },
  };
  const taskQueue = `conversation-${crypto.randomUUID()}`;
  const [worker, language] = await Promise.all([
    temporal.worker({ activities: {}, taskQueue }),
    temporal.worker({ activities, taskQueue: languageQueue(taskQueue) }),
  ]);
  const tended = async () => {
    const handle = await temporal.client.workflow.start(conversationWorkflow, {
      taskQueue,
      workflowId: `conversation:${crypto.randomUUID()}`,
      args: [{ workspaceId: "w", conversationId: "c" }],
    });
    asking = handle;
    await on.during?.(handle, asked);
    await handle.result();
  };
  await language.runUntil(() => worker.runUntil(tended));
  return asked;
}

test("conversationWorkflow · looks again when something falls due, and closes at last", async () => {
  const minutes = (count: number) => ({ waitMs: count * 60_000, waitsFor: "Until an answer is overdue" });
  const asked = await run([
    report("burst", minutes(1)),
    report("assigned", minutes(15)),
    report("assigned", minutes(60)),
    closed,
  ]);
  expect(asked).toEqual([0, 1, 16, 76]);
});

test("conversationWorkflow · waits for as long as nobody acts, and ends with the conversation", async () => {
  const asked = await run([report("queued"), closed], {
    during: async (handle, seen) => {
      await expect.poll(() => seen.length).toBe(1);
      await handle.signal(look);
    },
  });
  expect(asked.length).toBe(2);
});

test("conversationWorkflow · does not end over a message that comes while it is looked at", async () => {
  const asked = await run([report("closed", { ended: true, lastReason: "looked at again" }), closed]);
  expect(asked).toHaveLength(2);
});

test("conversationDetails · says how it stands in words and times, and nothing that was said", () => {
  const at = new Date("2026-03-02T12:00:00Z");
  const text = conversationDetails(
    report("assigned", {
      lastOutcome: "handed_off",
      lastReason: "person_wanted",
      handedOffAt: "2026-03-02T11:59:00.000Z",
      handoffReason: "person_wanted",
      intent: "human_request",
      sentiment: "neutral",
      urgency: "medium",
      answerDueAt: "2026-03-02T12:14:00.000Z",
      escalated: true,
    }),
    at,
  );
  expect(text).toContain("**assigned**: is with a person of ours");
  expect(text).toContain("handed_off (person_wanted)");
  expect(text).toContain("**overdue: told**");
  expect(conversationDetails(report("burst"), at)).toContain("nothing yet");
  expect(conversationDetails(report("pending", { lastOutcome: "draft", closesAt: "soon" }), at)).toContain(
    "| last burst | draft |",
  );
});
