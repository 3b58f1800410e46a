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
import type { Activities } from "../activities/index.ts";
import { conversationDetails } from "./conversationDetails.ts";
import { type ConversationInput, languagePriority, languageQueue, searchAttributes } from "./handles.ts";

/** The person has written, or somebody here has done something: look. */
export const look = defineSignal("look");

/**
 * One conversation from its first message until it closes, and again when it is opened. It is told of a burst of
 * messages when that is over (db/temporalOutbox.ts keeps the wake until then), has it answered or handed over once,
 * watches that an answer is given in time, closes it when it is quiet.
 */
export async function conversationWorkflow(input: ConversationInput): Promise<void> {
  const { tendConversation } = proxyActivities<Activities>({
    taskQueue: languageQueue(workflowInfo().taskQueue),
    priority: { priorityKey: languagePriority.reply, fairnessKey: input.workspaceId },
    startToCloseTimeout: "5 minutes",
    heartbeatTimeout: "6 seconds",
    retry: { initialInterval: "1 second", maximumInterval: "1 minute" },
    summary: "Does what is due",
  });
  let woken = false;
  setHandler(look, () => {
    woken = true;
  });
  let shown: string | undefined;
  for (;;) {
    // Cleared before the activity looks, never after: what comes meanwhile is seen or looked at again.
    woken = false;
    const report = await tendConversation(input);
    if (report.state !== shown) {
      shown = report.state;
      upsertSearchAttributes([{ key: searchAttributes.state, value: report.state }]);
    }
    setCurrentDetails(conversationDetails(report, new Date()));
    if (woken) continue;
    if (report.ended) return;
    if (workflowInfo().continueAsNewSuggested) return continueAsNew<typeof conversationWorkflow>(input);
    if (report.waitMs === null) await condition(() => woken);
    else await condition(() => woken, report.waitMs, { summary: report.waitsFor });
  }
}
