import { heartbeat } from "@temporalio/activity";
import {
  findUnwanted,
  markDeleted,
  requestDeletionOfOld,
  workspacesWithRecordings,
} from "../db/recordings.ts";
import { settingsOf } from "../domain/settings.ts";
import type { CallDeps } from "./calls.ts";

export interface DeletionReport {
  /** Kept for as long as their workspace wants. */
  expired: number;
  deleted: number;
  /** Could not be asked for now; they come up again with the next run. */
  unanswered: number;
}

const PER_RUN = 500;

export function recordingActivities(deps: CallDeps) {
  return {
    /**
     * Deletes recordings that have been kept long enough or that somebody wants gone, with the transcripts that the
     * provider keeps of them. Repeatable: what the provider has no more counts as deleted.
     */
    async deleteRecordings(): Promise<DeletionReport> {
      const report: DeletionReport = { expired: 0, deleted: 0, unanswered: 0 };
      for (const { id, settings } of await workspacesWithRecordings(deps.db)) {
        const keepDays = settingsOf(settings).voice.keep_recordings_days;
        if (keepDays !== null)
          report.expired += await requestDeletionOfOld(deps.db, { id, keepDays }, PER_RUN);
      }
      for (const unwanted of await findUnwanted(deps.db, PER_RUN)) {
        heartbeat(report);
        try {
          const { provider } = await deps.voiceOf(unwanted.workspace_id, unwanted.provider_account_id);
          const transcripts = [unwanted.transcript_sid, ...(unwanted.given_up_sids ?? [])];
          for (const sid of transcripts) if (sid !== null) await provider.deleteTranscript(sid);
          await provider.deleteRecording(unwanted.recording_sid);
          await markDeleted(deps.db, unwanted.id);
          report.deleted += 1;
        } catch (error) {
          // One account's trouble must not keep the others waiting.
          deps.log.warn(
            { why: (error as Error).message },
            "a recording could not be deleted; it comes again",
          );
          report.unanswered += 1;
        }
      }
      return report;
    },
  };
}
