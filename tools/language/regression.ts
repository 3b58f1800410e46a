/**
 * Logistic regression by stochastic gradients with a step of its own for each weight (AdaGrad), for several
 * questions at once over the same features: each question's outputs lie side by side and exclude each other.
 * The order is shuffled by a seed, so that the same data give the same weights to the last bit.
 */
import { brotliCompressSync } from "node:zlib";
import { HASH_BYTES, hashOf, LEVELS, type PackedModel } from "../../domain/language/linearModel.ts";
import type { Feature } from "../../domain/language/features.ts";
import { seededRandom } from "./random.ts";

export type Example = {
  features: readonly Feature[];
  /** The right output of each question, as a place among all outputs; -1 where it is not known. */
  answers: readonly number[];
  weight: number;
};
export type Question = { from: number; to: number };
export type Settings = {
  epochs: number;
  step: number;
  decay: number;
  /** Features that are kept, and weights of theirs that may be other than nothing. */
  most: number;
  mostWeights: number;
  /** The share of the weights, largest first, that are cut to the size of the next, so that the rest keep more of their figures. */
  cut: number;
  /** Whether what is kept is trained from nothing again; otherwise on from where it is, in half the epochs. */
  anew: boolean;
  seed: number;
};

type Sparse = { rows: Uint32Array; values: Float64Array; answers: readonly number[]; weight: number };

/** Trains on all features, keeps what weighs most, trains that on and packs it. */
export function train(
  examples: readonly Example[],
  questions: readonly Question[],
  settings: Settings,
): PackedModel {
  const outputs = Math.max(...questions.map(({ to }) => to));
  const places = new Map<number, number>();
  const sparse = examples.map((example) => sparsely(example, places));
  const fitted: Fitted = {
    hashes: [...places.keys()],
    weights: new Float64Array(places.size * outputs),
    bias: new Float64Array(outputs),
  };
  const { epochs, seed, anew } = settings;
  fit(sparse, questions, settings, fitted, undefined);
  const seen = new Uint32Array(places.size);
  for (const { rows } of sparse) for (const row of rows) seen[row] = (seen[row] ?? 0) + 1;
  for (const { from, to } of questions) if (to - from === 2) oneSided(fitted, from);
  const { rows, open } = heaviest(fitted, seen, outputs, settings);
  for (let i = 0; i < open.length; i++) if (anew || !open[i]) fitted.weights[i] = 0;
  const again = anew ? epochs : Math.ceil(epochs / 2);
  fit(sparse, questions, { ...settings, epochs: again, seed: seed + 1 }, fitted, open);
  return pack(fitted, rows, outputs, settings.cut);
}

type Fitted = { hashes: number[]; weights: Float64Array; bias: Float64Array };

/** Of two outputs that exclude each other only the difference counts: the second takes it, the first is nothing. */
function oneSided({ weights, bias }: Fitted, first: number): void {
  for (const numbers of [weights, bias]) {
    for (let i = first; i + 1 < numbers.length; i += bias.length) {
      numbers[i + 1] = (numbers[i + 1] ?? 0) - (numbers[i] ?? 0);
      numbers[i] = 0;
    }
  }
}

/** Improves `fitted` in place; where `open` is given, only the weights that it has a 1 for. */
function fit(
  sparse: readonly Sparse[],
  questions: readonly Question[],
  { epochs, step, decay, seed }: Settings,
  { weights, bias }: Fitted,
  open: Uint8Array | undefined,
): void {
  const squares = new Float64Array(weights.length).fill(1e-2);
  const random = seededRandom(seed);
  const order = sparse.map((_, i) => i);
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    const rate = step * (1 - epoch / epochs) + step * 0.05;
    for (const i of order) {
      const example = sparse[i];
      if (example) learn(example, questions, bias.length, { weights, squares, bias, rate, decay, open });
    }
  }
}

function sparsely({ features, answers, weight }: Example, places: Map<number, number>): Sparse {
  const rows = features.map(([name]) => {
    const hash = hashOf(name);
    const place = places.get(hash) ?? places.size;
    places.set(hash, place);
    return place;
  });
  return {
    rows: Uint32Array.from(rows),
    values: Float64Array.from(features.map(([, value]) => value)),
    answers,
    weight,
  };
}

type State = {
  weights: Float64Array;
  squares: Float64Array;
  bias: Float64Array;
  rate: number;
  decay: number;
  open: Uint8Array | undefined;
};

