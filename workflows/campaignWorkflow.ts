import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities, CampaignCommand, CampaignLook } from "../activities/index.ts";
import { campaignDetails } from "./campaignDetails.ts";
import { type CampaignUpdates, takeUpdates } from "./campaignUpdates.ts";
import { type CampaignInput, searchAttributes } from "./handles.ts";

const short = (summary: string) =>
  proxyActivities<Activities>({
    startToCloseTimeout: "2 minutes",
    heartbeatTimeout: "10 seconds",
    retry: { maximumInterval: "30 seconds" },
    summary,
  });
const long = (summary: string) =>
  proxyActivities<Activities>({
    startToCloseTimeout: "15 minutes",
    heartbeatTimeout: "10 seconds",
    retry: { maximumInterval: "30 seconds" },
    summary,
  });
const { lookAtCampaign } = short("Looks at the campaign and takes the steps that are due");
const { commandCampaign } = short("Carries out an operator's word");
const { wakeCampaignSenders } = short("Tells the senders that there is something to send");
const { closeCampaign } = short("Takes the ended campaign out of its senders' lanes");
const { planAudience } = long("Gives everyone in the audience a row");
const { cancelQueuedMessages } = long("Cancels what is still queued");
const { releaseCanaryRest } = long("Releases those who waited for the canary");

/** The row has changed: look at it. */
export const look = defineSignal("look");
export const pause = defineSignal("pause");
export const resume = defineSignal("resume");
export const cancel = defineSignal("cancel");
/** The rest need not wait for the canary any more. */
export const canaryContinue = defineSignal("canaryContinue");

/** How a campaign ended, for whoever reads the run. */
export interface CampaignResult {
  state: string;
  counts: Record<string, number>;
}

const FIRST_REFRESH_MS = 5_000;
const LAST_REFRESH_MS = 60_000;
/** An operator who is to decide about a canary is told by an alert, and tells by a signal. */
const UNDECIDED_REFRESH_MS = 10 * 60_000;
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** Most receipts of a campaign's last messages have come by then; later ones still count in its row. */
const LATE_RECEIPTS_MS = 60_000;

/**
 * One campaign, from its schedule to its end: waits for its time, plans its audience, and stays until nothing of it is
 * queued, being sent or in doubt. The truth is in its row; signals only say that there is something to look at.
 */
export async function campaignWorkflow(input: CampaignInput): Promise<CampaignResult> {
  const run = listen(input);
  let refreshMs = FIRST_REFRESH_MS;
  let shown = "";
  let told = false;
  while (!workflowInfo().continueAsNewSuggested) {
    await obey(input, run);
    run.woken = false;
    const { moves } = run;
    const now = await lookAtCampaign(input);
    if (run.moves === moves) run.state = now.state;
    if (now.state !== shown) {
      upsertSearchAttributes([{ key: searchAttributes.state, value: now.state }]);
      shown = now.state;
      refreshMs = FIRST_REFRESH_MS;
    }
    const sending = now.state === "running" && now.planned;
    // Again once all is planned: a sender may have run dry between two pages.
    if (sending && !told) await wakeCampaignSenders(input);
    told = sending;
    setCurrentDetails(campaignDetails(now, new Date()));

    if (hasEnded(now)) return await end(input, now);
    if (now.state === "running" && !now.planned) {
      await planAudience(input);
      continue;
    }
    if (now.canary?.releasing) {
      await releaseCanaryRest(input);
      continue;
    }
    await condition(() => run.woken || run.commands.length > 0, waitOf(now, refreshMs), {
      summary: waitsFor(now),
    });
    if (now.state === "running") refreshMs = Math.min(refreshMs * 1.6, LAST_REFRESH_MS);
  }
  await condition(allHandlersFinished);
  return continueAsNew<typeof campaignWorkflow>(input);
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
  setHandler(canaryContinue, () => void run.commands.push("canary_continue"));
  return run;
}

/** An operator's words, in their order; one that does not fit the campaign's state changes nothing. */
async function obey(input: CampaignInput, run: Run): Promise<void> {
  for (let command = run.commands.shift(); command !== undefined; command = run.commands.shift())
    await commandCampaign(input, command);
}

const hasEnded = (now: CampaignLook) =>
  now.state === "completed" || now.state === "cancelled" || now.state === "failed";

/** A timer as long as the campaign's own time or its canary's, or until its figures are worth showing again. */
function waitOf(now: CampaignLook, refreshMs: number): number {
  const judged = now.canary?.phase;
  if (now.state === "running" && (judged === "held" || judged === "stopped")) return UNDECIDED_REFRESH_MS;
  if (now.state === "running" && now.canary?.waitMs != null)
    return Math.min(now.canary.waitMs + 50, LONGEST_WAIT_MS);
  if (now.state === "scheduled") return Math.min(now.waitMs + 50, LONGEST_WAIT_MS);
  return now.state === "running" ? refreshMs : LONGEST_WAIT_MS;
}

const waitsFor = (now: CampaignLook) =>
  now.state === "running"
    ? "Shows its figures again"
    : `Is ${now.state}: waits for its time or for somebody's word`;

async function end(input: CampaignInput, now: CampaignLook): Promise<CampaignResult> {
  if (now.state !== "completed") await cancelQueuedMessages(input);
  let final = now.state === "completed" ? now : await lookAtCampaign(input);
  setCurrentDetails(campaignDetails(final, new Date()));
  await closeCampaign(input);
  if (patched("count-late-receipts")) {
    await sleep(LATE_RECEIPTS_MS, { summary: "Lets the last receipts come in" });
    final = await lookAtCampaign(input);
    setCurrentDetails(campaignDetails(final, new Date()));
    await condition(allHandlersFinished);
  }
  return { state: final.state, counts: final.counts.by_state };
}
