import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from "@temporalio/client";

const RECONCILE = "reconcile";
const SUPPRESSIONS = "mail-suppressions";
/** Run at once as well: what they ask for may have been missed while nothing of ours was running. */
const AT_START = [RECONCILE, SUPPRESSIONS];

/** One schedule for each kind of job, not for each workspace. */
const SCHEDULES = [
  {
    id: "refresh-templates",
    workflow: "refreshTemplatesWorkflow",
    every: "10 minutes",
    note: "Approval of WhatsApp templates",
  },
  {
    id: "delete-recordings",
    workflow: "recordingDeletionWorkflow",
    every: "10 minutes",
    note: "Deletes recordings of calls that are old or unwanted, also at the provider",
  },
  {
    id: "housekeeping",
    workflow: "housekeepingWorkflow",
    every: "1 hour",
    note: "Deletes what has served its time",
  },
  {
    id: "retention",
    workflow: "retentionWorkflow",
    every: "15 minutes",
    note: "Puts away old texts, at 2:00 by the clock of each workspace",
  },
  {
    id: "lead-scores",
    workflow: "leadScoresWorkflow",
    every: "15 minutes",
    note: "Brings all lead scores up to date, at 3:00 by the clock of each workspace",
  },
  {
    id: "mail-health",
    workflow: "mailHealthWorkflow",
    every: "5 minutes",
    note: "Complaints, bounces and deferrals of each sender of e-mail",
  },
  {
    id: SUPPRESSIONS,
    workflow: "mailSuppressionsWorkflow",
    every: "1 day",
    note: "Suppression lists of the provider of e-mail, both ways",
  },
  {
    id: "ban-risk",
    workflow: "banRiskWorkflow",
    every: "30 minutes",
    note: "Judges what each sender did in the last 24 hours; pauses the campaigns of those in danger",
  },
  {
    id: RECONCILE,
    workflow: "reconcileWorkflow",
    every: "5 minutes",
    note: "Asks providers for what their webhooks may have failed to bring",
  },
] as const;

/**
 * Creates the schedules that are missing and brings the others to what stands here; repeatable.
 */
export async function ensureSchedules(temporal: Client, taskQueue: string): Promise<void> {
  for (const { id, workflow, every, note } of SCHEDULES) {
    const spec = { intervals: [{ every }] };
    const action = {
      type: "startWorkflow" as const,
      workflowType: workflow,
      taskQueue,
      workflowId: id,
      args: [],
    };
    const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1 hour" } as const;
    const scheduleId = `${taskQueue}:${id}`;
    try {
      await temporal.schedule.create({ scheduleId, spec, action, policies, state: { note } });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await temporal.schedule
        .getHandle(scheduleId)
        .update((before) => ({ ...before, spec, action, policies, state: { ...before.state, note } }));
    }
  }
  for (const id of AT_START)
    await temporal.schedule.getHandle(`${taskQueue}:${id}`).trigger(ScheduleOverlapPolicy.SKIP);
}
