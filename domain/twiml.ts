/** What Twilio is told to do with a call. Source: https://www.twilio.com/docs/voice/twiml */
import VoiceResponse from "twilio/lib/twiml/VoiceResponse.js";
import type { VoiceSettings } from "./callSettings.ts";
import type { Language } from "./conversationSettings.ts";

/** How Twilio's voices name our languages. */
const VOICES = { es: "es-MX", en: "en-US", pt: "pt-BR" } as const;

/** Where Twilio goes on: the next step of the call, and where it tells of recordings. */
export type VoiceUrls = { next: (step: "recorded" | "dialled") => string; recording: string };

type Words = Pick<
  VoiceSettings,
  "greeting" | "consent_notice" | "goodbye" | "record" | "max_recording_seconds" | "ring_seconds"
>;

/**
 * Greets, says that the call is recorded, and puts the caller through to `forwardTo` (E.164) or takes a message. Without
 * recording and without anybody to talk to there is only the greeting.
 */
export function answerCall(
  words: Words,
  language: Language,
  forwardTo: string | null,
  urls: VoiceUrls,
): string {
  const response = new VoiceResponse();
  const voice = { language: VOICES[language] };
  response.say(voice, words.greeting[language]);
  if (words.record) response.say(voice, words.consent_notice[language]);
  if (forwardTo !== null) {
    const dial = response.dial({
      action: urls.next("dialled"),
      timeout: words.ring_seconds,
      ...(words.record && {
        record: "record-from-answer-dual" as const,
        recordingStatusCallback: urls.recording,
        recordingStatusCallbackEvent: ["completed" as const, "absent" as const],
      }),
    });
    dial.number(forwardTo);
    return response.toString();
  }
  return words.record ? takeMessage(response, words, urls) : goodbye(response, words, language);
}

/** After an agent was called: if nobody came to the telephone, the caller may leave a message. */
export function afterDialling(words: Words, language: Language, answered: boolean, urls: VoiceUrls): string {
  const response = new VoiceResponse();
  return answered || !words.record ? goodbye(response, words, language) : takeMessage(response, words, urls);
}

export function afterRecording(words: Words, language: Language): string {
  return goodbye(new VoiceResponse(), words, language);
}

function takeMessage(response: VoiceResponse, words: Words, urls: VoiceUrls): string {
  response.record({
    action: urls.next("recorded"),
    maxLength: words.max_recording_seconds,
    playBeep: true,
    recordingStatusCallback: urls.recording,
    recordingStatusCallbackEvent: ["completed", "absent"],
  });
  response.hangup();
  return response.toString();
}

function goodbye(response: VoiceResponse, words: Words, language: Language): string {
  response.say({ language: VOICES[language] }, words.goodbye[language]);
  response.hangup();
  return response.toString();
}
