import { afterAll, beforeAll, expect, test } from "vitest";
import type { CallLook, TranscriptStep } from "../activities/index.ts";
import { type TimeSkipping, timeSkipping } from "../test/temporal.ts";
import { type CallInput, languageQueue } from "./handles.ts";

let skipping: TimeSkipping;
let serial = 0;
beforeAll(async () => {
  skipping = await timeSkipping();
});
afterAll(() => skipping.close());

const call: CallLook = {
  call: "completed",
  transcription: "waiting",
  reason: null,
  recordings: 0,
  transcripts: 0,
  waitsFor: null,
  pollMs: 15_000,
};
const step: TranscriptStep = { waitsFor: null, open: 0, failed: 0, pollMs: 15_000 };

/** What each activity says, in the order in which it is asked; the last one goes on saying so. */
interface Script {
  look: CallLook[];
  request?: TranscriptStep[];
  ready?: TranscriptStep[];
  finish?: CallLook[];
  retry?: boolean;
  /** Happens while the outcome is being written down. */
  beforeFinish?: () => Promise<void>;
}

async function run(script: Script, meanwhile?: (workflowId: string) => Promise<void>) {
  const asked: string[] = [];
  const said = <T>(name: string, answers: readonly T[]) => {
    let n = 0;
    return (_: CallInput, ask?: boolean) => {
      asked.push(ask === true ? `${name} by itself` : name);
      return Promise.resolve(answers[Math.min(n++, answers.length - 1)] as T);
    };
  };
  const finish = said("finish", script.finish ?? [{ ...call, transcription: "completed" }]);
  const activities = {
    lookAtCall: said("look", script.look),
    requestTranscripts: said("request", script.request ?? [step]),
    lookAtTranscripts: said("ready?", script.ready ?? [step]),
    storeTranscripts: said("store", [step]),
    finishTranscription: async (input: CallInput) => {
      await script.beforeFinish?.();
      return finish(input);
    },
    retryTranscription: said("retry", [script.retry ?? true]),
  };
  const [worker, language] = await Promise.all([
    skipping.worker({ activities }),
    skipping.worker({ activities, taskQueue: languageQueue(skipping.taskQueue) }),
  ]);
  const workflowId = `call:${++serial}`;
  const toItsEnd = async () => {
    const handle = await skipping.client.workflow.start("callTranscriptionWorkflow", {
      workflowId,
      taskQueue: skipping.taskQueue,
      args: [{ workspaceId: "w", callSid: "c" }],
    });
    await meanwhile?.(workflowId);
    const outcome = await handle.result().catch((error: Error) => error);
    const { startTime, closeTime } = await handle.describe();
    return { outcome, minutes: ((closeTime?.getTime() ?? 0) - startTime.getTime()) / 60_000 };
  };
  const ended = language.runUntil(() => worker.runUntil(toItsEnd));
  return { asked, ...(await ended) };
}

const requested = { ...call, transcription: "requested" };
const failed = { ...call, transcription: "failed", reason: "deadline" };

test("a call · goes from recording to text step by step", async () => {
  const { asked, outcome } = await run({ look: [requested] });
  expect(asked).toEqual(["look", "request", "ready?", "store", "finish"]);
  expect(outcome).toMatchObject({ transcription: "completed" });
});

test("a call · that nobody tells anything about is asked about ever less often", async () => {
  const waits = { ...call, waitsFor: "recording" };
  const { asked, minutes } = await run({
    look: [waits, waits, waits, requested],
    ready: [{ ...step, waitsFor: "the transcript" }, step],
  });
  const looks = ["look", "look by itself", "look by itself", "look by itself"];
  expect(asked).toEqual([...looks, "request", "ready?", "ready?", "store", "finish"]);
  // 15 + 30 + 60 seconds for the recording, 15 for the transcript.
  expect(Math.round(minutes)).toBe(2);
});

test("a call · without anything to write down ends at once", async () => {
  const { asked, outcome } = await run({ look: [{ ...call, transcription: "none", reason: "too_short" }] });
  expect(asked).toEqual(["look"]);
  expect(outcome).toMatchObject({ reason: "too_short" });
});

test("a failed transcription · waits seven days for an operator, then fails for all to see", async () => {
  const { outcome, minutes } = await run({ look: [failed] });
  expect(outcome).toMatchObject({ cause: { type: "TranscriptionFailed" } });
  expect(Math.round(minutes / 60 / 24)).toBe(7);
});

test.each([
  ["retry", ["retry", "request", "ready?", "store", "finish"]],
  ["look", ["request", "ready?", "store", "finish"]],
])("a failed transcription · begins anew by the signal %s", async (signal, steps) => {
  const { asked, outcome } = await run({ look: [failed, requested] }, async (workflowId) => {
    const handle = skipping.client.workflow.getHandle(workflowId);
    await expect.poll(async () => (await handle.describe()).historyLength).toBeGreaterThan(5);
    await handle.signal(signal);
  });
  expect(asked.filter((name) => name !== "look")).toEqual(steps);
  expect(outcome).toMatchObject({ transcription: "completed" });
});

test("a retry by the API · that comes while the failure is being written down is not lost", async () => {
  let tell: (() => Promise<void>) | undefined;
  const { asked, outcome } = await run(
    {
      look: [requested],
      finish: [
        { ...call, transcription: "waiting" },
        { ...call, transcription: "completed" },
      ],
      beforeFinish: () => tell?.() ?? Promise.resolve(),
    },
    async (workflowId) => {
      const handle = skipping.client.workflow.getHandle(workflowId);
      tell = () => {
        tell = undefined;
        return handle.signal("look");
      };
    },
  );
  expect(asked.filter((name) => name === "finish")).toHaveLength(2);
  expect(outcome).toMatchObject({ transcription: "completed" });
});
