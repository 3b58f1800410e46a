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
import type { Activities, WarmupLook } from "../activities/index.ts";
import { searchAttributes, type WarmupInput } from "./handles.ts";
import { warmupDetails } from "./warmupDetails.ts";
import { takeWarmupUpdates, type WarmupUpdates } from "./warmupUpdates.ts";

const { lookAtWarmup } = proxyActivities<Activities>({
  startToCloseTimeout: "2 minutes",
  retry: { maximumInterval: "1 minute" },
  summary: "Judges the day that has ended, and begins the next if it may",
});

/** The row has changed: look at it. */
export const look = defineSignal("look");

/** How a warmup ended, for whoever reads the run. */
export interface WarmupResult {
  state: WarmupLook["state"];
  day: number;
}

const LONGEST_WAIT_MS = 48 * 3_600_000;

/**
 * The warmup of one number: a step at the end of each day, up its ladder while its days are healthy. What a day allows
 * stands in the sender's row, where everything that sends by it takes its budget from; this only says when it changes.
 */
export async function numberWarmupWorkflow(input: WarmupInput): Promise<WarmupResult> {
  const run: WarmupUpdates = { woken: false, look: undefined, moves: 0 };
  setHandler(look, () => {
    run.woken = true;
  });
  takeWarmupUpdates(input, run);
  let shown = "";
  while (!workflowInfo().continueAsNewSuggested) {
    run.woken = false;
    const { moves } = run;
    const now = await lookAtWarmup(input);
    if (run.moves === moves) run.look = now;
    setCurrentDetails(warmupDetails(now, new Date()));
    if (now.state !== shown) upsertSearchAttributes([{ key: searchAttributes.state, value: now.state }]);
    shown = now.state;
    if (now.state !== "running" && now.state !== "paused") {
      await condition(allHandlersFinished);
      // Somebody may have started it again while the last look was on its way.
      if (!run.woken) return { state: now.state, day: now.day };
      continue;
    }
    const wanted = () => run.woken;
    if (now.waitMs === null) await condition(wanted);
    else
      await condition(wanted, Math.min(now.waitMs + 50, LONGEST_WAIT_MS), {
        summary: `Day ${now.day} of ${now.ladder.length} lasts`,
      });
  }
  await condition(allHandlersFinished);
  return continueAsNew<typeof numberWarmupWorkflow>(input);
}
