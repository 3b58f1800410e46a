import { ApplicationFailure } from "@temporalio/activity";
import { openAlert, resolveAlert } from "../db/alerts.ts";
import { nameParties } from "../db/callEvents.ts";
import {
  advanceCall,
  type Call,
  findCall,
  findVoiceSettings,
  reopenTranscription,
  retryTranscription,
  setTranscription,
} from "../db/calls.ts";
import { databaseNow, inTransaction } from "../db/connect.ts";
import { listRecordings, type Recording, saveRecordings } from "../db/recordings.ts";
import { ensureTranscripts, failOpenTranscripts, listTranscriptsOf } from "../db/transcripts.ts";
import {
  callStateOfTwilio,
  hasEnded,
  isWorthIt,
  judgeCall,
  type RecordingFacts,
  recordingStateOfTwilio,
} from "../domain/call.ts";
import type { VoiceSettings } from "../domain/callSettings.ts";
import type { VoiceAccount } from "../providers/voice.ts";
import type { CallInput } from "../workflows/handles.ts";
import { beating } from "./beating.ts";
import type { ActivityDeps } from "./deps.ts";

/** How a call stands on its way to its text: ids, counts and states only. */
export interface CallLook {
  call: string;
  transcription: string;
  reason: string | null;
  recordings: number;
  transcripts: number;
  /** What it waits for; null: there is something to do, or nothing any more. */
  waitsFor: string | null;
  /** The first wait, where nobody tells; later ones are longer. */
  pollMs: number;
}

export type CallDeps = Pick<ActivityDeps, "db" | "voiceOf" | "speech" | "language" | "graceMs" | "log">;

const OPEN: ReadonlySet<string> = new Set(["waiting", "requested", "in_progress"]);

/** Twilio ends a call after four hours at the latest. */
const LONGEST_CALL_MS = 4 * 3_600_000;

export function callActivities(deps: CallDeps) {
  return {
    /**
     * Looks at a call and decides what comes next; `ask`: nobody has told anything, so the provider is asked. What is
     * worth a text gets a row for it, which is what makes it once.
     */
    lookAtCall: beating(async (input: CallInput, ask: boolean): Promise<CallLook> => {
      const call = await mustFind(deps, input);
      const settings = await findVoiceSettings(deps.db, input.workspaceId);
      if (!OPEN.has(call.transcription) && !(await reopenForLate(deps, call, settings)))
        return lookOf(deps, call, null);
      const account = await deps.voiceOf(call.workspace_id, call.provider_account_id);
      const told = await isAllTold(deps, call);
      const silent = ask && !told ? await askProvider(deps, call, account) : null;
      return judge(deps, input, settings, engineOf(deps, settings, account, call), silent);
    }),

    /** An operator's word from Temporal UI; the API writes the same through the same function. */
    async retryTranscription(input: CallInput): Promise<boolean> {
      const { deadline_minutes } = await findVoiceSettings(deps.db, input.workspaceId);
      const retried = await inTransaction(deps.db, (tx) =>
        retryTranscription(tx, input.workspaceId, input.callSid, deadline_minutes),
      );
      return retried !== undefined;
    },

    /** The outcome of the call as a whole, once each of its transcripts has ended. */
    async finishTranscription(input: CallInput): Promise<CallLook> {
      const call = await mustFind(deps, input);
      const transcripts = await listTranscriptsOf(deps.db, call.id);
      const failed = transcripts.find((transcript) => transcript.state === "failed");
      await setTranscription(deps.db, call, failed ? "failed" : "completed", failed?.reason ?? null);
      await tellOperator(deps, call, failed?.reason ?? null);
      return lookOf(deps, await mustFind(deps, input), null);
    },
  };
}

export async function mustFind(deps: Pick<CallDeps, "db">, input: CallInput): Promise<Call> {
  const call = await findCall(deps.db, input.workspaceId, input.callSid);
  if (call === undefined) throw ApplicationFailure.nonRetryable("The call of this workflow does not exist");
  return call;
}

/** By whom a recording is transcribed: null where nobody is there to do it. */
export function engineOf(
  deps: Pick<CallDeps, "speech">,
  settings: VoiceSettings,
  account: VoiceAccount,
  call: Pick<Call, "provider_account_id">,
): "twilio" | "speech" | null {
  const twilio = serviceOf(settings, account, call) !== null;
  if (twilio && (settings.transcribe === "twilio" || settings.transcribe === "auto")) return "twilio";
  const speech = deps.speech !== null;
  return speech && (settings.transcribe === "speech" || settings.transcribe === "auto") ? "speech" : null;
}

/** The service at Twilio: the workspace's own, else that of the environment on the environment's account. */
export const serviceOf = (
  settings: VoiceSettings,
  account: VoiceAccount,
  call: Pick<Call, "provider_account_id">,
): string | null =>
  settings.intelligence_service_sid ??
  (call.provider_account_id === null ? account.intelligenceServiceSid : null);

