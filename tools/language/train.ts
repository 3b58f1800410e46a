import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { INTENTS } from "../../domain/language/labels.ts";
import { type LinearModel, unpackModel, type PackedModel } from "../../domain/language/linearModel.ts";
import { say } from "../say.ts";
import { ASKED, ASKS, examplesOf, OUT, QUESTIONS, TONGUE } from "./examples.ts";
import { type Room, trainPacked } from "./pack.ts";
import { type Fitted, type Settings, sumsOf, type Sparse, sparsely } from "./regression.ts";
import { at, type Group, type Source, trainingReplies } from "./sources.ts";

const SETTINGS: Settings = {
  epochs: 8,
  step: 0.1,
  decay: 0.5,
  sparsity: 0.3,
  decayPer: "epoch",
  seed: 20_261_121,
};
/** Languages are easily told apart, and who asks to be left alone matters most. */
const WORTH = QUESTIONS.flatMap(({ from, to }, question) =>
  Array<number>(to - from).fill(question === ASKED ? 4 : question === TONGUE ? 0.35 : 1),
).with(INTENTS.indexOf("opt_out"), 3);
const ROOM: Room = {
  most: 44_000,
  mostWeights: 200_000,
  worth: WORTH,
  cut: 0.01,
  anew: false,
  steps: [3, 1],
};
/** A clause of an opt-out is taken for the one that asks where half-trained weights find it this likely. */
const FOUND = 0.2;

/** The model of the given replies. Half-way, each opt-out of several clauses is searched for the one that asks. */
function trainOn(replies: readonly Source[]): PackedModel {
  const { examples, sought } = examplesOf(replies);
  const sparse = sparsely(examples, QUESTIONS);
  return trainPacked(sparse, SETTINGS, ROOM, (fitted) => {
    for (const clauses of sought) {
      const likely = clauses.map((clause) => asksOut(sparse, fitted, clause));
      const most = Math.max(...likely);
      const clause = clauses[likely.indexOf(most)];
      if (most >= FOUND && clause !== undefined) sparse.answers[clause * QUESTIONS.length + ASKED] = OUT;
    }
  });
}

function asksOut(sparse: Sparse, fitted: Fitted, example: number): number {
  const powers = [...sumsOf(sparse, fitted, example).subarray(ASKS)].map(Math.exp);
  return (powers[OUT - ASKS] ?? 0) / powers.reduce((sum, power) => sum + power, 0);
}

/** The model as it would be if a group of writers had written nothing. */
export const modelWithout = (group: Group): LinearModel => unpackModel(trainOn(trainingReplies(group)));

/** Tells one set of training replies from another, to the last letter, label and weight. */
export const fingerprintOf = (replies: readonly Source[]): string =>
  createHash("sha256").update(JSON.stringify(replies)).digest("hex");

/**
 * Writes domain/language/replyWeights.ts from all that is there to train on. Takes half a minute; the same data give the
 * same file.
 */
export function trainReplies(): void {
  const replies = trainingReplies();
  const model = trainOn(replies);
  writeFileSync(
    at("replyWeights.ts"),
    `// Written by \`npm run language -- train\` from ${replies.length} replies; not to be edited.\nimport type { PackedModel } from "./linearModel.ts";\n\n/** Of the replies that it was trained on. */\nexport const FINGERPRINT = "${fingerprintOf(replies)}";\n\nexport const REPLY_MODEL: PackedModel = ${JSON.stringify(model)};\n`,
  );
  say(`${replies.length} replies, ${model.features} features, ${Math.round(model.table.length / 1024)} KB`);
}
