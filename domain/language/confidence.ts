/**
 * How often the reply model was right when it thought itself this sure, on replies of writers it had not been trained on
 * (docs/language.md).
 */
type Curve = readonly (readonly [likely: number, right: number])[];

const INTENTS: Curve = [
  [0, 22],
  [0.36, 30],
  [0.46, 40],
  [0.55, 45],
  [0.65, 56],
  [0.75, 62],
  [0.84, 71],
  [0.9, 75],
  [0.95, 86],
  [0.98, 94],
  [1, 98],
];

/** Of those that were taken for opt-outs: where the model doubts, a pattern had decided. */
const OPT_OUTS: Curve = [
  [0, 55],
  [0.45, 66],
  [0.65, 74],
  [0.75, 87],
  [0.86, 93],
  [0.97, 98],
  [1, 99],
];

/** So many of a hundred that were taken for opt-ins were some. */
export const OPT_IN_CONFIDENCE = 90;

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
