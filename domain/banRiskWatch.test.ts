import fc from "fast-check";
import { expect, test } from "vitest";
import { nextWatch, UNWATCHED, type Watch } from "./banRiskWatch.ts";

const HALF_HOUR = 1_800_000;
const START = Date.parse("2026-11-02T12:00:00Z");

/** What is done at each check, half an hour apart. */
function watched(scores: readonly number[], from: Watch = UNWATCHED) {
  let watch = from;
  return scores.map((score, i) => {
    const { action, ...step } = nextWatch(watch, score, new Date(START + i * HALF_HOUR));
    watch = { ...step, override_until: watch.override_until };
    return action;
  });
}

test("nextWatch · brakes at 80, once, and holds what is started again", () => {
  expect(watched([79, 80, 95, 79, 60, 85])).toEqual(["none", "brake", "hold", "none", "none", "hold"]);
});

test("nextWatch · lets go after six braked hours of which the last two were calm", () => {
  const actions = watched([90, ...Array<number>(20).fill(10)]);
  expect(actions.indexOf("release")).toBe(12);
  const restless = watched([90, ...Array<number>(12).fill(60), ...Array<number>(6).fill(10)]);
  expect(restless.indexOf("release")).toBe(13 + 4);
});

test("nextWatch · a score that swings between its bounds brakes once and never lets go", () => {
  const swinging = watched([81, ...Array.from({ length: 48 }, (_, i) => (i % 2 ? 85 : 55))]);
  expect(swinging.filter((action) => action === "brake")).toHaveLength(1);
  expect(swinging).not.toContain("release");
});

test("nextWatch · whatever the scores, two brakes are at least six hours apart", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 200 }), (scores) => {
      const brakes = watched(scores).flatMap((action, i) => (action === "brake" ? [i] : []));
      return brakes.slice(1).every((at, i) => at - (brakes[i] ?? 0) > 12);
    }),
  );
});

test("nextWatch · an override pauses nothing until it ends", () => {
  const until = new Date(START + 2 * HALF_HOUR);
  expect(watched([90, 90, 90, 90], { ...UNWATCHED, override_until: until })).toEqual([
    "none",
    "none",
    "brake",
    "hold",
  ]);
});
