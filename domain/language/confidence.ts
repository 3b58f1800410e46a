/**
 * How often the reply model was right when it thought itself this sure, on replies of writers it had not been trained on
 * (docs/language.md).
 */
type Curve = readonly (readonly [likely: number, right: number])[];

const INTENTS: Curve = [
  [0, 22],
  [0.27, 25],
  [0.36, 32],
  [0.46, 37],
  [0.55, 46],
  [0.65, 53],
  [0.75, 61],
  [0.84, 69],
  [0.9, 76],
  [0.95, 85],
  [0.98, 90],
  [0.99, 93],
  [1, 99],
];

/** Of those that were taken for opt-outs: where the model doubts, a pattern had decided. */
const OPT_OUTS: Curve = [
  [0, 45],
  [0.25, 55],
  [0.4, 63],
  [0.6, 65],
  [0.68, 71],
  [0.76, 80],
  [0.86, 88],
  [0.93, 94],
  [0.97, 97],
  [1, 99],
];

/** So many of a hundred that were taken for opt-ins were some. */
export const OPT_IN_CONFIDENCE = 93;

/** The model's own probability (0–1) of an intent as the share of right answers to expect, 0–100. */
export const confidenceOf = (likely: number): number => read(INTENTS, likely);

/** The same for an opt-out, by the model's probability that it is one. */
export const optOutConfidenceOf = (likely: number): number => read(OPT_OUTS, likely);

function read(curve: Curve, likely: number): number {
  const above = curve.findIndex(([at]) => at >= likely);
  const [high, rightHigh] = curve[above] ?? curve.at(-1) ?? [1, 0];
  const [low, rightLow] = curve[above - 1] ?? [high, rightHigh];
  const part = high === low ? 0 : (likely - low) / (high - low);
  return Math.round(rightLow + part * (rightHigh - rightLow));
}
