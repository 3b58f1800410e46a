import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities, CallLook, TranscriptStep } from "../activities/index.ts";
import { pollAfter } from "../domain/call.ts";
import { callDetails } from "./callDetails.ts";
import { type CallInput, languagePriority, languageQueue, searchAttributes } from "./handles.ts";

const patience = {
  startToCloseTimeout: "15 minutes",
  heartbeatTimeout: "8 seconds",
  retry: { maximumInterval: "1 minute" },
} as const;
const activities = (summary: string) => proxyActivities<Activities>({ ...patience, summary });
const { lookAtCall } = activities("Looks at the call and its recordings");
const { lookAtTranscripts } = activities("Asks whether the transcripts are ready");
/** Steps that may end in a summary, which a model may write. */
const writing = (input: CallInput, summary: string) =>
  proxyActivities<Activities>({
    ...patience,
    taskQueue: languageQueue(workflowInfo().taskQueue),
    priority: { priorityKey: languagePriority.call, fairnessKey: input.workspaceId },
    summary,
  });
const { finishTranscription, retryTranscription } = proxyActivities<Activities>({
  startToCloseTimeout: "1 minute",
  retry: { maximumInterval: "1 minute" },
});

/** A webhook or the API has changed something: look. */
export const look = defineSignal("look");
/** An operator's word: a transcription that has failed begins anew. */
export const retry = defineSignal("retry");

/** How long a failed transcription waits here for an operator; afterwards the API begins another run. */
const OPEN_FOR = "7 days";

/**
 * One call, from its first ring to its text: waits for the recording, has it transcribed once, waits for that, writes
 * it down. Webhooks only make it look sooner: without any it asks, ever less often, until the deadline.
 */
export async function callTranscriptionWorkflow(input: CallInput): Promise<CallLook> {
  const run = listen();
  for (;;) {
    const outcome = await transcribe(input, run);
    show(outcome);
    // Whoever has said something since the last look is heard: the API may have had it tried again meanwhile.
    if (!run.woken && !run.retry) {
      if (outcome.transcription === "completed" || outcome.transcription === "none") return outcome;
      if (outcome.transcription === "failed") await waitForOperator(outcome, run);
    }
    if (run.retry) await retryTranscription(input);
    run.retry = false;
    if (workflowInfo().continueAsNewSuggested) return continueAsNew<typeof callTranscriptionWorkflow>(input);
  }
}

async function waitForOperator({ reason }: CallLook, run: Run): Promise<void> {
  const again = await condition(() => run.retry || run.woken, OPEN_FOR, {
    summary: "Until an operator has it tried again",
  });
  if (!again)
    throw ApplicationFailure.nonRetryable(`The transcription failed: ${reason}`, "TranscriptionFailed");
}

interface Run {
  woken: boolean;
  retry: boolean;
}

function listen(): Run {
  const run: Run = { woken: false, retry: false };
  setHandler(look, () => {
    run.woken = true;
  });
  setHandler(retry, () => {
    run.retry = true;
  });
  return run;
}

async function transcribe(input: CallInput, run: Run): Promise<CallLook> {
  const call = await patiently(run, (asked) => lookAtCall(input, asked), show);
  if (call.transcription !== "requested" && call.transcription !== "in_progress") return call;
  const { requestTranscripts } = writing(input, "Has the recordings transcribed, each once");
  const { storeTranscripts } = writing(input, "Writes down what was said");
  const say = (step: TranscriptStep) =>
    show({ ...call, transcription: "in_progress", waitsFor: step.waitsFor });
  await patiently(run, () => requestTranscripts(input), say);
  await patiently(run, () => lookAtTranscripts(input), say);
  await patiently(run, () => storeTranscripts(input), say);
  return finishTranscription(input);
}

/** Takes a step until it waits for nothing any more: at once when told to look, else after ever longer waits. */
async function patiently<Step extends { waitsFor: string | null; pollMs: number }>(
  run: Run,
  take: (asked: boolean) => Promise<Step>,
  say: (step: Step) => void,
): Promise<Step> {
  let unanswered = 0;
  for (let told = true; ; ) {
    // Cleared before the look, never after: what comes meanwhile is seen or wakes the next one.
    run.woken = false;
    const step = await take(!told);
    if (step.waitsFor === null) return step;
    say(step);
    told = await condition(() => run.woken, pollAfter(unanswered, step.pollMs), {
      summary: `Waits for ${step.waitsFor}`,
    });
    unanswered += told ? 0 : 1;
  }
}

function show(call: CallLook): void {
  upsertSearchAttributes([{ key: searchAttributes.state, value: call.transcription }]);
  setCurrentDetails(callDetails(call));
}
