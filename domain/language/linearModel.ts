import { brotliDecompressSync } from "node:zlib";

/**
 * A linear model over hashed features: a table of the features that mattered in training, sorted by their
 * hash, with a small whole number for each output. Plain arithmetic, no native code.
 */
export type LinearModel = {
  outputs: number;
  hashes: Uint32Array;
  /** Where the hashes with the same upper 16 bits begin, and behind the last where they end. */
  starts: Uint32Array;
  /** Where the weights of each feature begin, and behind the last where they end; most are nothing and not there. */
  rows: Uint32Array;
  /** Whose weight each is: rising within a feature. */
  columns: Uint8Array;
  weights: Float32Array;
  bias: readonly number[];
};

/**
 * How a model lies in a generated file. `table` is base64 of Brotli of: how far each hash lies above the one
 * before it (all lowest bytes, then all middle, then all highest), then output by output the weight of each
 * feature as its place in LEVELS, two features in a byte. Most weights are nothing, which is what Brotli makes small.
 */
export type PackedModel = { outputs: number; features: number; scale: number; bias: number[]; table: string };

export const HASH_BYTES = 3;
/** What a weight's byte stands for, in parts of the scale: small weights are told apart more finely than large ones. */
export const LEVELS: readonly number[] = Array.from(
  { length: 15 },
  (_, i) => Math.sign(i - 7) * (Math.abs(i - 7) / 7) ** 1.6,
);

/** Bytes of a table, and where in it the four bits lie that a feature weighs for an output. */
export const tableBytes = (features: number, outputs: number): number =>
  features * HASH_BYTES + outputs * Math.ceil(features / 2);
export const placeOf = (features: number, output: number, row: number) => ({
  byte: tableBytes(features, output) + (row >> 1),
  shift: 4 * (row & 1),
});

export function unpackModel({ outputs, features, scale, bias, table }: PackedModel): LinearModel {
  const bytes = brotliDecompressSync(Buffer.from(table, "base64"));
  const hashes = new Uint32Array(features);
  let hash = 0;
  for (let row = 0; row < features; row++) {
    for (let byte = 0; byte < HASH_BYTES; byte++) hash += (bytes[byte * features + row] ?? 0) << (8 * byte);
    hashes[row] = hash;
  }
  const rows = new Uint32Array(features + 1);
  const columns: number[] = [];
  const weights: number[] = [];
  for (let row = 0; row < features; row++) {
    for (let o = 0; o < outputs; o++) {
      const { byte, shift } = placeOf(features, o, row);
      const level = LEVELS[((bytes[byte] ?? 0) >> shift) & 0xf] ?? 0;
      if (level === 0) continue;
      columns.push(o);
      weights.push(scale * level);
    }
    rows[row + 1] = weights.length;
  }
  return {
    outputs,
    hashes,
    starts: startsOf(hashes),
    rows,
    columns: Uint8Array.from(columns),
    weights: Float32Array.from(weights),
    bias,
  };
}

function startsOf(hashes: Uint32Array): Uint32Array {
  const starts = new Uint32Array(0x1_0001);
  for (const hash of hashes) starts[(hash >> 8) + 1] = (starts[(hash >> 8) + 1] ?? 0) + 1;
  for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
  return starts;
}

/** FNV-1a over the UTF-16 code units of a feature, folded to 24 bits. */
export function hashOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < feature.length; i++) {
    hash ^= feature.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return ((hash >>> 24) ^ hash) & 0xff_ffff;
}

/** The place of a feature in the table, or -1. */
export function rowOf({ hashes, starts }: Pick<LinearModel, "hashes" | "starts">, feature: string): number {
  const hash = hashOf(feature);
  const end = starts[(hash >> 8) + 1] ?? 0;
  for (let row = starts[hash >> 8] ?? 0; row < end; row++) if (hashes[row] === hash) return row;
  return -1;
}

/** The sum for each output from `first` on. Features count with their value; unknown ones count nothing. */
export function scoresOf(
  model: LinearModel,
  features: Iterable<readonly [string, number]>,
  first = 0,
): Float64Array {
  const { rows, columns, weights, bias } = model;
  const scores = Float64Array.from(bias);
  for (const feature of features) {
    const row = rowOf(model, feature[0]);
    if (row < 0) continue;
    const start = rows[row] ?? 0;
    for (let at = (rows[row + 1] ?? 0) - 1; at >= start; at--) {
      const output = columns[at] ?? 0;
      if (output < first) break;
      scores[output] = (scores[output] ?? 0) + feature[1] * (weights[at] ?? 0);
    }
  }
  return scores;
}

/** What a feature weighs for one output. */
export function weightOf(model: LinearModel, feature: string, output: number): number {
  const { rows, columns, weights } = model;
  const row = rowOf(model, feature);
  if (row < 0) return 0;
  for (let at = rows[row] ?? 0; at < (rows[row + 1] ?? 0); at++)
    if (columns[at] === output) return weights[at] ?? 0;
  return 0;
}

/** Probabilities of the outputs from `from` up to `to`, which exclude each other. */
export function softmax(scores: Float64Array, from: number, to: number): number[] {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) top = Math.max(top, scores[i] ?? 0);
  const powers: number[] = [];
  let sum = 0;
  for (let i = from; i < to; i++) {
    const power = Math.exp((scores[i] ?? 0) - top);
    powers.push(power);
    sum += power;
  }
  return powers.map((power) => power / sum);
}
