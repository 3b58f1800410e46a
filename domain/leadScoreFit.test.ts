import { expect, test } from "vitest";
import { randomOf } from "../test/leadSimulation.ts";
import { DEFAULT_WEIGHTS, FACTOR_NAMES, FACTORS, type Factor, PARTS } from "./leadScore.ts";
import { AHEAD_DAYS, daysAhead, type FitCase, fitWeights, judgeFit, splitCases } from "./leadScoreFit.ts";

/** People whose factors are drawn evenly, and who buy by these slopes. */
function drawn(count: number, slopes: Partial<Record<Factor, number>>, seed = 91): FitCase[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => {
    const values = FACTOR_NAMES.map(() => random());
    const logit = FACTOR_NAMES.reduce((sum, name, i) => sum + (slopes[name] ?? 0) * (values[i] ?? 0), -3);
    return { values, converted: random() < 1 / (1 + Math.exp(-logit)) };
  });
}

test("fitWeights · gives the points of a part to the factors that say something, and keeps its size", () => {
  const weights = fitWeights(drawn(6_000, { reads: 3, actions: 3, recency: 1.5 }));
  expect(weights.reads).toBeGreaterThan(30);
  expect(weights.actions).toBeGreaterThan(24);
  for (const part of PARTS) {
    const own = FACTOR_NAMES.filter((name) => FACTORS[name].part === part);
    const sum = (by: Record<Factor, number>) => own.reduce((all, name) => all + by[name], 0);
    expect(sum(weights)).toBeCloseTo(sum(DEFAULT_WEIGHTS), 10);
  }
  for (const name of FACTOR_NAMES) {
    expect(weights[name]).toBeGreaterThanOrEqual(0);
    expect(weights[name] * 10).toBeCloseTo(Math.round(weights[name] * 10), 6);
  }
});

test("fitWeights · leaves a profile as it is, and takes no points for answering", () => {
  const weights = fitWeights(drawn(6_000, { identity: 3, replies: -3, reads: 2 }));
  for (const name of ["consent", "identity", "details"] as const)
    expect(weights[name]).toBe(DEFAULT_WEIGHTS[name]);
  expect(weights.replies).toBe(0);
});

test("fitWeights · gives the same weights for the same people", () => {
  expect(fitWeights(drawn(900, { reads: 2 }))).toEqual(fitWeights(drawn(900, { reads: 2 })));
});

test("judgeFit · is sure of a gain that is there, and of none where nothing says anything", () => {
  const { fitted, heldOut } = splitCases(drawn(3_000, { reads: 3, actions: 3 }));
  const judged = judgeFit(heldOut, fitWeights(fitted));
  expect(judged.auc_fitted).toBeGreaterThan(judged.auc_default);
  expect(judged.gain_low).toBeGreaterThan(0);
  expect(judged.gain_low).toBeLessThan(judged.auc_fitted - judged.auc_default);
  const gains = Array.from({ length: 40 }, (_, i) => {
    const noise = splitCases(drawn(600, {}, 500 + i));
    return judgeFit(noise.heldOut, fitWeights(noise.fitted)).gain_low > 0;
  });
  expect(gains.filter(Boolean).length).toBeLessThanOrEqual(6);
});

test("splitCases · holds out a third of those who bought and of the others", () => {
  const cases = drawn(300, {});
  const bought = (some: readonly FitCase[]) => some.filter(({ converted }) => converted).length;
  const { heldOut, fitted } = splitCases(cases);
  expect(heldOut.length + fitted.length).toBe(300);
  expect(bought(heldOut)).toBe(Math.ceil(bought(cases) / 3));
  expect(heldOut.filter((one) => fitted.includes(one))).toEqual([]);
});

test("daysAhead · is spread from an hour to a fortnight", () => {
  const days = Array.from({ length: 1_000 }, (_, n) => daysAhead(n));
  expect(Math.min(...days)).toBeGreaterThanOrEqual(1 / 24);
  expect(Math.max(...days)).toBeLessThan(AHEAD_DAYS);
  expect(days.reduce((sum, one) => sum + one) / 1_000).toBeCloseTo(AHEAD_DAYS / 2, 0);
});
