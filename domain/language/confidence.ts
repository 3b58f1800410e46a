/** How often the reply model was right when it thought itself this sure, on replies it was not trained on. */
const CURVE: readonly (readonly [likely: number, right: number])[] = [
  [0, 28],
  [0.5, 41],
  [0.65, 57],
  [0.75, 67],
  [0.87, 79],
  [0.97, 92],
  [1, 97],
];

/** The model's own probability (0–1) as the share of right answers to expect, 0–100. */
export function confidenceOf(likely: number): number {
  const above = CURVE.findIndex(([at]) => at >= likely);
  const [high, rightHigh] = CURVE[above] ?? [1, 97];
  const [low, rightLow] = CURVE[above - 1] ?? [high, rightHigh];
  const part = high === low ? 0 : (likely - low) / (high - low);
  return Math.round(rightLow + part * (rightHigh - rightLow));
}
