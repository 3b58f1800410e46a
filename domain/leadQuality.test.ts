import { expect, test } from "vitest";
import { DEFAULT_LEAD_SCORE_SETTINGS, hasCooled, priorityOf, qualifiedBy, tierOf } from "./leadQuality.ts";

const settings = DEFAULT_LEAD_SCORE_SETTINGS;
const willing = { declined: false, opted_out: false };

test("tierOf, priorityOf · put who is hot or waits before the others", () => {
  expect([80, 79, 50, 49].map(tierOf)).toEqual(["hot", "warm", "warm", "cold"]);
  expect([90, 60, 10].map((total) => priorityOf(total, true))).toEqual(["urgent", "high", "medium"]);
  expect([90, 60, 10].map((total) => priorityOf(total, false))).toEqual(["high", "medium", "low"]);
});

test("qualifiedBy · takes the score first, else what was said, and never who said no", () => {
  expect(qualifiedBy({ total: 80 }, willing, true, settings)).toBe("score");
  expect(qualifiedBy({ total: 20 }, willing, true, settings)).toBe("intent");
  expect(qualifiedBy({ total: 79 }, willing, false, settings)).toBeNull();
  expect(qualifiedBy({ total: 95 }, { declined: true, opted_out: false }, true, settings)).toBeNull();
  expect(qualifiedBy({ total: 95 }, { declined: false, opted_out: true }, true, settings)).toBeNull();
});

test("hasCooled · waits until the score has fallen well below the threshold", () => {
  expect([79, 70, 69].map((total) => hasCooled({ total }, willing, false, settings))).toEqual([
    false,
    false,
    true,
  ]);
  expect(hasCooled({ total: 10 }, willing, true, settings)).toBe(false);
});
