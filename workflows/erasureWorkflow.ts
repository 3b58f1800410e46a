import {
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities, ErasureReport } from "../activities/index.ts";
import { erasureDetails, nextLookMs, ROUNDS } from "./erasureDetails.ts";
import { type ErasureInput, searchAttributes } from "./handles.ts";

const { erasePerson } = proxyActivities<Activities>({
  startToCloseTimeout: "30 minutes",
  heartbeatTimeout: "2 minutes",
  retry: { maximumInterval: "5 minutes" },
  summary: "Empties what is left of the person, here and at the provider",
});
const { certifyErasure } = proxyActivities<Activities>({
  startToCloseTimeout: "1 minute",
  retry: { maximumInterval: "1 minute" },
  summary: "Writes the certificate",
});

export const look = defineSignal("look");

/**
 * One erasure: empties what names the person, again and again until nothing is at work with them any more (a message in
 * flight, an import that reads an older file) and the provider has given up what it had; then writes the certificate.
 */
export async function erasureWorkflow(input: ErasureInput): Promise<ErasureReport> {
  let looked = false;
  setHandler(look, () => {
    looked = true;
  });

  for (let round = input.round ?? 0; ; round++) {
    looked = false;
    const report = await erasePerson(input);
    const left = report.busy + report.provider.remaining;
    if (left === 0 || round >= ROUNDS) {
      await certifyErasure({ ...input, left });
      show(left === 0 ? "completed" : "incomplete", report, null);
      return report;
    }
    const waitMs = nextLookMs(round);
    show("running", report, waitMs);
    if (workflowInfo().continueAsNewSuggested)
      return continueAsNew<typeof erasureWorkflow>({ ...input, round: round + 1 });
    await condition(() => looked, waitMs);
  }
}

function show(state: "running" | "completed" | "incomplete", report: ErasureReport, waitMs: number | null) {
  upsertSearchAttributes([{ key: searchAttributes.state, value: state }]);
  setCurrentDetails(erasureDetails(state, report, waitMs === null ? null : new Date(Date.now() + waitMs)));
}
