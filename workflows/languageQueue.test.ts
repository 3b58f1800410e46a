import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestTemporal, testTemporal } from "../test/temporal.ts";
import { callTranscriptionWorkflow } from "./callTranscriptionWorkflow.ts";
import { conversationWorkflow } from "./conversationWorkflow.ts";
import { languageQueue } from "./handles.ts";

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await testTemporal();
});
afterAll(() => temporal.close());

const CALLS = 6;
const patient = { timeout: 20_000 };

test("the language queue · gives the first free place to who has written, however many calls wait", {
  timeout: 60_000,
}, async () => {
  const { client, taskQueue } = temporal;
  const done: string[] = [];
  const call = { call: "completed", transcription: "requested", reason: null, recordings: 1, transcripts: 1 };
  const short = {
    lookAtCall: () => Promise.resolve({ ...call, waitsFor: null, pollMs: 1 }),
    lookAtTranscripts: () => Promise.resolve({ waitsFor: null, open: 0, failed: 0, pollMs: 1 }),
    finishTranscription: () =>
      Promise.resolve({ ...call, transcription: "completed", waitsFor: null, pollMs: 1 }),
  };
  const asking = {
    requestTranscripts: () => {
      done.push("call");
      return Promise.resolve({ waitsFor: null, open: 0, failed: 0, pollMs: 1 });
    },
    storeTranscripts: () => Promise.resolve({ waitsFor: null, open: 0, failed: 0, pollMs: 1 }),
    tendConversation: () => {
      done.push("reply");
      return Promise.resolve({ state: "closed", ended: true, waitMs: null });
    },
  };
  const started = async (workflow: typeof conversationWorkflow | typeof callTranscriptionWorkflow) => {
    const handle = await client.workflow.start(workflow as typeof conversationWorkflow, {
      taskQueue,
      workflowId: `language-queue:${crypto.randomUUID()}`,
      args: [{ workspaceId: "w", conversationId: "c", callSid: "c" } as never],
    });
    const waiting = async () =>
      (await handle.describe()).raw.pendingActivities?.map((one) => one.activityType?.name);
    return { handle, waiting };
  };
  const workflows = await temporal.worker({ activities: short });
  await workflows.runUntil(async () => {
    const calls = await Promise.all(Array.from({ length: CALLS }, () => started(callTranscriptionWorkflow)));
    for (const { waiting } of calls) await expect.poll(waiting, patient).toEqual(["requestTranscripts"]);
    const reply = await started(conversationWorkflow);
    await expect.poll(reply.waiting, patient).toEqual(["tendConversation"]);
    // Only now is there somebody to do any of it, one thing at a time.
    const language = await temporal.worker({
      activities: asking,
      taskQueue: languageQueue(taskQueue),
      maxConcurrentActivityTaskExecutions: 1,
      maxConcurrentActivityTaskPolls: 1,
    });
    await language.runUntil(() => Promise.all([...calls, reply].map(({ handle }) => handle.result())));
  });
  expect(done).toHaveLength(CALLS + 1);
  expect(done[0]).toBe("reply");
});
