/**
 * Logistic regression by stochastic gradients with a step of its own for each weight (AdaGrad), for several
 * questions at once over the same features: each question's outputs lie side by side and exclude each other.
 * The order is shuffled by a seed, so that the same data give the same weights to the last bit.
 */
import { hashOf, LEVELS, type PackedModel } from "../../domain/language/linearModel.ts";
import type { Feature } from "../../domain/language/features.ts";
import { seededRandom } from "./random.ts";

export type Example = {
  features: readonly Feature[];
  /** The right output of each question, as a place among all outputs; -1 where it is not known. */
  answers: readonly number[];
  weight: number;
};
export type Question = { from: number; to: number };
export type Settings = { epochs: number; step: number; decay: number; most: number; seed: number };

type Sparse = { rows: Uint32Array; values: Float64Array; answers: readonly number[]; weight: number };

/** Trains on all features, keeps the `most` that weigh most, trains those again and packs them. */
export function train(
  examples: readonly Example[],
  questions: readonly Question[],
  settings: Settings,
): PackedModel {
  const outputs = Math.max(...questions.map(({ to }) => to));
  const first = fit(examples, questions, outputs, settings, undefined);
  const kept = heaviest(first, outputs, settings.most);
  const second = fit(examples, questions, outputs, settings, kept);
  return pack(second, outputs);
}

type Fitted = { hashes: number[]; weights: Float64Array; bias: Float64Array; seen: Uint32Array };

function fit(
  examples: readonly Example[],
  questions: readonly Question[],
  outputs: number,
  { epochs, step, decay, seed }: Settings,
  kept: ReadonlySet<number> | undefined,
): Fitted {
  const places = new Map<number, number>();
  const sparse = examples.map((example) => sparsely(example, places, kept));
  const weights = new Float64Array(places.size * outputs);
  const squares = new Float64Array(places.size * outputs).fill(1e-2);
  const bias = new Float64Array(outputs);
  const seen = new Uint32Array(places.size);
  for (const { rows } of sparse) for (const row of rows) seen[row] = (seen[row] ?? 0) + 1;
  const random = seededRandom(seed);
  const order = sparse.map((_, i) => i);
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    const rate = step * (1 - epoch / epochs) + step * 0.05;
    for (const i of order) {
      const example = sparse[i];
      if (example) learn(example, questions, outputs, { weights, squares, bias, rate, decay });
    }
  }
  return { hashes: [...places.keys()], weights, bias, seen };
}

function sparsely(
  { features, answers, weight }: Example,
  places: Map<number, number>,
  kept?: ReadonlySet<number>,
): Sparse {
  const known = features
    .map(([name, value]) => [hashOf(name), value] as const)
    .filter(([hash]) => !kept || kept.has(hash));
  const rows = known.map(([hash]) => {
    const place = places.get(hash) ?? places.size;
    places.set(hash, place);
    return place;
  });
  return {
    rows: Uint32Array.from(rows),
    values: Float64Array.from(known.map(([, value]) => value)),
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
};

function learn(
  { rows, values, answers, weight }: Sparse,
  questions: readonly Question[],
  outputs: number,
  state: State,
) {
  const { weights, squares, bias, rate, decay } = state;
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

/** Features that move scores apart, in texts that are common enough. */
function heaviest({ hashes, weights, seen }: Fitted, outputs: number, most: number): Set<number> {
  const ranked = hashes.map((hash, i) => {
    const row = weights.subarray(i * outputs, (i + 1) * outputs);
    const size = Math.sqrt(row.reduce((sum, weight) => sum + weight * weight, 0));
    return { hash, size: size * Math.log1p(seen[i] ?? 0) };
  });
  return new Set(
    ranked
      .sort((a, b) => b.size - a.size)
      .slice(0, most)
      .map(({ hash }) => hash),
  );
}

function pack({ hashes, weights, bias }: Fitted, outputs: number): PackedModel {
  const sorted = hashes.map((hash, i) => ({ hash, i })).sort((a, b) => a.hash - b.hash);
  // A few weights in a thousand are cut, so that the rest keep more of their figures.
  const sizes = Float64Array.from(weights, Math.abs).sort();
  const scale = sizes[Math.floor(sizes.length * 0.997)] ?? 1;
  const rounded = sorted.flatMap(({ i }) =>
    Array.from(weights.subarray(i * outputs, (i + 1) * outputs), (weight) => nearestLevel(weight / scale)),
  );
  const table = Buffer.alloc(sorted.length * 3 + Math.ceil(rounded.length / 2));
  for (const [place, { hash }] of sorted.entries()) table.writeUIntLE(hash, place * 3, 3);
  for (let i = 0; i < rounded.length; i += 2)
    table[sorted.length * 3 + i / 2] = (rounded[i] ?? 7) | ((rounded[i + 1] ?? 7) << 4);
  return {
    outputs,
    features: sorted.length,
    scale: Number(scale.toFixed(4)),
    bias: [...bias].map((one) => Number(one.toFixed(4))),
    table: table.toString("base64"),
  };
}

function nearestLevel(weight: number): number {
  let best = 0;
  for (const [place, level] of LEVELS.entries())
    if (Math.abs(level - weight) < Math.abs((LEVELS[best] ?? 0) - weight)) best = place;
  return best;
}
