/** What a transcript comes to: who said what, in which language, and in short. */
import type { Language } from "./conversationSettings.ts";

export type Speaker = "person" | "agent" | "unknown";

export type Sentence = {
  speaker: Speaker;
  /** Seconds from the start of the recording. */
  start: number;
  end: number;
  /** 0–1; null where the engine gives none. */
  confidence: number | null;
  text: string;
};

/**
 * Who speaks on a channel (1 or 2). Where the call was put through, the caller has the first and the agent the second;
 * a message that was left has one voice. Both on one channel cannot be told apart.
 */
export function speakerOn(channel: number, recording: { channels: number; forwarded: boolean }): Speaker {
  if (!recording.forwarded) return "person";
  if (recording.channels < 2) return "unknown";
  return channel === 1 ? "person" : "agent";
}

const NAMES: Record<string, Language> = { spanish: "es", english: "en", portuguese: "pt" };

/** `es-MX`, `es` or `spanish` → `es`; null for languages that are none of ours. */
export function languageOfTranscript(given: string | null): Language | null {
  const name = given?.toLowerCase() ?? "";
  const code = NAMES[name] ?? name.slice(0, 2);
  return code === "es" || code === "en" || code === "pt" ? code : null;
}

export const textOf = (sentences: readonly Sentence[]): string =>
  sentences.map((sentence) => sentence.text.trim()).join("\n");

export type Digest = { summary: string; actionItems: string[] };

const IN_SUMMARY = 3;
const LONGEST_SUMMARY = 600;
const MOST_ITEMS = 10;
/** A "yes, please" says nothing in a summary. */
const LEAST_WORDS = 4;

const COMMON: Record<Language, ReadonlySet<string>> = {
  es: new Set(
    "a al algo como con cuando de del desde donde el ella en entre era es esa ese eso esta este esto estoy fue ha hay he hoy la las le les lo los más me mi muy no nos o para pero por porque que qué se ser si sí sin son su sus también te tengo tiene todo tu un una uno usted ya yo buenas buenos gracias hola claro bien bueno días tardes noches".split(
      " ",
    ),
  ),
  en: new Set(
    "a about am an and are as at be been but by can could do does for from get good had has have he her here him his how i if in is it its just know like me my no not of ok okay on or our out please she so some sure that the their them then there they this to up us was we well were what when where which who will with would yes you your hello hi thank thanks afternoon morning evening".split(
      " ",
    ),
  ),
  pt: new Set(
    "a ao aos as até boa bom com como da das de dela dele do dos e ela ele em era essa esse esta está este eu foi há isso isto já lá mais mas me meu minha muito na não nas no nos o os ou para pela pelo por porque que quem se sem ser seu sim sua também te tem tenho um uma você dia tarde noite olá oi obrigado obrigada claro certo".split(
      " ",
    ),
  ),
};

/** Somebody promises, asks for or settles something. */
const AGREED: Record<Language, RegExp> = {
  es: /(^|\s)((le|les|te|lo|la) (env[ií]o|enviar[ée]|mando|mandar[ée]|llamo|llamar[ée]|confirmo|confirmar[ée]|comparto)|(voy|vamos|va|van) a (enviar|mandar|llamar|confirmar|visitar|revisar|pagar|compartir)(l[eao]s?)?|(queda|quedamos|qued[óo]) (agendad|confirmad|reservad|pendiente|en )|por favor (env[ií]|llam|mand|confirm)|(hay|tiene|tengo) que|necesito que)/iu,
  en: /(^|\s)((i|we|they)(['’]ll| will| am going to| are going to) \w|(i|we) (need|have) to|please (send|call|confirm|email|let)|(is|are) (booked|scheduled|confirmed|reserved))/iu,
  pt: /(^|\s)((vou|vamos|vai) (te |lhe )?(enviar|mandar|ligar|confirmar|visitar|verificar|pagar)|(te|lhe) (envio|mando|ligo|confirmo)|fica (marcad|agendad|confirmad|reservad|combinad)|por favor,? (envi|lig|mand|confirm)|preciso que|tem que|tenho que)/iu,
};

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\d]+/gu) ?? [];

/**
 * An extract: the sentences that say most of what the whole is about, in their order, and those in which something was
 * promised, asked for or settled. Adds no word of its own.
 */
export function digest(sentences: readonly Sentence[], language: Language | null): Digest {
  const tongue = language ?? "es";
  const counts = new Map<string, number>();
  const words = sentences.map((sentence) =>
    wordsOf(sentence.text).filter((word) => !COMMON[tongue].has(word) && word.length > 2),
  );
  for (const word of words.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const seen = new Set<string>();
  const weighed = sentences.flatMap(({ text }, n) => {
    const plain = text.trim();
    if (wordsOf(plain).length < LEAST_WORDS || seen.has(plain)) return [];
    seen.add(plain);
    const own = new Set(words[n]);
    const weight = [...own].reduce((sum, word) => sum + Math.log1p(counts.get(word) ?? 0), 0);
    return [{ n, plain, weight: weight / Math.sqrt(Math.max(own.size, 1)) }];
  });
  const chosen = weighed
    .toSorted((a, b) => b.weight - a.weight || a.n - b.n)
    .slice(0, IN_SUMMARY)
    .sort((a, b) => a.n - b.n);
  return {
    summary: shortened(chosen.map((one) => one.plain).join(" ") || shortened(textOf(sentences))),
    actionItems: weighed
      .filter((one) => AGREED[tongue].test(one.plain))
      .slice(0, MOST_ITEMS)
      .map((one) => one.plain),
  };
}

const shortened = (text: string): string =>
  text.length <= LONGEST_SUMMARY ? text : `${text.slice(0, LONGEST_SUMMARY - 1).trimEnd()}…`;

type Reading = { intent: string; sentiment: string; confidence: number };

/** Said in every call, and no reason for one. */
const POLITE: ReadonlySet<string> = new Set(["greeting", "thanks", "confirmation", "other"]);

/** One intent and sentiment for a call, from readings of what the person said, sentence by sentence. */
export function gather(readings: readonly Reading[]): {
  intent: string | null;
  sentiment: "positive" | "neutral" | "negative" | null;
} {
  if (readings.length === 0) return { intent: null, sentiment: null };
  const intents = new Map<string, number>();
  let feeling = 0;
  for (const { intent, sentiment, confidence } of readings) {
    const weight = POLITE.has(intent) ? confidence / 1_000 : confidence;
    intents.set(intent, (intents.get(intent) ?? 0) + weight);
    if (sentiment === "positive") feeling += 1;
    // Courtesy is cheap: one complaint outweighs two thanks.
    if (sentiment === "negative") feeling -= 2;
  }
  const [strongest] = [...intents].toSorted(([, a], [, b]) => b - a);
  const sentiment = feeling > 0 ? "positive" : feeling < 0 ? "negative" : "neutral";
  return { intent: strongest?.[0] ?? null, sentiment };
}
