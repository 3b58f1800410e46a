/**
 * A linear model over hashed features: a table of the features that mattered in training, sorted by their
 * hash, with a small whole number for each output. Plain arithmetic, no native code.
 */
export type LinearModel = {
  outputs: number;
  hashes: Uint32Array;
  /** Row by row, one for each output. */
  weights: Float32Array;
  bias: readonly number[];
};

/**
 * How a model lies in a generated file. `table` is base64: the sorted hashes, three bytes each, lowest first;
 * then the weights, half a byte each, as LEVELS has them.
 */
export type PackedModel = { outputs: number; features: number; scale: number; bias: number[]; table: string };

const HASH_BYTES = 3;
/** What half a byte stands for, in parts of the scale: small weights are told apart more finely than large ones. */
export const LEVELS: readonly number[] = Array.from(
  { length: 15 },
  (_, i) => Math.sign(i - 7) * (Math.abs(i - 7) / 7) ** 1.6,
);

export function unpackModel({ outputs, features, scale, bias, table }: PackedModel): LinearModel {
  const bytes = Uint8Array.from(atob(table), (sign) => sign.charCodeAt(0));
  const hashes = Uint32Array.from({ length: features }, (_, i) => {
    const at = i * HASH_BYTES;
    return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  });
  const weights = Float32Array.from({ length: features * outputs }, (_, i) => {
    const both = bytes[features * HASH_BYTES + (i >> 1)] ?? 0;
    return scale * (LEVELS[i % 2 === 0 ? both & 15 : both >> 4] ?? 0);
  });
  return { outputs, hashes, weights, bias };
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
export function rowOf(hashes: Uint32Array, feature: string): number {
  const hash = hashOf(feature);
  let low = 0;
  let high = hashes.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = hashes[middle] ?? 0;
    if (found === hash) return middle;
    if (found < hash) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The sum for each output. Features count with their value; unknown ones count nothing. */
export function scoresOf(model: LinearModel, features: Iterable<readonly [string, number]>): Float64Array {
  const { outputs, hashes, weights, bias } = model;
  const scores = Float64Array.from(bias);
  for (const [feature, value] of features) {
    const row = rowOf(hashes, feature);
    if (row < 0) continue;
    for (let i = 0; i < outputs; i++)
      scores[i] = (scores[i] ?? 0) + value * (weights[row * outputs + i] ?? 0);
  }
  return scores;
}

/** Probabilities of the outputs from `from` up to `to`, which exclude each other. */
export function softmax(scores: Float64Array, from: number, to: number): number[] {
  const part = [...scores.subarray(from, to)];
  const top = Math.max(...part);
  const powers = part.map((score) => Math.exp(score - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
