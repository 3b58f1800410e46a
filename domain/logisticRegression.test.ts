import { expect, test } from "vitest";
import { randomOf } from "../test/leadSimulation.ts";
import { type Case, logisticRegression } from "./logisticRegression.ts";

/** Cases of which the coefficients are known. */
function drawn(count: number, coefficients: readonly number[], constant: number): Case[] {
  const random = randomOf(41);
  return Array.from({ length: count }, () => {
    const values = coefficients.map(() => random());
    const logit = values.reduce((sum, value, i) => sum + value * (coefficients[i] ?? 0), constant);
    return { values, is: random() < 1 / (1 + Math.exp(-logit)) };
  });
}

test("logisticRegression · finds the coefficients that cases were drawn by", () => {
  const found = logisticRegression(drawn(20_000, [2, -1, 0], -0.5), [0, 0, 0]);
  for (const [i, is] of [2, -1, 0, -0.5].entries()) expect(Math.abs((found[i] ?? 0) - is)).toBeLessThan(0.2);
});

test("logisticRegression · answers no more than it was told beforehand where there is little to see", () => {
  const cases = drawn(30, [2], 0);
  const [free = 0] = logisticRegression(cases, [0.001]);
  const [tied = 0] = logisticRegression(cases, [100]);
  expect(Math.abs(tied)).toBeLessThan(0.2);
  expect(Math.abs(free)).toBeGreaterThan(Math.abs(tied));
});

test("logisticRegression · ends where one value parts them all", () => {
  const cases = Array.from({ length: 200 }, (_, i) => ({ values: [i / 200], is: i >= 100 }));
  const [slope = 0] = logisticRegression(cases, [0.01]);
  expect(slope).toBeGreaterThan(10);
  expect(Number.isFinite(slope)).toBe(true);
});