function learn(
  { rows, values, answers, weight }: Sparse,
  questions: readonly Question[],
  outputs: number,
  state: State,
) {
  const { weights, squares, bias, rate, decay, open } = state;
  const errors = new Float64Array(outputs);
  const scores = Float64Array.from(bias);
  for (let f = 0; f < rows.length; f++) {
    const at = (rows[f] ?? 0) * outputs;
    const value = values[f] ?? 0;
    for (let o = 0; o < outputs; o++) scores[o] = (scores[o] ?? 0) + value * (weights[at + o] ?? 0);
  }
  for (const [q, { from, to }] of questions.entries()) {
    const answer = answers[q] ?? -1;
    if (answer < 0) continue;
    let top = Number.NEGATIVE_INFINITY;
    for (let o = from; o < to; o++) top = Math.max(top, scores[o] ?? 0);
    let sum = 0;
    for (let o = from; o < to; o++) sum += Math.exp((scores[o] ?? 0) - top);
    for (let o = from; o < to; o++)
      errors[o] = weight * (Math.exp((scores[o] ?? 0) - top) / sum - (o === answer ? 1 : 0));
  }
  for (let o = 0; o < outputs; o++) bias[o] = (bias[o] ?? 0) - rate * 0.02 * (errors[o] ?? 0);
  for (let f = 0; f < rows.length; f++) {
    const at = (rows[f] ?? 0) * outputs;
    const value = values[f] ?? 0;
    for (let o = 0; o < outputs; o++) {
      if (open && !open[at + o]) continue;
      const gradient = value * (errors[o] ?? 0) + decay * (weights[at + o] ?? 0);
      const square = (squares[at + o] ?? 0) + gradient * gradient;
      squares[at + o] = square;
      weights[at + o] = (weights[at + o] ?? 0) - (rate * gradient) / Math.sqrt(square);
    }
  }
}

function shuffle(order: number[], random: () => number) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
}

/** The features that move scores apart in texts that are common enough, and the weights among theirs that do. */
function heaviest(
  { weights }: Fitted,
  seen: Uint32Array,
  outputs: number,
  { most, mostWeights }: Settings,
): { rows: number[]; open: Uint8Array } {
  const common = Float64Array.from(seen, Math.log1p);
  const sizes = Array.from(
    common,
    (factor, row) => factor * Math.hypot(...weights.subarray(row * outputs, (row + 1) * outputs)),
  );
  const rows = [...sizes.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0)).slice(0, most);
  const sizeOf = (row: number, o: number) => Math.abs(weights[row * outputs + o] ?? 0) * (common[row] ?? 0);
  const all = Float64Array.from(
    rows.flatMap((row) => Array.from({ length: outputs }, (_, o) => sizeOf(row, o))),
  ).sort();
  const least = all[Math.max(0, all.length - mostWeights)] ?? 0;
  const open = new Uint8Array(weights.length);
  for (const row of rows)
    for (let o = 0; o < outputs; o++)
      if (sizeOf(row, o) >= Math.max(least, Number.MIN_VALUE)) open[row * outputs + o] = 1;
  return { rows, open };
}

function pack(
  { hashes, weights, bias }: Fitted,
  rows: readonly number[],
  outputs: number,
  cut: number,
): PackedModel {
  const sorted = rows.toSorted((a, b) => (hashes[a] ?? 0) - (hashes[b] ?? 0));
  const sizes = weights
    .filter((weight) => weight !== 0)
    .map(Math.abs)
    .sort();
  const scale = sizes[Math.floor(sizes.length * (1 - cut))] ?? 1;
  const features = sorted.length;
  const bytes = Buffer.alloc(features * (HASH_BYTES + outputs));
  for (const [place, row] of sorted.entries()) {
    const above = (hashes[row] ?? 0) - (hashes[sorted[place - 1] ?? -1] ?? 0);
    for (let byte = 0; byte < HASH_BYTES; byte++)
      bytes[byte * features + place] = (above >> (8 * byte)) & 0xff;
    for (let o = 0; o < outputs; o++)
      bytes[(HASH_BYTES + o) * features + place] = nearestLevel((weights[row * outputs + o] ?? 0) / scale);
  }
  return {
    outputs,
    features,
    scale: Number(scale.toFixed(4)),
    bias: [...bias].map((one) => Number(one.toFixed(4))),
    table: brotliCompressSync(bytes).toString("base64"),
  };
}

function nearestLevel(weight: number): number {
  let best = 0;
  for (const [place, level] of LEVELS.entries())
    if (Math.abs(level - weight) < Math.abs((LEVELS[best] ?? 0) - weight)) best = place;
  return best;
}
