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
import type { Activities, CampaignCommand, DripLook } from "../activities/index.ts";
import { type CampaignUpdates, takeUpdates } from "./campaignUpdates.ts";
import { dripDetails } from "./dripDetails.ts";
import { type CampaignInput, searchAttributes } from "./handles.ts";

const long = (summary: string) =>
  proxyActivities<Activities>({
    startToCloseTimeout: "15 minutes",
    heartbeatTimeout: "1 minute",
    retry: { maximumInterval: "30 seconds" },
    summary,
  });
const short = (summary: string) =>
  proxyActivities<Activities>({
    startToCloseTimeout: "2 minutes",
    retry: { maximumInterval: "30 seconds" },
    summary,
  });
const { driveDrip } = long("Enrolls people and takes the steps that are due");
const { cancelEnrollments } = long("Cancels everybody who is still on their way");
const { cancelQueuedMessages } = long("Cancels what is still queued");
const { commandCampaign } = short("Carries out an operator's word");
const { closeCampaign } = short("Takes the ended sequence out of its senders' lanes");

/** The rows have changed: look at them. */
export const look = defineSignal("look");
export const pause = defineSignal("pause");
export const resume = defineSignal("resume");
export const cancel = defineSignal("cancel");

/** How a sequence ended, for whoever reads the run. */
export interface DripResult {
  state: string;
  /** People by the state in which they ended. */
  people: Record<string, number>;
}

/** People who are due within so short a time of each other are taken together: from one to twenty seconds, as it is busy. */
const SHORTEST_ROUND_MS = 1_000;
const LONGEST_ROUND_MS = 20_000;
/** While nothing happens its figures are shown again, and its end is looked for, in growing intervals. */
const FIRST_REFRESH_MS = 5_000;
const LAST_REFRESH_MS = 10 * 60_000;
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** Counting its people is one scan of their rows. */
const COUNT_EVERY_MS = 60_000;

/**
 * One drip sequence, for as long as it runs: sleeps until the earliest step is due, takes all that are due in batches,
 * and ends with its last person. The truth is in the rows; signals only say that there is something to look at.
 */
export async function dripSequenceWorkflow(input: CampaignInput): Promise<DripResult> {
  const run = listen(input);
  const shown = { state: "", counts: null as DripLook["counts"], countedAt: 0 };
  let roundMs = SHORTEST_ROUND_MS;
  let refreshMs = FIRST_REFRESH_MS;
  while (!workflowInfo().continueAsNewSuggested) {
    for (let command = run.commands.shift(); command !== undefined; command = run.commands.shift())
      await commandCampaign(input, command);
    run.woken = false;
    const { moves } = run;
    const now = await driveDrip(input, { count: Date.now() - shown.countedAt >= COUNT_EVERY_MS });
    if (run.moves === moves) run.state = now.state;
    if (now.state !== shown.state) {
      upsertSearchAttributes([{ key: searchAttributes.state, value: now.state }]);
      shown.state = now.state;
    }
    show(shown, now);
    if (hasEnded(now)) return await end(input, now);

    const busy = now.taken + now.enrolled > 0;
    const pressed = busy && now.waitMs !== null && now.waitMs < roundMs;
    roundMs = pressed ? Math.min(roundMs * 1.6, LONGEST_ROUND_MS) : SHORTEST_ROUND_MS;
    refreshMs = busy ? FIRST_REFRESH_MS : Math.min(refreshMs * 1.6, LAST_REFRESH_MS);
    await condition(() => run.woken || run.commands.length > 0, waitOf(now, roundMs, refreshMs), {
      summary: waitsFor(now),
    });
    if (run.woken) refreshMs = FIRST_REFRESH_MS;
  }
  await condition(allHandlersFinished);
  return continueAsNew<typeof dripSequenceWorkflow>(input);
}

interface Run extends CampaignUpdates {
  commands: CampaignCommand[];
}

function listen(input: CampaignInput): Run {
  const run: Run = { woken: false, state: undefined, moves: 0, commands: [] };
  setHandler(look, () => {
    run.woken = true;
  });
  takeUpdates(input, run);
  setHandler(pause, () => void run.commands.push("pause"));
  setHandler(resume, () => void run.commands.push("resume"));
  setHandler(cancel, () => void run.commands.push("cancel"));
  return run;
}

function show(shown: { counts: DripLook["counts"]; countedAt: number }, now: DripLook): void {
  if (now.counts !== null) {
    shown.counts = now.counts;
    shown.countedAt = Date.now();
  }
  setCurrentDetails(dripDetails(now, shown.counts, new Date()));
}

const hasEnded = (now: DripLook) =>
  now.state === "completed" || now.state === "cancelled" || now.state === "failed";

/** A timer until something is due, but no shorter than a round; one that runs is shown again in any case. */
function waitOf(now: DripLook, roundMs: number, refreshMs: number): number {
  if (now.state === "scheduled") return Math.min((now.waitMs ?? 0) + 50, LONGEST_WAIT_MS);
  if (now.state !== "running") return LONGEST_WAIT_MS;
  return Math.max(Math.min(now.waitMs ?? refreshMs, refreshMs), roundMs);
}

function waitsFor(now: DripLook): string {
  if (now.state !== "running") return `Is ${now.state}: waits for its time or for somebody's word`;
  return now.blocked === null ? "Until the next step is due" : "Until it can be sent again";
}

async function end(input: CampaignInput, now: DripLook): Promise<DripResult> {
  if (now.state !== "completed") {
    await cancelEnrollments(input);
    await cancelQueuedMessages(input);
  }
  const final = await driveDrip(input, { count: true });
  setCurrentDetails(dripDetails(final, final.counts, new Date()));
  await closeCampaign(input);
  await condition(allHandlersFinished);
  return { state: final.state, people: final.counts?.by_state ?? {} };
}
