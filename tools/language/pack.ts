import { brotliCompressSync } from "node:zlib";
import {
  HASH_BYTES,
  LEVELS,
  type PackedModel,
  placeOf,
  tableBytes,
} from "../../domain/language/linearModel.ts";
import { type Fitted, fit, type Question, type Settings, type Sparse, unfitted } from "./regression.ts";

export type Room = {
  /** Features that are kept, and weights of theirs that may be other than nothing. */
  most: number;
  mostWeights: number;
  /** How much the weights of each output count when it is chosen what is kept. */
  worth: readonly number[];
  /** The share of the weights, largest first, that are cut to the size of the next, so that the rest keep more of their figures. */
  cut: number;
  /** Whether what is kept is trained from nothing again; otherwise on from where it is, in half the epochs. */
  anew: boolean;
  /** So many times as much is kept in each step, 1 in the last and only one: what goes later is better known by then. */
  steps?: readonly number[];
};

/** Trains on all features, keeps what weighs most, trains that again and packs it. `halfway` may put in answers. */
export function trainPacked(
  sparse: Sparse,
  settings: Settings,
  room: Room,
  halfway?: (fitted: Fitted) => void,
): PackedModel {
  const fitted = unfitted(sparse);
  const { epochs, seed } = settings;
  fit(sparse, settings, fitted);
  halfway?.(fitted);
  const { most, mostWeights, anew, steps = [1] } = room;
  let kept: number[] = [];
  for (const [step, times] of steps.entries()) {
    for (const question of sparse.questions) oneSided(fitted, question);
    const { rows, open } = heaviest(fitted, {
      ...room,
      most: most * times,
      mostWeights: mostWeights * times,
    });
    for (let i = 0; i < open.length; i++) if (anew || !open[i]) fitted.weights[i] = 0;
    const again = { epochs: anew ? epochs : Math.ceil(epochs / 2), seed: seed + steps.length - step };
    fit(sparse, { ...settings, ...again }, fitted, open);
    kept = rows;
  }
  return pack(fitted, kept, room.cut);
}

/** Of two outputs that exclude each other only the difference counts: the second takes it, the first is nothing. */
function oneSided({ weights, bias }: Fitted, { from, to }: Question): void {
  if (to - from !== 2) return;
  for (const numbers of [weights, bias]) {
    for (let i = from; i + 1 < numbers.length; i += bias.length) {
      numbers[i + 1] = (numbers[i + 1] ?? 0) - (numbers[i] ?? 0);
      numbers[i] = 0;
    }
  }
}

/** The features that move scores apart in texts that are common enough, and the weights among theirs that do. */
function heaviest(
  { weights, bias, seen }: Fitted,
  { most, mostWeights, worth }: Room,
): { rows: number[]; open: Uint8Array } {
  const outputs = bias.length;
  const common = Float64Array.from(seen, Math.log1p);
  const worthOf = (row: number, o: number) => (worth[o] ?? 1) * (weights[row * outputs + o] ?? 0);
  const sizes = Array.from(
    common,
    (factor, row) => factor * Math.hypot(...Array.from(bias, (_, o) => worthOf(row, o))),
  );
  const rows = [...sizes.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0)).slice(0, most);
  const sizeOf = (row: number, o: number) => Math.abs(worthOf(row, o)) * (common[row] ?? 0);
  const all = Float64Array.from(
    rows.flatMap((row) => Array.from({ length: outputs }, (_, o) => sizeOf(row, o))),
  ).sort();
  const least = all[Math.max(0, all.length - mostWeights)] ?? 0;
  const open = new Uint8Array(weights.length);
  for (const row of rows)
    for (let o = 0; o < outputs; o++)
      if (sizeOf(row, o) >= Math.max(least, Number.MIN_VALUE)) open[row * outputs + o] = 1;
  const counts = (row: number) => open.subarray(row * outputs, (row + 1) * outputs).includes(1);
  return { rows: rows.filter(counts), open };
}

function pack({ hashes, weights, bias }: Fitted, rows: readonly number[], cut: number): PackedModel {
  const outputs = bias.length;
  const sorted = rows.toSorted((a, b) => (hashes[a] ?? 0) - (hashes[b] ?? 0));
  const sizes = weights
    .filter((weight) => weight !== 0)
    .map(Math.abs)
    .sort();
  const scale = sizes[Math.floor(sizes.length * (1 - cut))] ?? 1;
  const features = sorted.length;
  const bytes = Buffer.alloc(tableBytes(features, outputs));
  for (const [place, row] of sorted.entries()) {
    const above = (hashes[row] ?? 0) - (hashes[sorted[place - 1] ?? -1] ?? 0);
    for (let byte = 0; byte < HASH_BYTES; byte++)
      bytes[byte * features + place] = (above >> (8 * byte)) & 0xff;
    for (let o = 0; o < outputs; o++) {
      const { byte, shift } = placeOf(features, o, place);
      const level = nearestLevel((weights[row * outputs + o] ?? 0) / scale);
      bytes[byte] = (bytes[byte] ?? 0) | (level << shift);
    }
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
