/** The tones that a text can be given by rules, in three languages. Works on masked texts (textFacts.ts). */
import type { Language } from "./language.ts";

export const TONES = ["friendly", "professional", "casual", "urgent"] as const;
export type Tone = (typeof TONES)[number];

/** Exclamation marks and emoji that a tone leaves. */
export const ALLOWED: Readonly<Record<Tone, { exclamations: number; emoji: number }>> = {
  friendly: { exclamations: 1, emoji: 2 },
  professional: { exclamations: 0, emoji: 0 },
  casual: { exclamations: 1, emoji: 2 },
  urgent: { exclamations: 0, emoji: 0 },
};

type Pairs = readonly (readonly [RegExp, string])[];

const whole = (words: string) => new RegExp(`(?<![\\p{L}'’])(?:${words})(?![\\p{L}'’])`, "giu");

/** In full and without slang. */
const FORMAL: Readonly<Record<Language, Pairs>> = {
  en: [
    [whole("don['’]t"), "do not"],
    [whole("doesn['’]t"), "does not"],
    [whole("can['’]t"), "cannot"],
    [whole("won['’]t"), "will not"],
    [whole("isn['’]t"), "is not"],
    [whole("we['’]re"), "we are"],
    [whole("we['’]ve"), "we have"],
    [whole("we['’]ll"), "we will"],
    [whole("you['’]re"), "you are"],
    [whole("you['’]ll"), "you will"],
    [whole("I['’]m"), "I am"],
    [whole("it['’]s"), "it is"],
    [whole("gonna"), "going to"],
    [whole("wanna"), "want to"],
    [whole("thanks"), "thank you"],
    [whole("ASAP"), "as soon as possible"],
  ],
  es: [
    [whole("xq|pq"), "porque"],
    [whole("porfa|porfis|xfa"), "por favor"],
    [whole("tmb|tb"), "también"],
    [whole("info"), "información"],
    [whole("chao|chau"), "hasta luego"],
  ],
  pt: [
    [whole("vc"), "você"],
    [whole("vcs"), "vocês"],
    [whole("tbm|tb"), "também"],
    [whole("pra"), "para"],
    [whole("pq"), "porque"],
    [whole("tá"), "está"],
    [whole("info"), "informações"],
  ],
};

/** As people talk. */
const CASUAL: Readonly<Record<Language, Pairs>> = {
  en: [
    [whole("do not"), "don't"],
    [whole("does not"), "doesn't"],
    [whole("cannot"), "can't"],
    [whole("we are"), "we're"],
    [whole("we have(?= (?:\\p{L}+ed|got)\\b)"), "we've"],
    [whole("you are"), "you're"],
    [whole("it is(?= \\p{L})"), "it's"],
    [whole("purchase"), "buy"],
    [whole("in order to"), "to"],
  ],
  es: [
    [whole("adquirir"), "comprar"],
    [whole("a la brevedad"), "pronto"],
    [whole("con la finalidad de"), "para"],
    [whole("cordialmente"), "saludos"],
  ],
  pt: [
    [whole("adquirir"), "comprar"],
    [whole("a fim de"), "para"],
    [whole("atenciosamente"), "abraço"],
  ],
};

/** The words of a tone. */
export function voiced(masked: string, tone: Tone, language: Language): string {
  const pairs = tone === "professional" ? FORMAL : tone === "casual" ? CASUAL : undefined;
  if (pairs === undefined) return masked;
  return pairs[language].reduce((text, [pattern, words]) => text.replace(pattern, words), masked);
}

/** How a tone says hello to a name; where it ends in a comma, the sentence goes on behind it. */
export const HELLO: Readonly<Record<Language, Readonly<Record<Tone, (name: string) => string>>>> = {
  en: {
    friendly: (name) => `Hello ${name},`,
    professional: (name) => `Dear ${name},`,
    casual: (name) => `Hi ${name},`,
    urgent: (name) => `Hello ${name},`,
  },
  es: {
    friendly: (name) => `Hola ${name},`,
    professional: (name) => `Buen día, ${name}.`,
    casual: (name) => `Hola ${name},`,
    urgent: (name) => `Hola ${name},`,
  },
  pt: {
    friendly: (name) => `Olá, ${name}.`,
    professional: (name) => `Prezado(a) ${name},`,
    casual: (name) => `Oi, ${name}.`,
    urgent: (name) => `Olá, ${name}.`,
  },
};

/** Where the tone's own hello would raise a text's risk. */
export const OTHER_HELLOS: Readonly<Record<Language, readonly ((name: string) => string)[]>> = {
  en: [
    (name) => `Hi ${name},`,
    (name) => `Dear ${name},`,
    (name) => `Good day ${name},`,
    (name) => `${name}.`,
  ],
  es: [
    (name) => `Hola, ${name}.`,
    (name) => `Buen día, ${name}.`,
    (name) => `Qué tal, ${name}.`,
    (name) => `${name}.`,
  ],
  pt: [
    (name) => `Oi, ${name}.`,
    (name) => `Bom dia, ${name}.`,
    (name) => `Tudo bem, ${name}?`,
    (name) => `${name}.`,
  ],
};

/** To somebody whose name is not known. */
export const HELLO_TO_ANYBODY: Readonly<Record<Language, string>> = { en: "Hello.", es: "Hola.", pt: "Olá." };

/** What tells that time is short, without pressing. */
export const IN_TIME: Readonly<Record<Language, string>> = {
  en: "A quick note while there is time:",
  es: "Un aviso con tiempo:",
  pt: "Um aviso com antecedência:",
};
