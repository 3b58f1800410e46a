import { z } from "zod";
import { rfc2822 } from "./messageJson.ts";

const Ms = z.number().int().min(0).max(600_000);

/** One stretch of speech; channel 1 is the caller, 2 who answers. */
const Said = z.strictObject({ channel: z.number().int().min(1).max(2).default(1), text: z.string().min(1) });
export type Said = z.infer<typeof Said>;

/** What comes of asking for a transcript of a call's recording. */
const TranscriptPlan = z.strictObject({
  outcome: z.enum(["completed", "failed", "canceled", "error", "never"]).default("completed"),
  after_ms: Ms.default(300),
  /** So many requests end in `outcome`; later ones are completed. None: all do. */
  times: z.number().int().min(1).optional(),
});

/** A call that somebody makes to one of the account's numbers. */
export const NewCall = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1),
  account_sid: z.string().optional(),
  /** Where the TwiML is asked for, and the call's end told; else the number's own. */
  voice_url: z.url().optional(),
  status_url: z.url().optional(),
  /** How long what is recorded lasts, by the caller's clock: nobody waits for it. */
  duration_s: z.number().int().min(1).max(14_400).default(61),
  /** True: the caller is gone before anything is recorded. */
  hangs_up: z.boolean().default(false),
  language: z.enum(["es", "en", "pt"]).default("es"),
  script: z.array(Said).min(1).max(20_000).optional(),
  /** How long the call and the making of its recording really take. */
  talk_ms: Ms.default(50),
  recording_ms: Ms.default(100),
  transcript: TranscriptPlan.prefault({}),
  /** Webhooks that are not sent. */
  silent: z.array(z.enum(["status", "recording", "transcription"])).default([]),
});
export type NewCall = z.infer<typeof NewCall>;

export type CallStatus =
  | "ringing"
  | "in-progress"
  | "completed"
  | "failed"
  | "busy"
  | "no-answer"
  | "canceled";

export interface Call {
  sid: string;
  account_sid: string;
  asked: NewCall;
  status: CallStatus;
  /** What the answer to the first webhook asked for. */
  verbs: string[];
  record: { channels: number; callback_url: string | null; action_url: string | null } | null;
  created_at: number;
  ended_at: number;
  duration: number;
  status_url: string | null;
  /** Its end has been told, or is not to be. */
  told: boolean;
}

export interface Recording {
  sid: string;
  account_sid: string;
  call_sid: string;
  status: "completed";
  duration: number;
  channels: number;
  created_at: number;
  callback_url: string | null;
  told: boolean;
  deleted: boolean;
  /** How often a speech endpoint has been given it. */
  heard: number;
}

export interface Transcript {
  sid: string;
  account_sid: string;
  service_sid: string;
  source_sid: string;
  customer_key: string;
  created_at: number;
  /** When it ends, epoch ms; never: far away. */
  ends_at: number;
  ends: string;
  told: boolean;
  deleted: boolean;
}

/** A Voice Intelligence service: where its webhooks go. */
export const Service = z.strictObject({
  sid: z.string().regex(/^GA[0-9a-zA-Z]{1,64}$/),
  account_sid: z.string().optional(),
  webhook_url: z.url().optional(),
});
export type Service = z.infer<typeof Service> & { account_sid: string };

export const NEVER = 8_640_000_000_000_000;

export function statusOf(transcript: Transcript, now: number): string {
  if (now >= transcript.ends_at) return transcript.ends;
  return now - transcript.created_at < 50 ? "queued" : "in-progress";
}

