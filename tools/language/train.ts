import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { featuresOf, see } from "../../domain/language/features.ts";
import { INTENTS, SENTIMENTS } from "../../domain/language/labels.ts";
import { LANGUAGES } from "../../domain/language/language.ts";
import { ENGLISH_CASES } from "../../domain/optOutEnglish.cases.ts";
import { PORTUGUESE_CASES } from "../../domain/optOutPortuguese.cases.ts";
import { SPANISH_CASES } from "../../domain/optOutSpanish.cases.ts";
import { say } from "../say.ts";
import { type Labelled, readCorpus } from "./corpus.ts";
import { misspell } from "./misspell.ts";
import { seededRandom } from "./random.ts";
import { type Example, type Question, train } from "./regression.ts";

const at = (path: string) => fileURLToPath(new URL(`../../domain/language/${path}`, import.meta.url));
const SEED = 20_261_121;
/** What a case of the opt-out rules counts. */
const CASE = 4;
/** What a misspelt copy of a reply counts against the reply itself. */
const MISSPELT = 0.7;

/** After intents, sentiments and languages: whether it asks not to be messaged. */
const ASKS = INTENTS.length + SENTIMENTS.length + LANGUAGES.length;

/** Where the outputs of each question lie in the reply model. */
const QUESTIONS: Question[] = [
  { from: 0, to: INTENTS.length },
  { from: INTENTS.length, to: INTENTS.length + SENTIMENTS.length },
  { from: INTENTS.length + SENTIMENTS.length, to: INTENTS.length + SENTIMENTS.length + LANGUAGES.length },
  { from: ASKS, to: ASKS + 2 },
];

function exampleOf({ text, language, intent, sentiment }: Labelled, weight: number): Example {
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
      ASKS + (intent === "opt_out" ? 1 : 0),
    ],
    weight,
  };
}

const CASES = { en: ENGLISH_CASES, es: SPANISH_CASES, pt: PORTUGUESE_CASES };

/** The cases that the opt-out rules are tested with teach the model one question only. */
function optOutCases(): Example[] {
  return LANGUAGES.flatMap((language) =>
    Object.entries(CASES[language]).flatMap(([kind, texts]) =>
      texts.map((text: string) => ({
        features: featuresOf(see(text), language),
        answers: [-1, -1, -1, ASKS + (kind === "out" || kind === "promo" ? 1 : 0)],
        weight: CASE,
      })),
    ),
  );
}

const SETTINGS = {
  epochs: 6,
  step: 0.1,
  decay: 2e-4,
  most: 34_000,
  mostWeights: 170_000,
  cut: 0.01,
  anew: false,
  seed: SEED,
};
/** What a reply that was written one by one counts against one that came of a template. */
const BY_HAND = 4;
/** Where such replies lie, under domain/language. The development sets are among them since thresholds are cross-validated. */
const ONE_BY_ONE = ["data/by-hand", "data/own-words", "dev-data", "test-data"];

/**
 * Writes domain/language/replyWeights.ts from domain/language/data/. Takes half a minute; the same data give the
 * same file.
 */
export function trainReplies(): void {
  const templates = LANGUAGES.flatMap((language) => [
    ...readCorpus(at("data"), language, "templates"),
    ...readCorpus(at("data/varied"), language, "templates"),
  ]);
  const byHand = ONE_BY_ONE.flatMap((folder) =>
    LANGUAGES.flatMap((language) => readCorpus(at(folder), language, "plain")),
  );
  const replies = [...templates, ...byHand];
  const random = seededRandom(SEED);
  const counts = new Map<string, number>();
  for (const { intent } of replies) counts.set(intent, (counts.get(intent) ?? 0) + 1);
  const usual = replies.length / INTENTS.length;
  const examples = replies.flatMap((reply, i) => {
    const weight =
      Math.sqrt(usual / (counts.get(reply.intent) ?? usual)) * (i < templates.length ? 1 : BY_HAND);
    const misspelt = { ...reply, text: misspell(reply.text, random) };
    return [exampleOf(reply, weight), exampleOf(misspelt, weight * MISSPELT)];
  });
  examples.push(...optOutCases());
  const model = train(examples, QUESTIONS, SETTINGS);
  writeFileSync(
    at("replyWeights.ts"),
    `// Written by \`npm run language -- train\` from ${replies.length} replies; not to be edited.\nimport type { PackedModel } from "./linearModel.ts";\n\nexport const REPLY_MODEL: PackedModel = ${JSON.stringify(model)};\n`,
  );
  say(`${replies.length} replies, ${model.features} features, ${Math.round(model.table.length / 1024)} KB`);
}
