/** What a workspace may set of its calls. */
import { z } from "zod";
import { LANGUAGES } from "./conversationSettings.ts";

const Words = z.string().trim().min(1).max(500);
const ByLanguage = z.strictObject({ en: Words, es: Words, pt: Words });

export const VoiceSettings = z.strictObject({
  record: z.boolean().describe("Whether callers are recorded, after they have been told so."),
  forward: z
    .boolean()
    .describe(
      "Whether callers are put through to the agent of their conversation, where that agent has a number.",
    ),
  ring_seconds: z.int().min(5).max(120).describe("How long the agent's telephone rings."),
  max_recording_seconds: z.int().min(5).max(14_400),
  language: z.enum(LANGUAGES).nullable().describe("Of greetings; null: by the caller's number."),
  greeting: ByLanguage,
  consent_notice: ByLanguage.describe("Said before anything is recorded."),
  goodbye: ByLanguage,
  transcribe: z
    .enum(["auto", "twilio", "speech", "off"])
    .describe("By whom: auto is Twilio where it has a service there, else the speech endpoint."),
  longer_than_seconds: z
    .int()
    .min(0)
    .max(14_400)
    .describe("Shorter recordings are kept without a transcript."),
  intelligence_service_sid: z
    .string()
    .regex(/^GA[0-9a-zA-Z]{32}$/, "must be a service of Voice Intelligence: GA and 32 letters or digits")
    .nullable()
    .describe("Of an account of the workspace's own; null: the environment's."),
  speech_model: z.string().min(1).max(100).describe("Model of the speech endpoint."),
  poll_seconds: z
    .number()
    .min(0.1)
    .max(300)
    .describe(
      "How soon a recording or transcript is asked about where no webhook comes; then ever less often.",
    ),
  deadline_minutes: z
    .number()
    .min(0.01)
    .max(10_080)
    .describe("After the end of the call; past it the transcription has failed, and can be tried again."),
  keep_recordings_days: z
    .int()
    .min(1)
    .max(3650)
    .nullable()
    .describe("Then they are deleted, also at Twilio; null: never."),
});
export type VoiceSettings = z.infer<typeof VoiceSettings>;

export const VoiceSettingsChange = VoiceSettings.extend({
  greeting: ByLanguage.partial(),
  consent_notice: ByLanguage.partial(),
  goodbye: ByLanguage.partial(),
}).partial();

export const DEFAULT_VOICE_SETTINGS: VoiceSettings = {
  record: true,
  forward: true,
  ring_seconds: 20,
  max_recording_seconds: 3_600,
  language: null,
  greeting: {
    en: "Thank you for calling.",
    es: "Gracias por llamar.",
    pt: "Obrigado pela sua ligação.",
  },
  consent_notice: {
    en: "This call is recorded. If you do not agree, please hang up. Otherwise speak after the tone.",
    es: "Esta llamada se graba. Si no está de acuerdo, cuelgue por favor. De lo contrario, hable después del tono.",
    pt: "Esta ligação é gravada. Se não concordar, desligue por favor. Caso contrário, fale após o sinal.",
  },
  goodbye: { en: "Thank you, goodbye.", es: "Gracias, hasta pronto.", pt: "Obrigado, até logo." },
  transcribe: "auto",
  longer_than_seconds: 60,
  intelligence_service_sid: null,
  speech_model: "whisper-1",
  poll_seconds: 15,
  deadline_minutes: 120,
  keep_recordings_days: 90,
};
