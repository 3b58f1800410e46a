import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { deliveryQueue, type SenderInput, searchAttributes } from "./handles.ts";
import { senderDetails } from "./senderDetails.ts";

const short = (summary: string) =>
  proxyActivities<Activities>({
    startToCloseTimeout: "5 minutes",
    heartbeatTimeout: "10 seconds",
    retry: { maximumInterval: "1 minute" },
    summary,
  });
const { settleDoubtful } = short("Asks the provider what became of messages in doubt");
const { setSenderPaused } = short("Carries out an operator's word");
const { releaseStopped } = short("Gives new recipients of a stopped sender to others");

/** There may be something to send: look. */
export const look = defineSignal("look");
export const pause = defineSignal("pause");
export const resume = defineSignal("resume");

const LONGEST_WAIT_MS = 24 * 3_600_000;

/**
 * One sender, for as long as it exists: the only thing that lets it send. Runs one delivery slice after another while
 * there is work, and sleeps until the next due moment, the next budget or the next signal.
 */
export async function senderWorkflow(input: SenderInput): Promise<void> {
  const { deliverSlice } = proxyActivities<Activities>({
    taskQueue: deliveryQueue(workflowInfo().taskQueue),
    startToCloseTimeout: "15 minutes",
    heartbeatTimeout: "8 seconds",
    retry: { initialInterval: "1 second", maximumInterval: "30 seconds" },
    summary: "Sends what is due",
  });
  const run = listen();
  let settling = false;
  const settled = () => {
    settling = false;
  };
  while (!workflowInfo().continueAsNewSuggested) {
    for (let paused = run.commands.shift(); paused !== undefined; paused = run.commands.shift())
      await setSenderPaused(input, paused === "pause");
    // Cleared before the slice looks, never after: what comes meanwhile is seen or wakes the next one.
    run.woken = false;
    const report = await deliverSlice(input);
    setCurrentDetails(senderDetails(report, new Date()));
    upsertSearchAttributes([{ key: searchAttributes.state, value: report.why }]);
    if (report.why === "removed") return;
    if (report.doubtful > 0 && !settling) {
      settling = true;
      void settle(input, run).finally(settled);
    }
    const next = report.why === "sender_stopped" ? await releaseStopped(input) : report;
    const wanted = () => run.woken || run.commands.length > 0;
    if (next.waitMs === null) await condition(wanted);
    else if (next.waitMs > 0)
      await condition(wanted, Math.min(next.waitMs, LONGEST_WAIT_MS), { summary: `Waits: ${report.why}` });
  }
  // What is in doubt may wait for an operator: the next run takes it up again, and sending goes on meanwhile.
  run.ending = true;
  await condition(() => allHandlersFinished() && !settling);
  return continueAsNew<typeof senderWorkflow>(input);
}

interface Run {
  woken: boolean;
  ending: boolean;
  commands: ("pause" | "resume")[];
}

function listen(): Run {
  const run: Run = { woken: false, ending: false, commands: [] };
  setHandler(look, () => {
    run.woken = true;
  });
  setHandler(pause, () => void run.commands.push("pause"));
  setHandler(resume, () => void run.commands.push("resume"));
  return run;
}

/** Beside the slices, so that what is in doubt never holds up what is not. */
async function settle(input: SenderInput, run: Run): Promise<void> {
  while (!run.ending) {
    const report = await settleDoubtful(input);
    if (report.waitMs === null) return;
    await condition(() => run.ending, report.waitMs, { summary: "Until the provider is asked again" });
  }
}
