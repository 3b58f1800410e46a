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
import type { Activities, ImportReport } from "../activities/index.ts";
import { type ImportInput, searchAttributes } from "./handles.ts";
import { importDetails } from "./importDetails.ts";

const { readImportRows, recordImportConsents } = proxyActivities<Activities>({
  startToCloseTimeout: "10 minutes",
  heartbeatTimeout: "1 minute",
  retry: { maximumInterval: "1 minute" },
});
const { clearImportWork, cancelImport } = proxyActivities<Activities>({
  startToCloseTimeout: "10 minutes",
  retry: { maximumInterval: "1 minute" },
});

/** The row has changed: the batch that is being written sees it, so there is nothing to do here. */
export const look = defineSignal("look");
export const cancel = defineSignal("cancel");

/**
 * One import: reads the file stretch by stretch, records consents when all rows are known, and puts away the file.
 * What has been written stands in the row's cursor, so that whatever dies, the next try goes on from there.
 */
export async function contactImportWorkflow(input: ImportInput): Promise<ImportReport> {
  let cancelled = false;
  setHandler(look, () => {});
  setHandler(cancel, () => {
    cancelled = true;
  });

  let report: ImportReport;
  do {
    if (workflowInfo().continueAsNewSuggested) return continueAsNew<typeof contactImportWorkflow>(input);
    const stretch = readImportRows(input);
    // The row tells the activity that it is over; its batch is written or not, but never half.
    await Promise.race([stretch, condition(() => cancelled)]);
    if (cancelled) await cancelImport(input);
    report = await stretch;
    show(report);
  } while (report.state === "running" && report.phase === "rows");

  while (report.phase !== "ended") {
    report = await recordImportConsents(input);
    show(report);
  }
  await clearImportWork(input);
  return report;
}

function show(report: ImportReport): void {
  upsertSearchAttributes([{ key: searchAttributes.state, value: report.state }]);
  setCurrentDetails(importDetails(report));
}
