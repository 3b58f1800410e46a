/** In which tone somebody is answered: by how they feel, and by who they are to the business. */
import type { Sentiment } from "./labels.ts";
import type { Language } from "./language.ts";

export const ANSWER_TONES = ["friendly", "professional", "casual"] as const;
export type AnswerTone = (typeof ANSWER_TONES)[number];

type Openings = Readonly<Record<Exclude<Sentiment, "neutral">, string>>;

/** None of them states a fact, admits a fault or promises anything. */
const OPENINGS: Readonly<Record<Language, Readonly<Record<AnswerTone, Openings>>>> = {
  en: {
    friendly: { negative: "We're sorry for the trouble. ", positive: "Glad to hear it! " },
    professional: { negative: "We regret the inconvenience. ", positive: "We are pleased to hear that. " },
    casual: { negative: "Sorry about the hassle. ", positive: "Awesome! " },
  },
  es: {
    friendly: { negative: "Lamentamos las molestias. ", positive: "¡Qué gusto! " },
    professional: { negative: "Lamentamos los inconvenientes. ", positive: "Nos complace saberlo. " },
    casual: { negative: "Uy, qué pena la molestia. ", positive: "¡Genial! " },
  },
  pt: {
    friendly: { negative: "Lamentamos o transtorno. ", positive: "Que bom! " },
    professional: { negative: "Lamentamos o inconveniente. ", positive: "Ficamos satisfeitos em saber. " },
    casual: { negative: "Poxa, que chato isso. ", positive: "Que legal! " },
  },
};

/** A text for somebody in this mood: calming who is upset, sharing the joy of who is glad. It adds no fact. */
export const toned = (body: string, mood: Sentiment, language: Language, tone: AnswerTone): string =>
  mood === "neutral" ? body : OPENINGS[language][tone][mood] + body;
