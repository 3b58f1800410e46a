/** The trained reply model and what its outputs are. Written by `npm run language -- train`. */
import { clausesOf, featuresOf, type Seen, see } from "./features.ts";
import { INTENTS, SENTIMENTS } from "./labels.ts";
import { LANGUAGES, type Language } from "./language.ts";
import { type LinearModel, scoresOf, softmax, unpackModel } from "./linearModel.ts";
import { REPLY_MODEL } from "./replyWeights.ts";

export const MODEL = unpackModel(REPLY_MODEL);

const OPT_OUT = INTENTS.indexOf("opt_out");
const FEELING = INTENTS.length;
const TONGUE = FEELING + SENTIMENTS.length;
const ASKED = TONGUE + LANGUAGES.length;

/** Chances from 0 to 1. */
export type Asking = {
  /** That it asks not to be messaged any more, in the whole or in one of its clauses. */
  optOut: number;
  /** That it asks to be messaged, or messaged again. */
  optIn: number;
};

export type Labels = {
  /** One for each of INTENTS. */
  intents: number[];
  sentiments: number[];
  languages: number[];
};

export type Chances = Labels & Asking;

/** What the model makes of a text; `language` only chooses the chat spellings. */
export function chancesOf(seen: Seen, language: Language | undefined, model: LinearModel = MODEL): Chances {
  const scores = scoresOf(model, featuresOf(seen, language));
  const [, whole = 0, optIn = 0] = softmax(scores, ASKED, model.outputs);
  const clauses = clausesOf(seen).map((clause) => askedIn(clause, language, model));
  const labels = labelsIn(scores);
  return { ...labels, optOut: joined(Math.max(whole, ...clauses), labels.intents[OPT_OUT] ?? 0), optIn };
}

/** The same without what is asked, which the clauses would be looked at for. */
export function labelsOf(seen: Seen, language: Language, model: LinearModel): Labels {
  return labelsIn(scoresOf(model, featuresOf(seen, language)));
}

const labelsIn = (scores: Float64Array): Labels => ({
  intents: softmax(scores, 0, FEELING),
  sentiments: softmax(scores, FEELING, TONGUE),
  languages: softmax(scores, TONGUE, ASKED),
});

/**
 * What the clause that asks most counts, and what the whole reply is about: fitted by logistic regression on replies of
 * writers that were left out (docs/language.md).
 */
const CLAUSE = 0.35;
const WHOLE = 0.42;
const LESS = 0.3;

function joined(clause: number, whole: number): number {
  return 1 / (1 + Math.exp(LESS - CLAUSE * logit(clause) - WHOLE * logit(whole)));
}

const logit = (chance: number) => Math.log((chance + 1e-5) / (1 - chance + 1e-5));

function askedIn(seen: Seen, language: Language | undefined, model: LinearModel): number {
  return softmax(scoresOf(model, featuresOf(seen, language), ASKED), ASKED, model.outputs)[1] ?? 0;
}

/** How likely a text asks not to be messaged any more, or to be messaged, by the model alone. */
export const askingOf = (text: string, model: LinearModel = MODEL): Asking =>
  chancesOf(see(text), undefined, model);
