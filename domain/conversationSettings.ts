/** What a workspace may set of its conversations. */
import { z } from "zod";
import { ANSWER_TONES } from "./language/answerTone.ts";

export const LANGUAGES = ["en", "es", "pt"] as const;
export type Language = (typeof LANGUAGES)[number];

const Text = z.string().trim().min(1).max(1000).nullable();
const Texts = z
  .strictObject({ en: Text, es: Text, pt: Text })
  .describe("By language; null: nothing is said.");
export type Texts = z.infer<typeof Texts>;

const Minutes = z.number().positive().max(100_000).nullable();
const Opening = z
  .array(z.int().min(0).max(1440))
  .min(2)
  .max(2)
  .refine(([from = 0, to = 0]) => from < to, "must end after it begins")
  .nullable()
  .describe("[from, to] in minutes of the local day; null: closed.");

const Hours = z.strictObject({
  enabled: z.boolean().describe("Outside of them only the away text is sent, once per closing."),
  week: z.array(Opening).min(7).max(7).describe("Monday first, on the workspace's clock."),
  holidays: z.string().length(2).nullable().describe("Country whose public holidays are closed as well."),
});

const HandOff = z.strictObject({
  on_request: z.boolean().describe("When somebody asks for a person."),
  on_negative: z.boolean().describe("When a reply is negative and no mere refusal."),
  below_confidence: z
    .int()
    .min(0)
    .max(100)
    .describe("Modes review and auto: replies understood with less confidence."),
  lead_score: z
    .int()
    .min(1)
    .max(100)
    .nullable()
    .describe("People with at least this lead score; null: never."),
  text: Texts,
});

const Sla = z.strictObject({
  first_minutes: Minutes.describe("Until the first answer after a hand-off; null: no limit."),
  next_minutes: Minutes.describe("Until each later one."),
});

const Said = z.strictObject({ enabled: z.boolean(), text: Texts });

const SegmentTone = z.strictObject({ segment_id: z.guid(), tone: z.enum(ANSWER_TONES) });

export const ConversationSettings = z.strictObject({
  mode: z
    .enum(["manual", "review", "auto"])
    .describe("Whether answers are suggested by nobody, wait as drafts, or go out. Keyword answers go out."),
  tone: z.enum(ANSWER_TONES).describe("Of automatic answers, where no segment of the person has another."),
  segment_tones: z
    .array(SegmentTone)
    .max(20)
    .describe("Tones of people who are in these segments: the first one that they are in counts."),
  burst_ms: z.int().min(0).max(60_000).describe("Messages that follow within this time are answered as one."),
  burst_most_ms: z.int().min(0).max(300_000).describe("After which a burst is answered even if it goes on."),
  answers_per_day: z.int().min(0).max(1000).describe("Automatic answers per conversation and local day."),
  hours: Hours,
  away: Texts,
  hand_off: HandOff,
  assignment: z.enum(["round_robin", "least_busy", "none"]).describe("Who is given what is handed over."),
  sla: Sla,
  close_after_minutes: Minutes.describe("Quiet after which a conversation closes; null: never by itself."),
  opt_out_confirmation: Said.describe("Said once to who opts out; off where the provider sends its own."),
  csat: Said.describe("Asked after closing; answered by 1 to 5."),
});
export type ConversationSettings = z.infer<typeof ConversationSettings>;

export const ConversationSettingsChange = ConversationSettings.extend({
  hours: Hours.partial(),
  away: Texts.partial(),
  hand_off: HandOff.extend({ text: Texts.partial() }).partial(),
  sla: Sla.partial(),
  opt_out_confirmation: Said.extend({ text: Texts.partial() }).partial(),
  csat: Said.extend({ text: Texts.partial() }).partial(),
}).partial();

const WEEKDAY = [9 * 60, 18 * 60];

export const DEFAULT_CONVERSATION_SETTINGS: ConversationSettings = {
  mode: "manual",
  tone: "friendly",
  segment_tones: [],
  burst_ms: 3_000,
  burst_most_ms: 20_000,
  answers_per_day: 10,
  hours: {
    enabled: false,
    week: [WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, null, null],
    holidays: null,
  },
  away: {
    en: "Thanks for your message. We are closed right now and will answer as soon as we are back.",
    es: "Gracias por tu mensaje. Ahora estamos fuera de horario; te respondemos en cuanto volvamos.",
    pt: "Obrigado pela mensagem. Agora estamos fora do horário; respondemos assim que voltarmos.",
  },
  hand_off: {
    on_request: true,
    on_negative: true,
    below_confidence: 50,
    lead_score: null,
    text: { en: null, es: null, pt: null },
  },
  assignment: "round_robin",
  sla: { first_minutes: 15, next_minutes: 60 },
  close_after_minutes: 3 * 24 * 60,
  opt_out_confirmation: {
    enabled: false,
    text: {
      en: "Done: you will not get any more messages from us.",
      es: "Listo: no recibirás más mensajes nuestros.",
      pt: "Pronto: você não vai mais receber mensagens nossas.",
    },
  },
  csat: {
    enabled: false,
    text: {
      en: "How did we do? Answer with a number from 1 (badly) to 5 (very well).",
      es: "¿Cómo te atendimos? Responde con un número del 1 (mal) al 5 (muy bien).",
      pt: "Como foi o nosso atendimento? Responda com um número de 1 (ruim) a 5 (ótimo).",
    },
  },
};
