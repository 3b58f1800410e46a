import type twilio from "twilio";
import type { ProviderCall, ProviderRecording, VoiceProvider } from "../voice.ts";
import { nameless, type TwilioAccount, twilioClient } from "./client.ts";
import type { TwilioHttpClient } from "./http.ts";
import { intelligence, removed } from "./intelligence.ts";
import { openTwilioMedia } from "./media.ts";

/** What the OpenAI-compatible endpoints take at once. */
const MOST_BYTES = 25 * 1024 * 1024;
const API = "https://api.twilio.com";

/** Calls, recordings and their transcripts at Twilio. */
export function twilioVoice(account: TwilioAccount, http: TwilioHttpClient): VoiceProvider {
  const client = twilioClient(account, http);
  return {
    fetchCall: (sid) => fetchCall(client, sid),
    listRecordings: (callSid) => listRecordings(client, account, callSid),
    openRecording: async (sid, signal) =>
      (await openTwilioMedia(account, `${recordingUrl(account, sid)}.wav`, signal, MOST_BYTES)).body,
    deleteRecording: (sid) => removed("delete a recording", () => client.recordings(sid).remove()),
    ...intelligence(client),
  };
}

/** Where a recording lies: with `.wav` or `.mp3` it is the sound itself, for the account's credentials. */
const recordingUrl = (account: TwilioAccount, sid: string) =>
  `${account.baseUrl ?? API}/2010-04-01/Accounts/${account.accountSid}/Recordings/${sid}`;

async function fetchCall(client: twilio.Twilio, sid: string): Promise<ProviderCall | undefined> {
  try {
    const { status, from, to, duration, endTime } = await client.calls(sid).fetch();
    const seconds = duration === null ? null : Number(duration);
    return { status, from, to, seconds: Number.isFinite(seconds) ? seconds : null, endedAt: endTime ?? null };
  } catch (error) {
    if ((error as { status?: unknown }).status === 404) return undefined;
    throw nameless("fetch a call", error);
  }
}

async function listRecordings(
  client: twilio.Twilio,
  account: TwilioAccount,
  callSid: string,
): Promise<ProviderRecording[]> {
  const found = await client.recordings.list({ callSid, limit: 100 }).catch((error: unknown) => {
    throw nameless("list recordings", error);
  });
  return found.map(({ sid, status, duration, channels }) => ({
    sid,
    status,
    // -1 while it is being made.
    seconds: Number(duration) >= 0 && duration !== null ? Number(duration) : null,
    channels,
    url: recordingUrl(account, sid),
  }));
}
