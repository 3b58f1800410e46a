import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type DayHealth,
  EMAIL_HOURLY_LADDER,
  judgeDay,
  nextWarmupStep,
  QUALITIES,
  roomsOf,
  upcomingBudgets,
  WARMUP_LADDER,
  warmupLimit,
  weighFailures,
} from "./warmup.ts";

const good: DayHealth = { sent: 100, delivered: 98, failed: 2, unwanted: 0, quality: null };

describe("judgeDay", () => {
  test.each([
    ["good", good, "healthy"],
    ["nothing sent", { ...good, sent: 0, delivered: 0, failed: 0 }, "idle"],
    ["no receipt yet", { ...good, sent: 20, delivered: 0, failed: 0 }, "idle"],
    ["receipts of less than half", { ...good, delivered: 49, failed: 0 }, "idle"],
    ["receipts of half", { ...good, delivered: 50, failed: 0 }, "healthy"],
    ["few receipts, but bad ones", { ...good, delivered: 5, failed: 3 }, "bad"],
    ["no receipt, but complaints", { ...good, sent: 40, delivered: 0, failed: 0, unwanted: 3 }, "bad"],
    ["nothing sent, but complaints", { ...good, sent: 0, delivered: 0, failed: 0, unwanted: 5 }, "alarming"],
    ["delivery just healthy", { ...good, delivered: 90, failed: 10 }, "healthy"],
    ["delivery just below", { ...good, sent: 1000, delivered: 899, failed: 101 }, "poor"],
    ["delivery just not bad", { ...good, delivered: 75, failed: 25 }, "poor"],
    ["delivery bad", { ...good, sent: 1000, delivered: 749, failed: 251 }, "bad"],
    ["delivery just not alarming", { ...good, delivered: 50, failed: 50 }, "bad"],
    ["most did not arrive", { ...good, delivered: 49, failed: 51 }, "alarming"],
    ["most of a few did not arrive", { ...good, sent: 9, delivered: 0, failed: 9 }, "bad"],
    [
      "one of twenty does not want it",
      { ...good, sent: 20, delivered: 20, failed: 0, unwanted: 1 },
      "healthy",
    ],
    ["some do not want it", { ...good, unwanted: 2 }, "poor"],
    ["many do not want it", { ...good, unwanted: 5 }, "bad"],
    ["a tenth does not want it", { ...good, unwanted: 10 }, "alarming"],
    ["WhatsApp is content", { ...good, quality: "green" }, "healthy"],
    ["WhatsApp warns", { ...good, quality: "yellow" }, "poor"],
    ["WhatsApp rates it low", { ...good, quality: "red" }, "bad"],
  ] as const)("%s", (_name, health, expected) => {
    expect(judgeDay(health).verdict).toBe(expected);
  });

  test("names each figure that made the day what it was", () => {
    expect(judgeDay({ sent: 20, delivered: 15, failed: 5, unwanted: 2, quality: "yellow" }).reasons).toEqual([
      "2 opted out, complained or blocked, 10.0 % (healthy below 2 %)",
      "quality rating yellow",
      "delivery 75.0 % of 20 (healthy from 90 %)",
    ]);
    expect(judgeDay(good).reasons).toEqual(["delivery 98.0 % of 100 (healthy from 90 %)"]);
    expect(judgeDay({ ...good, sent: 0, delivered: 0, failed: 0 }).reasons).toEqual(["nothing was sent"]);
  });
});

test("weighFailures · takes what is about the people and the text, not what is about pace, templates or accounts", () => {
  const failures = {
    30003: 2,
    30005: 1,
    30007: 3,
    63014: 4,
    63016: 8,
    63018: 8,
    20003: 8,
    63027: 8,
    99999: 1,
  };
  expect(weighFailures(failures)).toEqual({ failed: 2 + 1 + 3 + 4 + 1, blocked: 3 + 4 });
  expect(weighFailures({})).toEqual({ failed: 0, blocked: 0 });
});

describe("nextWarmupStep", () => {
  const on = (day: number, wasBad = false) => ({ day, ladder: WARMUP_LADDER, wasBad });

  test("fourteen healthy days walk the whole ladder and end it", () => {
    const limits: (number | null)[] = [];
    let day = 1;
    for (let step = nextWarmupStep(on(day), good); ; step = nextWarmupStep(on(day), good)) {
      limits.push(warmupLimit(day));
      day = step.day;
      if (step.decision === "finish") break;
    }
    expect(limits).toEqual([20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 900, 1000, 1000]);
    expect(warmupLimit(15)).toBe(null);
  });

  test("a poor or idle day holds, a bad one steps back, the first day never below", () => {
    expect(nextWarmupStep(on(5), { ...good, unwanted: 3 })).toMatchObject({ day: 5, decision: "hold" });
    expect(nextWarmupStep(on(5), { ...good, sent: 0, delivered: 0, failed: 0 })).toMatchObject({
      day: 5,
      decision: "hold",
      verdict: "idle",
    });
    expect(nextWarmupStep(on(5), { ...good, unwanted: 9 })).toMatchObject({ day: 4, decision: "step_back" });
    expect(nextWarmupStep(on(1), { ...good, unwanted: 9 })).toMatchObject({ day: 1, decision: "step_back" });
  });

  test("stops after an alarming day, and after the second bad one in a row", () => {
    expect(nextWarmupStep(on(5), { ...good, unwanted: 12 })).toMatchObject({ decision: "stop" });
    expect(nextWarmupStep(on(5, true), { ...good, unwanted: 9 })).toMatchObject({ decision: "stop" });
    expect(nextWarmupStep(on(5, true), { ...good, unwanted: 3 })).toMatchObject({ decision: "hold" });
  });

  test("never climbs more than one step a day, and only after a healthy one", () => {
    const count = fc.nat(1_000);
    const quality = fc.constantFrom(null, ...QUALITIES);
    const health = fc.record({ sent: count, delivered: count, failed: count, unwanted: count, quality });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 14 }), fc.boolean(), health, (day, wasBad, seen) => {
        const step = nextWarmupStep(on(day, wasBad), seen);
        expect(step.day - day).toBeLessThanOrEqual(step.verdict === "healthy" ? 1 : 0);
        expect(step.reasons.length).toBeGreaterThan(0);
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

describe("what a warming sender can take", () => {
  const running = { state: "running", ladder: [20, 30, 50], day: 2, max_per_day: 40, limit: 30 };

  test("climbs the ladder from today on, under the sender's own limit; a paused one stays", () => {
    expect(upcomingBudgets(running)).toEqual([30, 40]);
    expect(upcomingBudgets({ ...running, state: "paused" }).slice(0, 3)).toEqual([30, 30, 30]);
  });

  test("is what is neither used nor waited for, day by day", () => {
    expect(roomsOf([20, 30, 50], 0, 0)).toEqual([20, 30, 50]);
    expect(roomsOf([20, 30, 50], 5, 10)).toEqual([5, 30, 50]);
    expect(roomsOf([20, 30, 50], 25, 40)).toEqual([0, 0, 40]);
    expect(roomsOf([20, 30, 50], 0, 1_000)).toEqual([0, 0, 0]);
  });
});
