import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { featuresOf, see } from "../../domain/language/features.ts";
import { INTENTS, SENTIMENTS } from "../../domain/language/labels.ts";
import { LANGUAGES } from "../../domain/language/language.ts";
import { say } from "../say.ts";
import { type Labelled, readCorpus } from "./corpus.ts";
import { misspell } from "./misspell.ts";
import { seededRandom } from "./random.ts";
import { type Example, type Question, train } from "./regression.ts";

const at = (path: string) => fileURLToPath(new URL(`../../domain/language/${path}`, import.meta.url));
const SEED = 20_261_121;
/** What a misspelt copy of a reply counts against the reply itself. */
const MISSPELT = 0.7;

/** Where the outputs of each question lie in the reply model. */
const QUESTIONS: Question[] = [
  { from: 0, to: INTENTS.length },
  { from: INTENTS.length, to: INTENTS.length + SENTIMENTS.length },
  { from: INTENTS.length + SENTIMENTS.length, to: INTENTS.length + SENTIMENTS.length + LANGUAGES.length },
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
    ],
    weight,
  };
}

const MOST_FEATURES = 8_000;
const SETTINGS = { epochs: 12, step: 0.25, decay: 2e-5, most: MOST_FEATURES, seed: SEED };

/**
 * Writes domain/language/replyWeights.ts from domain/language/data/. Takes half a minute; the same data give the
 * same file.
 */
export function trainReplies(): void {
  const replies = LANGUAGES.flatMap((language) => readCorpus(at("data"), language, "templates"));
  const random = seededRandom(SEED);
  const counts = new Map<string, number>();
  for (const { intent } of replies) counts.set(intent, (counts.get(intent) ?? 0) + 1);
  const usual = replies.length / INTENTS.length;
  const examples = replies.flatMap((reply) => {
    const weight = Math.sqrt(usual / (counts.get(reply.intent) ?? usual));
    const misspelt = () => exampleOf({ ...reply, text: misspell(reply.text, random) }, weight * MISSPELT);
    return [exampleOf(reply, weight), misspelt(), misspelt()];
  });
  const model = train(examples, QUESTIONS, SETTINGS);
  writeFileSync(
    at("replyWeights.ts"),
    `// Written by \`npm run language -- train\` from ${replies.length} replies; not to be edited.\nimport type { PackedModel } from "./linearModel.ts";\n\nexport const REPLY_MODEL: PackedModel = ${JSON.stringify(model)};\n`,
  );
  say(`${replies.length} replies, ${model.features} features, ${Math.round(model.table.length / 1024)} KB`);
}
