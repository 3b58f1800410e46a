/** What Twilio's webhooks of calls say, in our words. Unknown fields are let be. */
import { type CallState, callStateOfTwilio, type RecordingState, recordingStateOfTwilio } from "./call.ts";
import type { TwilioForm } from "./twilioWebhook.ts";

const CALL = /^CA[0-9a-zA-Z]{32}$/;
const RECORDING = /^RE[0-9a-zA-Z]{32}$/;
const KEY = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})([0-9a-zA-Z]{32})$/;

export type CallForm = {
  callSid: string;
  accountSid: string;
  direction: "in" | "out";
  from: string;
  to: string;
  state: CallState;
  seconds: number | null;
};

/** A call that asks what to do, or tells how it stands; undefined where the form is neither. */
export function readCallForm(form: TwilioForm): CallForm | undefined {
  const state = callStateOfTwilio(form["CallStatus"] ?? "");
  const { CallSid: callSid = "", AccountSid: accountSid = "" } = form;
  if (!CALL.test(callSid) || state === undefined) return undefined;
  return {
    callSid,
    accountSid,
    direction: form["Direction"]?.startsWith("outbound") === true ? "out" : "in",
    from: form["From"] ?? "",
    to: form["To"] ?? "",
    state,
    seconds: secondsOf(form["CallDuration"]),
  };
}

export type RecordingForm = {
  callSid: string;
  accountSid: string;
  recordingSid: string;
  state: RecordingState;
  seconds: number | null;
  channels: number;
  url: string | null;
};

export function readRecordingForm(form: TwilioForm): RecordingForm | undefined {
  const { CallSid: callSid = "", RecordingSid: recordingSid = "", AccountSid: accountSid = "" } = form;
  if (!CALL.test(callSid) || !RECORDING.test(recordingSid)) return undefined;
  return {
    callSid,
    accountSid,
    recordingSid,
    state: recordingStateOfTwilio(form["RecordingStatus"] ?? ""),
    seconds: secondsOf(form["RecordingDuration"]),
    channels: form["RecordingChannels"] === "2" ? 2 : 1,
    url: form["RecordingUrl"] || null,
  };
}

/** -1 stands for not known yet. */
function secondsOf(text: string | undefined): number | null {
  const seconds = Number(text);
  return text === undefined || text === "" || !Number.isInteger(seconds) || seconds < 0 ? null : seconds;
}

/**
 * What a transcript carries of ours, 64 characters as Twilio allows: workspace and call. Its webhook gives it back, so
 * that a service shared by several workspaces finds the one it is for.
 */
export const transcriptKey = (workspaceId: string, callSid: string): string =>
  workspaceId.replaceAll("-", "") + callSid.slice("CA".length);

export function readTranscriptKey(key: string): { workspaceId: string; callSid: string } | undefined {
  const match = KEY.exec(key);
  return match ? { workspaceId: match.slice(1, 6).join("-"), callSid: `CA${match[6]}` } : undefined;
}
