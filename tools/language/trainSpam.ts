import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LANGUAGES } from "../../domain/language/language.ts";
import { scoresOf, softmax, unpackModel } from "../../domain/language/linearModel.ts";
import { spamFeaturesOf } from "../../domain/language/spamFeatures.ts";
import { Failure, say } from "../say.ts";
import { readCorpus } from "./corpus.ts";
import { trainPacked } from "./pack.ts";
import { type Example, sparsely } from "./regression.ts";

const at = (path: string) => fileURLToPath(new URL(`../../domain/language/${path}`, import.meta.url));
const SETTINGS = { epochs: 10, step: 0.1, decay: 1e-4, decayPer: "visit", seed: 20_261_121 } as const;
const ROOM = { most: 4_000, mostWeights: 8_000, worth: [], cut: 0.003, anew: true };
/** What a text of our own counts against one of the collection. */
const OWN = 0.3;
const FOLDS = 5;

type Judged = { text: string; spam: boolean };

/** The collection's file: a line is `ham` or `spam`, a tab, the text. */
export function readCollection(path: string): Judged[] {
  return readFileSync(path, "utf8")
    .split(/\r?\n/)
    .filter(Boolean)
    .map((line, i) => {
      const [, label, text] = /^(ham|spam)\t(.*)$/.exec(line) ?? [];
      if (!label || text === undefined)
        throw new Failure(`${path}, line ${i + 1}: not ham or spam, a tab, a text.`);
      return { text, spam: label === "spam" };
    });
}

/** Campaign texts and replies of our own, in three languages, in data/messages/ and data/. */
function ownTexts(): Judged[] {
  const messages = LANGUAGES.flatMap((language) => readCorpus(at("data/messages"), language, "templates"));
  const replies = LANGUAGES.flatMap((language) => readCorpus(at("data"), language, "templates"));
  return [...messages, ...replies.filter((_, i) => i % 5 === 0)].map(({ text, intent }) => ({
    text,
    spam: intent === "spam",
  }));
}

const exampleOf = ({ text, spam }: Judged, weight: number): Example => ({
  features: spamFeaturesOf(text),
  answers: [spam ? 1 : 0],
  weight: spam ? weight * 2 : weight,
});

const QUESTION = [{ from: 0, to: 2 }];

function fit(collection: readonly Judged[]) {
  const own = ownTexts().map((text) => exampleOf(text, OWN));
  const examples = [...collection.map((text) => exampleOf(text, 1)), ...own];
  return trainPacked(sparsely(examples, QUESTION), SETTINGS, ROOM);
}

/** Each text of the collection, judged by a model that has not seen its part. */
export function crossValidated(collection: readonly Judged[]): (Judged & { chance: number })[] {
  return Array.from({ length: FOLDS }, (_, fold) => {
    const inside = (i: number) => i % FOLDS === fold;
    const model = unpackModel(fit(collection.filter((_one, i) => !inside(i))));
    return collection
      .filter((_one, i) => inside(i))
      .map((one) => ({ ...one, chance: softmax(scoresOf(model, spamFeaturesOf(one.text)), 0, 2)[1] ?? 0 }));
  }).flat();
}

/** Writes domain/language/spamWeights.ts; the collection's texts stay out of the repository. */
export function trainSpam(path: string): void {
  const collection = readCollection(path);
  const model = fit(collection);
  writeFileSync(
    at("spamWeights.ts"),
    `// Written by \`npm run language -- train-spam\` from ${collection.length} texts of the UCI SMS Spam Collection\n// (Almeida and Hidalgo, https://doi.org/10.24432/C5CC84) and texts of our own; not to be edited.\nimport type { PackedModel } from "./linearModel.ts";\n\nexport const SPAM_MODEL: PackedModel = ${JSON.stringify(model)};\n`,
  );
  say(`${collection.length} texts, ${model.features} features, ${Math.round(model.table.length / 1024)} KB`);
}
