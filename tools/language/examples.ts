import { clausesOf, featuresOf, see, type Seen } from "../../domain/language/features.ts";
import { INTENTS, SENTIMENTS } from "../../domain/language/labels.ts";
import { LANGUAGES, type Language } from "../../domain/language/language.ts";
import { ENGLISH_CASES } from "../../domain/optOutEnglish.cases.ts";
import { PORTUGUESE_CASES } from "../../domain/optOutPortuguese.cases.ts";
import { SPANISH_CASES } from "../../domain/optOutSpanish.cases.ts";
import type { Labelled } from "./corpus.ts";
import { misspell } from "./misspell.ts";
import { seededRandom } from "./random.ts";
import type { Example, Question } from "./regression.ts";
import type { Source } from "./sources.ts";

/** After intents, sentiments and languages: whether it asks for nothing, asks out, or asks in. */
export const ASKS = INTENTS.length + SENTIMENTS.length + LANGUAGES.length;
const NEITHER = ASKS;
export const OUT = ASKS + 1;
const IN = ASKS + 2;

/** Where the outputs of each question lie in the reply model. */
export const QUESTIONS: Question[] = [
  { from: 0, to: INTENTS.length },
  { from: INTENTS.length, to: INTENTS.length + SENTIMENTS.length },
  { from: INTENTS.length + SENTIMENTS.length, to: ASKS },
  { from: ASKS, to: ASKS + 3 },
];
/** The place of the question of the language, and of that last one. */
export const TONGUE = 2;
export const ASKED = QUESTIONS.length - 1;

const SEED = 20_261_121;
/** What a misspelt copy of a reply counts against the reply itself. */
const MISSPELT = 0.7;
/** What a clause counts against the reply it is of. */
const CLAUSE = 0.5;
/** What a case of the opt-out rules counts. */
const CASE = 10;

export type Examples = {
  examples: Example[];
  /** The examples that are the clauses of one opt-out: one of them asks it, and it is not known which. */
  sought: number[][];
};

/** Each reply as it is and misspelt, its clauses, and the cases of the opt-out rules. Rare intents count more. */
export function examplesOf(replies: readonly Source[]): Examples {
  const random = seededRandom(SEED);
  const counts = new Map<string, number>();
  for (const { intent } of replies) counts.set(intent, (counts.get(intent) ?? 0) + 1);
  const usual = replies.length / INTENTS.length;
  const wholes = replies.flatMap((reply) => {
    const weight = reply.weight * Math.sqrt(usual / (counts.get(reply.intent) ?? usual));
    const misspelt = { ...reply, text: misspell(reply.text, random) };
    return [exampleOf(reply, weight), exampleOf(misspelt, weight * MISSPELT)];
  });
  const examples = [...wholes, ...optOutCases()];
  const sought: number[][] = [];
  for (const reply of replies) {
    const asksOut = reply.intent === "opt_out";
    const clauses = clausesOf(see(reply.text));
    // Of several clauses of one that asks in, nothing is known of any: they teach nothing.
    if (reply.optIn || clauses.length === 0) continue;
    if (asksOut) sought.push(clauses.map((_, i) => examples.length + i));
    for (const clause of clauses)
      examples.push(asked(clause, reply.language, asksOut ? -1 : NEITHER, reply.weight * CLAUSE));
  }
  return { examples, sought };
}

const asked = (seen: Seen, language: Language, answer: number, weight: number, intent = -1): Example => ({
  features: featuresOf(seen, language),
  answers: [intent, -1, -1, answer],
  weight,
});

function exampleOf({ text, language, intent, sentiment, optIn }: Labelled, weight: number): Example {
  const place = (list: readonly string[], name: string, from: number) => {
    const found = list.indexOf(name);
    if (found < 0) throw new Error(`No such label: ${name}`);
    return from + found;
  };
  return {
    features: featuresOf(see(text), language),
    answers: [
      place(INTENTS, intent, 0),
      place(SENTIMENTS, sentiment, INTENTS.length),
      place(LANGUAGES, language, INTENTS.length + SENTIMENTS.length),
      intent === "opt_out" ? OUT : optIn ? IN : NEITHER,
    ],
    weight,
  };
}

const CASES = { en: ENGLISH_CASES, es: SPANISH_CASES, pt: PORTUGUESE_CASES };
const ANSWERS = { out: OUT, promo: OUT, in: IN, neither: NEITHER };

const OPT_OUT = INTENTS.indexOf("opt_out");
const INTERESTED = INTENTS.indexOf("interested");
const INTENT_OF = { out: OPT_OUT, promo: OPT_OUT, in: INTERESTED, neither: -1 };

/** The cases that the opt-out rules are tested with teach what is asked, and the intent where that says it. */
function optOutCases(): Example[] {
  return LANGUAGES.flatMap((language) =>
    (Object.keys(ANSWERS) as (keyof typeof ANSWERS)[]).flatMap((kind) =>
      CASES[language][kind].map((text) => asked(see(text), language, ANSWERS[kind], CASE, INTENT_OF[kind])),
    ),
  );
}
