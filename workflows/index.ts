/** What the worker bundles: one export for each workflow. */
export { campaignWorkflow } from "./campaignWorkflow.ts";
export { senderWorkflow } from "./senderWorkflow.ts";
export { housekeepingWorkflow, reconcileWorkflow, refreshTemplatesWorkflow } from "./scheduledWorkflows.ts";
export { contactImportWorkflow } from "./contactImportWorkflow.ts";