/** Past it a transcription has failed: counted from the call's end, or given by a retry. */
export function deadlineOf(call: Call, settings: VoiceSettings): Date {
  if (call.transcription_deadline_at !== null) return call.transcription_deadline_at;
  const end = call.ended_at?.getTime() ?? call.started_at.getTime() + LONGEST_CALL_MS;
  return new Date(end + settings.deadline_minutes * 60_000);
}

/** A recording that shows when its call was over and done with: it is transcribed all the same. */
async function reopenForLate(deps: CallDeps, call: Call, settings: VoiceSettings): Promise<boolean> {
  if (call.transcription === "failed" || settings.transcribe === "off") return false;
  const transcripts = await listTranscriptsOf(deps.db, call.id);
  const heard = new Set(transcripts.map((transcript) => transcript.recording_id));
  const late = (await listRecordings(deps.db, call.id)).some(
    (recording) => !heard.has(recording.id) && isWorthIt(factsOf(recording), settings),
  );
  return late && reopenTranscription(deps.db, call, settings.deadline_minutes);
}

async function isAllTold(deps: CallDeps, call: Call): Promise<boolean> {
  const recordings = await listRecordings(deps.db, call.id);
  const ended = recordings.length > 0 && recordings.every((recording) => recording.state !== "in_progress");
  return ended && hasEnded(call.state) && call.own_address !== null;
}

/** What the webhooks would have told; gives why the provider could not be asked, or null. */
async function askProvider(deps: CallDeps, call: Call, { provider }: VoiceAccount): Promise<string | null> {
  try {
    const [found, recordings] = await Promise.all([
      provider.fetchCall(call.call_sid),
      provider.listRecordings(call.call_sid),
    ]);
    await inTransaction(deps.db, async (tx) => {
      const state = callStateOfTwilio(found?.status ?? "");
      if (found !== undefined) await nameParties(tx, call.workspace_id, call.call_sid, found);
      if (found !== undefined && state !== undefined)
        await advanceCall(tx, call.workspace_id, call.call_sid, { ...found, state });
      const listed = recordings.map((one) => ({ ...one, state: recordingStateOfTwilio(one.status) }));
      await saveRecordings(tx, call.workspace_id, call.id, listed);
    });
    return null;
  } catch (error) {
    deps.log.warn(
      { why: (error as Error).message },
      "a call could not be asked about; it is asked about again",
    );
    return "the provider to answer";
  }
}

const factsOf = (recording: Recording): RecordingFacts => ({
  state: recording.state,
  seconds: recording.duration_seconds,
  deleted: recording.deletion_requested_at !== null || recording.deleted_at !== null,
});

async function judge(
  deps: CallDeps,
  input: CallInput,
  settings: VoiceSettings,
  engine: "twilio" | "speech" | null,
  silent: string | null,
): Promise<CallLook> {
  const call = await mustFind(deps, input);
  const recordings = await listRecordings(deps.db, call.id);
  const deadlineAt = deadlineOf(call, settings);
  const facts = { state: call.state, endedAt: call.ended_at, deadlineAt };
  const now = await databaseNow(deps.db);
  const judged = judgeCall(facts, recordings.map(factsOf), settings, engine !== null, now);
  const wait = judged.next === "wait" ? (silent ?? judged.for) : null;
  if (judged.next === "keep") await setTranscription(deps.db, call, "none", judged.reason);
  if (judged.next === "give_up") {
    await failOpenTranscripts(deps.db, call.id, "deadline");
    await setTranscription(deps.db, call, "failed", "deadline");
    await tellOperator(deps, call, "deadline");
  }
  if (judged.next === "transcribe" && engine !== null) {
    const worth = recordings.filter((recording) => isWorthIt(factsOf(recording), settings));
    await ensureTranscripts(deps.db, call, engine, worth);
    await setTranscription(deps.db, call, "requested", null, ["waiting"]);
  }
  return {
    ...(await lookOf(deps, await mustFind(deps, input), wait)),
    pollMs: settings.poll_seconds * 1_000,
  };
}

async function lookOf(deps: CallDeps, call: Call, waitsFor: string | null): Promise<CallLook> {
  return {
    call: call.state,
    transcription: call.transcription,
    reason: call.transcription_reason,
    recordings: (await listRecordings(deps.db, call.id)).length,
    transcripts: (await listTranscriptsOf(deps.db, call.id)).length,
    waitsFor,
    pollMs: 0,
  };
}

async function tellOperator(deps: CallDeps, call: Call, reason: string | null): Promise<void> {
  const cause = `transcription:${call.call_sid}`;
  if (reason === null) return resolveAlert(deps.db, call.workspace_id, cause);
  return openAlert(deps.db, {
    workspace_id: call.workspace_id,
    alert_type: "transcription_failed",
    severity: "low",
    cause,
    subject_kind: "call",
    subject_id: call.id,
    suggestion: "See why at GET /v1/calls, then POST /v1/calls/{call_sid}/retry.",
    detail: JSON.stringify({ reason }),
  });
}
