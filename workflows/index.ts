/** What the worker bundles: one export for each workflow. */
export { campaignWorkflow } from "./campaignWorkflow.ts";
export { senderWorkflow } from "./senderWorkflow.ts";
export { numberWarmupWorkflow } from "./numberWarmupWorkflow.ts";
export {
  banRiskWorkflow,
  housekeepingWorkflow,
  mailHealthWorkflow,
  mailSuppressionsWorkflow,
  leadScoresWorkflow,
  reconcileWorkflow,
  refreshTemplatesWorkflow,
  retentionWorkflow,
} from "./scheduledWorkflows.ts";
export { dripSequenceWorkflow } from "./dripSequenceWorkflow.ts";
export { contactImportWorkflow } from "./contactImportWorkflow.ts";
export { leadScoreFitWorkflow } from "./leadScoreFitWorkflow.ts";
export { erasureWorkflow } from "./erasureWorkflow.ts";
export { conversationWorkflow } from "./conversationWorkflow.ts";
export { callTranscriptionWorkflow } from "./callTranscriptionWorkflow.ts";
export { recordingDeletionWorkflow } from "./scheduledWorkflows.ts";
