/**
 * A linear model over hashed features: a table of the features that mattered in training, sorted by their
 * hash, with a small whole number for each output. Plain arithmetic, no native code.
 */
export type LinearModel = {
  outputs: number;
  hashes: Uint32Array;
  /** Row by row, as whole numbers from -127 to 127; times `scale` they are the weights. */
  weights: Int8Array;
  scale: number;
  bias: readonly number[];
};

/** How a model lies in a generated file. */
export type PackedModel = { outputs: number; features: number; scale: number; bias: number[]; table: string };

/** The model of a generated file. Its table is base64: all hashes first, then all weights. */
export function unpackModel({ outputs, features, scale, bias, table }: PackedModel): LinearModel {
  const bytes = Uint8Array.from(atob(table), (sign) => sign.charCodeAt(0));
  return {
    outputs,
    scale,
    bias,
    hashes: new Uint32Array(bytes.buffer, 0, features),
    weights: new Int8Array(bytes.buffer, features * 4, features * outputs),
  };
}

/** FNV-1a over the UTF-16 code units of a feature. */
export function hashOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < feature.length; i++) {
    hash ^= feature.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
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
  const { outputs, hashes, weights, scale, bias } = model;
  const scores = Float64Array.from(bias);
  for (const [feature, value] of features) {
    const row = rowOf(hashes, feature);
    if (row < 0) continue;
    const factor = value * scale;
    for (let i = 0; i < outputs; i++)
      scores[i] = (scores[i] ?? 0) + factor * (weights[row * outputs + i] ?? 0);
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
