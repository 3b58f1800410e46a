import { findCallAnswer } from "../../db/callEvents.ts";
import { inWorkspace } from "../../db/connect.ts";
import type { VoiceSettings } from "../../domain/callSettings.ts";
import { LANGUAGES, type Language } from "../../domain/conversationSettings.ts";
import { DEFAULT_SETTINGS, settingsOf } from "../../domain/settings.ts";
import { afterDialling, afterRecording, answerCall, type VoiceUrls } from "../../domain/twiml.ts";
import { readTranscriptKey } from "../../domain/voiceWebhook.ts";
import type { ApiDeps, App } from "../deps.ts";
import { stored, twiml } from "./answers.ts";
import type { WebhookIntake } from "./intake.ts";
import type { OwnNumber, SignedWebhooks } from "./signed.ts";

const PATH = "/webhooks/twilio/voice";

/**
 * Calls: POST /webhooks/twilio/voice answers with TwiML, /voice/status and /voice/recording take what became of a call
 * and its recording, /voice/transcription (JSON) that a transcript has ended. Signed, stored and applied in one
 * transaction like every webhook of Twilio; whatever of them is lost, the call's workflow asks for itself.
 */
export function voiceWebhooks(app: App, deps: ApiDeps, intake: WebhookIntake, signed: SignedWebhooks): void {
  app.post(PATH, async (c) => {
    const { form, owner } = await signed.form(c, calledNumbers);
    const step = c.req.query("step");
    const callSid = form["CallSid"] ?? "";
    const dedupeKey = `voice:${callSid}:${step ?? "answer"}`;
    const { workspaceId } = owner;
    await intake.take(workspaceId, { provider: "twilio", kind: "voice", dedupeKey, payload: form });
    const { words, language, forwardTo } = await answerOf(deps, workspaceId, callSid);
    const urls = urlsOf(deps, workspaceId);
    if (step === "recorded") return twiml(c, afterRecording(words, language));
    if (step === "dialled") {
      return twiml(c, afterDialling(words, language, form["DialCallStatus"] === "completed", urls));
    }
    return twiml(c, answerCall(words, language, forwardTo, urls));
  });

  app.post(`${PATH}/status`, async (c) => {
    const { form, owner } = await signed.form(c, calledNumbers);
    const dedupeKey = `call:${form["CallSid"]}:${form["CallStatus"]}`;
    await intake.take(owner.workspaceId, {
      provider: "twilio",
      kind: "call_status",
      dedupeKey,
      payload: form,
    });
    return stored(c);
  });

  app.post(`${PATH}/recording`, async (c) => {
    const { form, owner } = await signed.form(c, () => []);
    const dedupeKey = `recording:${form["RecordingSid"]}:${form["RecordingStatus"]}`;
    await intake.take(owner.workspaceId, { provider: "twilio", kind: "recording", dedupeKey, payload: form });
    return stored(c);
  });

  app.post(`${PATH}/transcription`, async (c) => {
    const { form, owner } = await signed.json(
      c,
      (body) => readTranscriptKey(body["customer_key"] ?? "")?.workspaceId,
    );
    const dedupeKey = `transcript:${form["transcript_sid"]}:${form["event_type"]}`;
    await intake.take(owner.workspaceId, {
      provider: "twilio",
      kind: "transcription",
      dedupeKey,
      payload: form,
    });
    return stored(c);
  });
}

/** A number that takes calls is known as what it sends: SMS or WhatsApp. */
function calledNumbers(form: Record<string, string>): OwnNumber[] {
  const own = form["Direction"]?.startsWith("outbound") === true ? form["From"] : form["To"];
  if (own === undefined || own === "") return [];
  return [
    { channel: "sms", address: own },
    { channel: "whatsapp", address: own },
  ];
}

/** Not every webhook of a call names a number of ours, so that these say whose call it is. */
function urlsOf(deps: ApiDeps, workspace: string): VoiceUrls {
  const base = deps.config.PUBLIC_URL + PATH;
  const query = (fields: Record<string, string> = {}) =>
    new URLSearchParams({ workspace, ...fields }).toString();
  return {
    next: (step) => `${base}?${query({ step })}`,
    recording: `${base}/recording?${query()}`,
  };
}

interface Answer {
  words: VoiceSettings;
  language: Language;
  forwardTo: string | null;
}

/** What the workspace wants said; a call whose effects could not be applied is answered all the same. */
async function answerOf(deps: ApiDeps, workspaceId: string, callSid: string): Promise<Answer> {
  const call = await inWorkspace(deps.db, workspaceId, (tx) => findCallAnswer(tx, workspaceId, callSid));
  const words = call === undefined ? DEFAULT_SETTINGS.voice : settingsOf(call.settings).voice;
  const language = LANGUAGES.find((one) => one === call?.language) ?? "en";
  return { words, language, forwardTo: call?.call_phone ?? null };
}
