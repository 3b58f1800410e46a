/** How a call stands on its way to a transcript: what to wait for, what to do, and when to give up. */
import type { VoiceSettings } from "./callSettings.ts";
import type { Language } from "./conversationSettings.ts";

export const CALL_STATES = [
  "ringing",
  "in_progress",
  "completed",
  "busy",
  "no_answer",
  "failed",
  "canceled",
] as const;
export type CallState = (typeof CALL_STATES)[number];

const ENDED: ReadonlySet<string> = new Set(["completed", "busy", "no_answer", "failed", "canceled"]);
export const hasEnded = (state: string): boolean => ENDED.has(state);

/** How far along a call is: reports may come in any order, and only what is further counts. */
export const rankOfCall = (state: string): number => (hasEnded(state) ? 2 : state === "in_progress" ? 1 : 0);

/** Twilio's word for how a call stands; undefined where it is none known here. */
export function callStateOfTwilio(status: string): CallState | undefined {
  const state = status.replaceAll("-", "_");
  if (state === "queued" || state === "initiated" || state === "answered")
    return state === "answered" ? "in_progress" : "ringing";
  return CALL_STATES.find((one) => one === state);
}

export const RECORDING_STATES = ["in_progress", "completed", "absent", "failed"] as const;
export type RecordingState = (typeof RECORDING_STATES)[number];

/** Twilio's word for how a recording stands: paused, stopped and processing are on their way. */
export function recordingStateOfTwilio(status: string): RecordingState {
  const state = status.replaceAll("-", "_");
  if (state === "deleted") return "absent";
  return RECORDING_STATES.find((one) => one === state) ?? "in_progress";
}

/** Why there is nothing to transcribe. */
export type Untranscribed = "off" | "no_engine" | "no_recording" | "too_short" | "deleted";

export type CallFacts = {
  state: string;
  endedAt: Date | null;
  deadlineAt: Date | null;
};

export type RecordingFacts = {
  state: string;
  seconds: number | null;
  deleted: boolean;
};

export type CallJudgement =
  | { next: "wait"; for: "end of the call" | "recording" }
  | { next: "transcribe" }
  | { next: "keep"; reason: Untranscribed }
  | { next: "give_up" };

/** A recording that was made is listed well within this time of the call's end. */
const LISTED_MS = 10 * 60_000;

/** Longer than the workspace asks for: exactly so long is not. */
export const isWorthIt = (
  recording: RecordingFacts,
  settings: Pick<VoiceSettings, "longer_than_seconds">,
): boolean =>
  recording.state === "completed" &&
  !recording.deleted &&
  (recording.seconds ?? 0) > settings.longer_than_seconds;

/**
 * What comes next for a call, from what is known of it and its recordings. What is worth a transcript does not wait for
 * the call's end to be told, nor for a recording that never comes beyond the deadline.
 * @param engine whether anybody is there who could transcribe
 */
export function judgeCall(
  call: CallFacts,
  recordings: readonly RecordingFacts[],
  settings: Pick<VoiceSettings, "transcribe" | "longer_than_seconds" | "deadline_minutes">,
  engine: boolean,
  now: Date,
): CallJudgement {
  if (settings.transcribe === "off") return { next: "keep", reason: "off" };
  const late = call.deadlineAt !== null && now >= call.deadlineAt;
  const open = recordings.some((recording) => recording.state === "in_progress");
  if (!open && recordings.length > 0) {
    if (!recordings.some((recording) => isWorthIt(recording, settings)))
      return { next: "keep", reason: whyNot(recordings) };
    return engine ? { next: "transcribe" } : { next: "keep", reason: "no_engine" };
  }
  if (late) return { next: "give_up" };
  if (open) return { next: "wait", for: "recording" };
  if (!hasEnded(call.state)) return { next: "wait", for: "end of the call" };
  const listedBy =
    (call.endedAt?.getTime() ?? 0) + Math.min(LISTED_MS, (settings.deadline_minutes * 60_000) / 2);
  if (call.state !== "completed" || now.getTime() >= listedBy)
    return { next: "keep", reason: "no_recording" };
  return { next: "wait", for: "recording" };
}

function whyNot(recordings: readonly RecordingFacts[]): Untranscribed {
  const made = recordings.filter((recording) => recording.state === "completed");
  if (made.length === 0) return "no_recording";
  return made.every((recording) => recording.deleted) ? "deleted" : "too_short";
}

/** Waits between two questions, in milliseconds: from `first` on each twice as long, up to five minutes. */
export const pollAfter = (asked: number, firstMs: number): number =>
  Math.min(firstMs * 2 ** Math.min(asked, 20), Math.max(firstMs, 5 * 60_000));

const SPANISH = new Set("MX CO AR CL PE EC VE BO PY UY ES GT CR PA DO SV HN NI CU PR GQ".split(" "));
const PORTUGUESE = new Set("BR PT AO MZ CV".split(" "));

/** The language to greet a caller in: the workspace's wish, the caller's own, that of their country, else English. */
export function greetingLanguage(
  wished: Language | null,
  own: string | null,
  country: string | null,
): Language {
  if (wished !== null) return wished;
  const known = own?.slice(0, 2).toLowerCase();
  if (known === "es" || known === "en" || known === "pt") return known;
  if (country !== null && SPANISH.has(country)) return "es";
  return country !== null && PORTUGUESE.has(country) ? "pt" : "en";
}
