import { fileURLToPath } from "node:url";
import { LANGUAGES } from "../../domain/language/language.ts";
import { type Labelled, readCorpus } from "./corpus.ts";
import { seededRandom } from "./random.ts";

/** A reply to train on, with what it counts. */
export type Source = Labelled & { weight: number };

/**
 * Writers who worked apart, as folders of data/by-situation, in five groups. One group at a time can be left out, to see
 * how the model reads people it does not know.
 */
export const GROUPS = [
  ["first", "fourth", "lookalikes", "plain", "hints", "eleventh"],
  ["second", "fifth", "borders", "long", "again", "typos"],
  ["third", "sixth", "short", "moods", "life", "ages", "twelfth"],
  ["seventh", "eighth", "specialists", "objects", "offers"],
  ["ninth", "tenth", "general", "formal", "thirteenth"],
] as const;
export type Group = (typeof GROUPS)[number];

/** What templates expand to is much alike: this share of it is enough. */
const TEMPLATES = [
  { folder: "data", share: 0.15 },
  { folder: "data/varied", share: 0.4 },
] as const;
/** Replies that were written one by one, under domain/language. */
const ONE_BY_ONE = [
  "data/by-hand",
  "data/own-words",
  "data/everyday",
  "data/asking",
  "dev-data",
  "test-data",
];
/** Written after reading what models without one of the first three had got wrong of his: left out wherever anybody is. */
const AFTER_READING = "data/asking-again";
/** What they count against one that came of a template. */
const BY_HAND = 4;
const BY_SITUATION = 6;
const SEED = 20_261_127;

export const at = (path: string): string =>
  fileURLToPath(new URL(`../../domain/language/${path}`, import.meta.url));

const read = (folder: string, each: "templates" | "plain"): Labelled[] =>
  LANGUAGES.flatMap((language) => readCorpus(at(folder), language, each));

/** All replies of the writers of one group. */
export const repliesOf = (group: Group): Labelled[] =>
  group.flatMap((writer) => read(`data/by-situation/${writer}`, "plain"));

/** Everything that is trained on, but for what one group wrote. The same in every run. */
export function trainingReplies(without?: Group): Source[] {
  const random = seededRandom(SEED);
  const templates = TEMPLATES.flatMap(({ folder, share }) =>
    read(folder, "templates").filter(() => random() < share),
  );
  const folders = without === undefined ? [...ONE_BY_ONE, AFTER_READING] : ONE_BY_ONE;
  const byHand = folders.flatMap((folder) => read(folder, "plain"));
  const bySituation = GROUPS.filter((group) => group !== without).flatMap(repliesOf);
  const weigh = (replies: readonly Labelled[], weight: number) =>
    replies.map((reply) => ({ ...reply, weight }));
  return [...weigh(templates, 1), ...weigh(byHand, BY_HAND), ...weigh(bySituation, BY_SITUATION)];
}
