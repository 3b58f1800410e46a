import {
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities, FitReport } from "../activities/index.ts";
import { type LeadScoreFitInput, languagePriority, languageQueue, searchAttributes } from "./handles.ts";
import { fitDetails } from "./leadScoreFitDetails.ts";

const patience = { heartbeatTimeout: "2 minutes", retry: { maximumInterval: "1 minute" } } as const;
const { scoreByFit } = proxyActivities<Activities>({
  ...patience,
  startToCloseTimeout: "6 hours",
  summary: "Scores everybody by what was decided",
});

export const look = defineSignal("look");

/**
 * One fit of the lead score's weights: reads people as they were before they bought, fits, and ends with what came of
 * it. Begun again by whoever applies or drops it, as then everybody has to be scored anew.
 */
export async function leadScoreFitWorkflow(input: LeadScoreFitInput): Promise<FitReport> {
  let looked = false;
  setHandler(look, () => {
    looked = true;
  });
  const { fitLeadScores } = proxyActivities<Activities>({
    ...patience,
    startToCloseTimeout: "1 hour",
    taskQueue: languageQueue(workflowInfo().taskQueue),
    priority: { priorityKey: languagePriority.fit, fairnessKey: input.workspaceId },
    summary: "Reads people as they were before they bought, and fits the weights",
  });

  let report: FitReport;
  do {
    looked = false;
    show(null, null);
    report = await fitLeadScores(input);
    show(report, null);
    const scored = await scoreByFit(input);
    if (scored) show(report, scored.people);
  } while (looked);
  return report;
}

function show(report: FitReport | null, scored: number | null): void {
  upsertSearchAttributes([{ key: searchAttributes.state, value: report?.state ?? "running" }]);
  setCurrentDetails(fitDetails(report, scored));
}
