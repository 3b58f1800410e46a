import { setSenderStatus } from "../db/senders.ts";
import type { SenderInput } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

export function senderActivities(deps: ActivityDeps) {
  return {
    /** An operator's word from Temporal UI. A sender that the provider has stopped is not resumed by it. */
    async setSenderPaused(input: SenderInput, paused: boolean): Promise<void> {
      await setSenderStatus(deps.db, input.workspaceId, input.senderId, {
        from: paused ? "active" : "paused",
        to: paused ? "paused" : "active",
        reason: paused ? "operator" : null,
      });
    },
  };
}
