/**
 * Logistic regression by stochastic gradients with a step of its own for each weight (AdaGrad), for several
 * questions at once over the same features: each question's outputs lie side by side and exclude each other.
 * The order is shuffled by a seed, so that the same data give the same weights to the last bit.
 */
import type { Feature } from "../../domain/language/features.ts";
import { hashOf } from "../../domain/language/linearModel.ts";
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
  /** How much a weight is drawn to nothing. */
  decay: number;
  /** How much more every weight is drawn to nothing, however small it is: what matters little ends there. */
  sparsity?: number;
  /** Whether that is each time its feature is seen, or spread over an epoch, so that rare features are trusted less. */
  decayPer: "visit" | "epoch";
  seed: number;
};

/** Weights row by row as in LinearModel, and how many examples each feature was seen in. */
export type Fitted = { hashes: number[]; seen: Uint32Array; weights: Float64Array; bias: Float64Array };

/** All examples one behind the other: those of example `i` lie from `starts[i]` up to `starts[i + 1]`. */
export type Sparse = {
  hashes: number[];
  starts: Uint32Array;
  rows: Uint32Array;
  values: Float64Array;
  answers: Int8Array;
  weights: Float64Array;
  questions: readonly Question[];
};

export function sparsely(examples: readonly Example[], questions: readonly Question[]): Sparse {
  const places = new Map<number, number>();
  const starts = new Uint32Array(examples.length + 1);
  for (const [i, { features }] of examples.entries()) starts[i + 1] = (starts[i] ?? 0) + features.length;
  const size = starts[examples.length] ?? 0;
  const rows = new Uint32Array(size);
  const values = new Float64Array(size);
  let at = 0;
  for (const { features } of examples)
    for (const [name, value] of features) {
      const hash = hashOf(name);
      let place = places.get(hash);
      if (place === undefined) places.set(hash, (place = places.size));
      rows[at] = place;
      values[at++] = value;
    }
  return {
    hashes: [...places.keys()],
    starts,
    rows,
    values,
    answers: Int8Array.from(examples.flatMap(({ answers }) => answers)),
    weights: Float64Array.from(examples, ({ weight }) => weight),
    questions,
  };
}

/** All weights nothing. */
export function unfitted({ hashes, rows, questions }: Sparse): Fitted {
  const outputs = Math.max(...questions.map(({ to }) => to));
  const seen = new Uint32Array(hashes.length);
  for (const row of rows) seen[row] = (seen[row] ?? 0) + 1;
  return {
    hashes,
    seen,
    weights: new Float64Array(hashes.length * outputs),
    bias: new Float64Array(outputs),
  };
}

/** Improves `fitted` in place; where `open` is given, only the weights that it has a 1 for. */
export function fit(
  sparse: Sparse,
  { epochs, step, decay, sparsity = 0, decayPer, seed }: Settings,
  fitted: Fitted,
  open?: Uint8Array,
): void {
  const squares = new Float64Array(fitted.weights.length).fill(1e-2);
  const decays = Float64Array.from(fitted.seen, (seen) => (decayPer === "visit" ? decay : decay / seen));
  const random = seededRandom(seed);
  const order = Uint32Array.from(sparse.weights, (_, i) => i);
  const busy = new Int32Array(fitted.bias.length);
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    const rate = step * (1 - epoch / epochs) + step * 0.05;
    for (const i of order) learn(sparse, i, { ...fitted, squares, open, decays, sparsity, rate, busy });
  }
}

/** The sum of an example for each output. */
export function sumsOf({ starts, rows, values }: Sparse, { weights, bias }: Fitted, i: number): Float64Array {
  const outputs = bias.length;
  const sums = Float64Array.from(bias);
  const end = starts[i + 1] ?? 0;
  for (let f = starts[i] ?? 0; f < end; f++) {
    const at = (rows[f] ?? 0) * outputs;
    const value = values[f] ?? 0;
    for (let o = 0; o < outputs; o++) sums[o] = (sums[o] ?? 0) + value * (weights[at + o] ?? 0);
  }
  return sums;
}

type Learner = Fitted & {
  squares: Float64Array;
  open: Uint8Array | undefined;
  /** What draws each feature's weights to nothing in one step. */
  decays: Float64Array;
  /** The same for any weight but nothing, in parts of the former. */
  sparsity: number;
  rate: number;
  /** Room for the outputs that err. */
  busy: Int32Array;
};

function learn(sparse: Sparse, i: number, learner: Learner) {
  const { starts, rows, values } = sparse;
  const { weights, bias, squares, open, decays, sparsity, rate, busy } = learner;
  const sums = sumsOf(sparse, learner, i);
  const errors = sums;
  const count = intoErrors(sums, sparse, i, busy);
  for (let b = 0; b < count; b++) {
    const o = busy[b] ?? 0;
    bias[o] = (bias[o] ?? 0) - rate * 0.02 * (errors[o] ?? 0);
  }
  const end = starts[i + 1] ?? 0;
  for (let f = starts[i] ?? 0; f < end; f++) {
    const at = (rows[f] ?? 0) * bias.length;
    const value = values[f] ?? 0;
    const decay = decays[rows[f] ?? 0] ?? 0;
    for (let b = 0; b < count; b++) {
      const o = busy[b] ?? 0;
      const place = at + o;
      if (open !== undefined && open[place] === 0) continue;
      const weight = weights[place] ?? 0;
      const gradient = value * (errors[o] ?? 0) + decay * (weight + sparsity * Math.sign(weight));
      const square = (squares[place] ?? 0) + gradient * gradient;
      squares[place] = square;
      weights[place] = weight - (rate * gradient) / Math.sqrt(square);
    }
  }
}

/** An error below this teaches nothing. */
const SLIGHT = 1e-3;

/** Turns sums into the weighted errors of their probabilities; lists in `busy` the outputs that err, and says how many. */
function intoErrors(
  sums: Float64Array,
  { questions, answers, weights }: Sparse,
  i: number,
  busy: Int32Array,
): number {
  let count = 0;
  for (const [q, { from, to }] of questions.entries()) {
    const answer = answers[i * questions.length + q] ?? -1;
    if (answer < 0) continue;
    let top = Number.NEGATIVE_INFINITY;
    for (let o = from; o < to; o++) top = Math.max(top, sums[o] ?? 0);
    let all = 0;
    for (let o = from; o < to; o++) all += Math.exp((sums[o] ?? 0) - top);
    for (let o = from; o < to; o++) {
      const error = Math.exp((sums[o] ?? 0) - top) / all - (o === answer ? 1 : 0);
      sums[o] = (weights[i] ?? 0) * error;
      if (Math.abs(error) > SLIGHT) busy[count++] = o;
    }
  }
  return count;
}

function shuffle(order: Uint32Array, random: () => number) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
}