const LINES: Record<NewCall["language"], readonly string[]> = {
  es: [
    "Buenas tardes, gracias por llamar a Altos de Los Rosales.",
    "Hola, quisiera saber el precio del apartamento de tres alcobas.",
    "Claro que sí, le envío la lista de precios hoy mismo.",
    "¿Puedo visitar la sala de ventas el sábado por la mañana?",
    "Por supuesto, queda agendada la visita para el sábado a las diez.",
    "Muchas gracias, me interesa mucho el proyecto.",
  ],
  en: [
    "Good afternoon, thank you for calling Altos de Los Rosales.",
    "Hi, I would like to know the price of the three bedroom apartment.",
    "Of course, I will send you the price list today.",
    "Could I visit the sales office on Saturday morning?",
    "Certainly, your visit is booked for Saturday at ten.",
    "Thank you very much, I am really interested in the project.",
  ],
  pt: [
    "Boa tarde, obrigado por ligar para Altos de Los Rosales.",
    "Olá, gostaria de saber o preço do apartamento de três quartos.",
    "Claro, vou enviar a lista de preços hoje mesmo.",
    "Posso visitar o estande de vendas no sábado de manhã?",
    "Com certeza, sua visita fica marcada para sábado às dez.",
    "Muito obrigado, tenho muito interesse no projeto.",
  ],
};
const SECONDS_A_LINE = 5;

/** What is said in a recording: the script, or a made-up talk that fills its time. */
export function linesOf(call: Call, recording: Recording): (Said & { start: number; end: number })[] {
  const { script, language } = call.asked;
  const talk = LINES[language];
  const count = Math.max(1, Math.floor(recording.duration / SECONDS_A_LINE));
  const lines =
    script ??
    Array.from({ length: count }, (_, n) => ({
      channel: n % 2 === 0 ? 2 : 1,
      text: talk[n % talk.length] as string,
    }));
  const each = recording.duration / lines.length;
  return lines.map((line, n) => ({
    channel: recording.channels === 2 ? line.channel : 1,
    text: line.text,
    start: Math.round(n * each * 100) / 100,
    end: Math.round((n + 1) * each * 100) / 100,
  }));
}

/** A call as the REST API shows it. */
export function callJson(call: Call): Record<string, unknown> {
  const uri = `/2010-04-01/Accounts/${call.account_sid}/Calls/${call.sid}`;
  return {
    sid: call.sid,
    account_sid: call.account_sid,
    from: call.asked.from,
    to: call.asked.to,
    direction: "inbound",
    status: call.status,
    duration: call.ended_at === 0 ? null : String(call.duration),
    start_time: rfc2822(call.created_at),
    end_time: call.ended_at === 0 ? null : rfc2822(call.ended_at),
    date_created: rfc2822(call.created_at),
    date_updated: rfc2822(call.ended_at || call.created_at),
    api_version: "2010-04-01",
    uri: `${uri}.json`,
    subresource_uris: { recordings: `${uri}/Recordings.json` },
  };
}

export function recordingJson(recording: Recording, origin: string): Record<string, unknown> {
  const uri = `/2010-04-01/Accounts/${recording.account_sid}/Recordings/${recording.sid}`;
  return {
    sid: recording.sid,
    account_sid: recording.account_sid,
    call_sid: recording.call_sid,
    conference_sid: null,
    status: recording.status,
    duration: String(recording.duration),
    channels: recording.channels,
    source: recording.channels === 2 ? "DialVerb" : "RecordVerb",
    start_time: rfc2822(recording.created_at),
    date_created: rfc2822(recording.created_at),
    date_updated: rfc2822(recording.created_at),
    error_code: null,
    price: null,
    price_unit: "USD",
    media_url: origin + uri,
    api_version: "2010-04-01",
    uri: `${uri}.json`,
  };
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function transcriptJson(
  transcript: Transcript,
  recording: Recording,
  language: string,
  now: number,
): Record<string, unknown> {
  return {
    sid: transcript.sid,
    account_sid: transcript.account_sid,
    service_sid: transcript.service_sid,
    status: statusOf(transcript, now),
    channel: { media_properties: { source: "TwilioRecording", source_sid: transcript.source_sid } },
    data_logging: false,
    language_code: { es: "es-MX", en: "en-US", pt: "pt-BR" }[language],
    customer_key: transcript.customer_key,
    media_start_time: null,
    duration: recording.duration,
    redaction: false,
    date_created: iso(transcript.created_at),
    date_updated: iso(now),
    url: `https://intelligence.twilio.com/v2/Transcripts/${transcript.sid}`,
    links: { sentences: `https://intelligence.twilio.com/v2/Transcripts/${transcript.sid}/Sentences` },
  };
}
