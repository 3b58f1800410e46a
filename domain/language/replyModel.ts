/** The trained reply model and what its outputs are. Written by `npm run language -- train`. */
import { featuresOf, type Seen, see } from "./features.ts";
import { INTENTS, SENTIMENTS } from "./labels.ts";
import { LANGUAGES, type Language } from "./language.ts";
import { scoresOf, softmax, unpackModel } from "./linearModel.ts";
import { REPLY_MODEL } from "./replyWeights.ts";

export const MODEL = unpackModel(REPLY_MODEL);

const FEELING = INTENTS.length;
const TONGUE = FEELING + SENTIMENTS.length;
const ASKING = TONGUE + LANGUAGES.length;

export type Chances = {
  /** One for each of INTENTS. */
  intents: number[];
  sentiments: number[];
  languages: number[];
  /** That it asks not to be messaged any more. */
  optOut: number;
};

/** What the model makes of a text; `language` only chooses the chat spellings. */
export function chancesOf(seen: Seen, language: Language | undefined): Chances {
  const scores = scoresOf(MODEL, featuresOf(seen, language));
  return {
    intents: softmax(scores, 0, FEELING),
    sentiments: softmax(scores, FEELING, TONGUE),
    languages: softmax(scores, TONGUE, ASKING),
    optOut: softmax(scores, ASKING, ASKING + 2)[1] ?? 0,
  };
}

/** How likely a text asks not to be messaged any more, 0–1, by the model alone. */
export const likelyOptOut = (text: string): number => chancesOf(see(text), undefined).optOut;
