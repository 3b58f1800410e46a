import { proxyActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

const { refreshTemplates, keepHouse } = proxyActivities<Activities>({
  startToCloseTimeout: "10 minutes",
  retry: { maximumAttempts: 5 },
});

/** Asks Twilio about the approval of templates; temporal/schedules.ts says how often. */
export async function refreshTemplatesWorkflow() {
  return refreshTemplates();
}

/** Deletes what has served its time. */
export async function housekeepingWorkflow() {
  return keepHouse();
}
