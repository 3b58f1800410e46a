import { heartbeat } from "@temporalio/activity";
import { inTransaction } from "../db/connect.ts";
import { findSender, setSenderStatus } from "../db/senders.ts";
import { findStranded, moveStranded } from "../db/stoppedSenders.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import type { Channel } from "../domain/address.ts";
import { type SenderInput, wakeSender } from "../workflows/handles.ts";
import { beating } from "./beating.ts";
import type { ActivityDeps } from "./deps.ts";

/** What became of the messages that waited for a sender the provider has stopped. */
export interface ReleaseReport {
  moved: number;
  /** Of people who could have another sender, if there was one. */
  left: number;
  /** Until another one may be there; null: not before somebody says so. */
  waitMs: number | null;
}

const PAGE = 500;
const LOOK_AGAIN_MS = 10 * 60_000;
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

export function senderActivities(deps: ActivityDeps) {
  return {
    /** An operator's word from Temporal UI. A sender that the provider has stopped is not resumed by it. */
    setSenderPaused: beating(async (input: SenderInput, paused: boolean): Promise<void> => {
      await setSenderStatus(deps.db, input.workspaceId, input.senderId, {
        from: paused ? "active" : "paused",
        to: paused ? "paused" : "active",
        reason: paused ? "operator" : null,
      });
    }),

    /**
     * Gives people whom a stopped sender has never reached another sender; the others wait for it. Repeatable: what
     * has moved is not there any more.
     */
    releaseStopped: beating(async (input: SenderInput): Promise<ReleaseReport> => {
      const sender = await findSender(deps.db, input.workspaceId, input.senderId);
      const report: ReleaseReport = { moved: 0, left: 0, waitMs: null };
      if (sender === undefined) return report;
      const on = { ...sender, channel: sender.channel as Channel };
      for (let after = FIRST_ID; ; ) {
        const stranded = await findStranded(deps.db, sender.id, { after, limit: PAGE });
        for (const [lane, messages] of Map.groupBy(stranded, (message) => message.lane)) {
          const { moved, left } = await inTransaction(deps.db, async (tx) => {
            const result = await moveStranded(tx, on, lane, messages);
            await oweWake(
              tx,
              result.to.map((id) => wakeSender({ ...on, id })),
            );
            return result;
          });
          report.moved += moved;
          report.left += left;
        }
        heartbeat(report);
        if (stranded.length < PAGE) break;
        after = stranded.at(-1)?.id ?? after;
      }
      if (report.moved > 0) deps.kick();
      if (report.left > 0) report.waitMs = LOOK_AGAIN_MS;
      return report;
    }),
  };
}
