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

const { judgeMailSenders } = proxyActivities<Activities>({
  startToCloseTimeout: "10 minutes",
  retry: { maximumAttempts: 3 },
});

/** Judges senders of e-mail by what receiving servers and people make of it. */
export async function mailHealthWorkflow() {
  return judgeMailSenders();
}

const reconciling = proxyActivities<Activities>({
  startToCloseTimeout: "15 minutes",
  heartbeatTimeout: "2 minutes",
  retry: { maximumAttempts: 3 },
});

/** Asks the provider for what its webhooks may have failed to bring. */
export async function reconcileWorkflow() {
  return reconciling.reconcile();
}

const { retain, scoreNightly } = proxyActivities<Activities>({
  startToCloseTimeout: "6 hours",
  heartbeatTimeout: "5 minutes",
  retry: { maximumAttempts: 5 },
});

/** Puts away texts that are too old, in the workspaces where it is past two in the morning. */
export async function retentionWorkflow() {
  return retain();
}

/** Brings the lead scores of everybody up to date, in the workspaces where it is past three in the morning. */
export async function leadScoresWorkflow() {
  return scoreNightly();
}

const { syncMailSuppressions } = proxyActivities<Activities>({
  startToCloseTimeout: "6 hours",
  heartbeatTimeout: "1 minute",
  retry: { maximumAttempts: 5 },
});

/** Brings the suppressions here and the provider's lists together. */
export async function mailSuppressionsWorkflow() {
  return syncMailSuppressions();
}

const { deleteRecordings } = proxyActivities<Activities>({
  startToCloseTimeout: "30 minutes",
  heartbeatTimeout: "2 minutes",
  retry: { maximumAttempts: 3 },
});

/** Deletes recordings of calls that have been kept long enough, or that somebody wants gone. */
export async function recordingDeletionWorkflow() {
  return deleteRecordings();
}

const { watchBanRisk } = proxyActivities<Activities>({
  startToCloseTimeout: "20 minutes",
  heartbeatTimeout: "2 minutes",
  retry: { maximumAttempts: 3 },
});

/** Judges how likely each sender is burnt, and pauses the campaigns of those in danger. */
export async function banRiskWorkflow() {
  return watchBanRisk();
}
