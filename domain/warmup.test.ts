import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EMAIL_HOURLY_LADDER, judgeDay, nextWarmupStep, WARMUP_LADDER, warmupLimit } from "./warmup.ts";

const good = { sent: 100, delivered: 98, failed: 2, unwanted: 0 };

describe("judgeDay", () => {
  test.each([
    ["good", good, "healthy"],
    ["nothing sent", { sent: 0, delivered: 0, failed: 0, unwanted: 0 }, "idle"],
    ["no receipt yet", { sent: 20, delivered: 0, failed: 0, unwanted: 0 }, "idle"],
    ["no receipt, but complaints", { sent: 20, delivered: 0, failed: 0, unwanted: 2 }, "bad"],
    ["delivery just healthy", { sent: 100, delivered: 90, failed: 10, unwanted: 0 }, "healthy"],
    ["delivery just below", { sent: 1000, delivered: 899, failed: 101, unwanted: 0 }, "poor"],
    ["delivery just not bad", { sent: 100, delivered: 75, failed: 25, unwanted: 0 }, "poor"],
    ["delivery bad", { sent: 1000, delivered: 749, failed: 251, unwanted: 0 }, "bad"],
    ["some do not want it", { sent: 100, delivered: 100, failed: 0, unwanted: 2 }, "poor"],
    ["many do not want it", { sent: 100, delivered: 100, failed: 0, unwanted: 5 }, "bad"],
  ])("%s", (_name, health, expected) => {
    expect(judgeDay(health)).toBe(expected);
  });
});

describe("nextWarmupStep", () => {
  test("fourteen healthy days walk the whole ladder and end it", () => {
    let day = 1;
    const limits = [warmupLimit(day)];
    while (limits.at(-1) !== null) {
      const step = nextWarmupStep(day, good);
      day = step.day;
      limits.push(step.limit);
    }
    expect(limits).toEqual([20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 900, 1000, 1000, null]);
  });

  test("a poor or idle day holds, a bad one steps back, the first day never below", () => {
    expect(nextWarmupStep(5, { ...good, unwanted: 3 })).toEqual({ day: 5, limit: 100, verdict: "poor" });
    expect(nextWarmupStep(5, { ...good, sent: 0 })).toEqual({ day: 5, limit: 100, verdict: "idle" });
    expect(nextWarmupStep(5, { ...good, unwanted: 9 })).toEqual({ day: 4, limit: 75, verdict: "bad" });
    expect(nextWarmupStep(1, { ...good, unwanted: 9 })).toEqual({ day: 1, limit: 20, verdict: "bad" });
  });

  test("never climbs more than one step a day", () => {
    const count = fc.nat(1_000);
    const health = fc.record({ sent: count, delivered: count, failed: count, unwanted: count });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 14 }), health, (day, seen) => {
        expect(nextWarmupStep(day, seen).day - day).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test("the ladders never go down, and have their 14 and 36 days", () => {
  for (const [ladder, days] of [
    [WARMUP_LADDER, 14],
    [EMAIL_HOURLY_LADDER, 36],
  ] as const) {
    expect(ladder).toHaveLength(days);
    expect(ladder).toEqual(ladder.toSorted((a, b) => a - b));
  }
});
