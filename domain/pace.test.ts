import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  budgetFreeAt,
  climbedBack,
  gapMs,
  type Limits,
  MIN_RATE_FACTOR,
  nextSendAt,
  remaining,
  type SenderPace,
  slowedDown,
  usedOf,
} from "./pace.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function sender(overrides: Partial<SenderPace> = {}): SenderPace {
  return {
    kind: "whatsapp",
    gap_min_ms: null,
    gap_max_ms: null,
    rate_per_second: null,
    rate_factor: 1,
    ...overrides,
  };
}

describe("gapMs", () => {
  test.each<[string, Partial<SenderPace>, number, number, number]>([
    ["a WhatsApp number at a human pace, least", {}, 1, 0, 2_000],
    ["a WhatsApp number at a human pace, half", {}, 1, 0.5, 3_500],
    ["a WhatsApp number with a rate", { rate_per_second: 80 }, 1, 0.9, 12.5],
    ["WhatsApp counts messages, not parts", { rate_per_second: 10 }, 3, 0, 100],
    ["a long code, one segment a second", { kind: "long_code" }, 1, 0.9, 1_000],
    ["a long code with three segments", { kind: "long_code" }, 3, 0, 3_000],
    ["a toll-free number", { kind: "toll_free" }, 3, 0, 1_000],
    ["a short code", { kind: "short_code" }, 1, 0, 10],
    ["e-mail has no gap", { kind: "email" }, 1, 0, 0],
    [
      "a gap that was set wins over the rate",
      { kind: "long_code", gap_min_ms: 100, gap_max_ms: 300, rate_per_second: 5 },
      1,
      0.5,
      200,
    ],
    ["only a least gap", { gap_min_ms: 700 }, 1, 0.9, 700],
    ["only a largest gap", { gap_max_ms: 800 }, 1, 0.5, 400],
    ["a largest gap below the least", { gap_min_ms: 500, gap_max_ms: 100 }, 1, 0.9, 500],
    ["slowed to half", { kind: "long_code", rate_factor: 0.5 }, 1, 0, 2_000],
    ["a human pace slowed to half", { rate_factor: 0.5 }, 1, 0, 4_000],
  ])("%s", (_name, overrides, parts, random, expected) => {
    expect(gapMs(sender(overrides), parts, random)).toBe(expected);
  });

  test("a human pace stays between 2 and 5 seconds", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const gap = gapMs(sender(), 1, random);
        expect(gap).toBeGreaterThanOrEqual(2_000);
        expect(gap).toBeLessThanOrEqual(5_000);
      }),
    );
  });
});

test("nextSendAt · does not save up idle time, and never goes back", () => {
  expect(nextSendAt(1_000, 5_000, 300)).toBe(5_300);
  expect(nextSendAt(9_000, 5_000, 300)).toBe(9_300);
});

const limits: Limits = { max_per_hour: 100, max_per_day: 1_000, warmup_day_limit: null };

describe("remaining", () => {
  test.each<[string, Partial<Limits>, number, number, number]>([
    ["nothing used", {}, 0, 0, 100],
    ["the hour decides", {}, 99, 200, 1],
    ["the day decides", {}, 10, 995, 5],
    ["the warmup decides", { warmup_day_limit: 20 }, 5, 15, 5],
    ["never below nothing", { warmup_day_limit: 20 }, 5, 40, 0],
  ])("%s", (_name, overrides, hour, day, expected) => {
    expect(remaining({ ...limits, ...overrides }, { hour, day })).toBe(expected);
  });
});

describe("usedOf", () => {
  test("counts a minute as long as any of it lies within the last hour", () => {
    const now = 100 * HOUR;
    const buckets = [
      { minute: now - HOUR - MINUTE, used: 1 },
      { minute: now - HOUR - MINUTE + 1, used: 10 },
      { minute: now - 5 * MINUTE, used: 100 },
    ];
    expect(usedOf(buckets, now, now - 10 * MINUTE)).toEqual({ hour: 110, day: 100 });
  });
});

describe("budgetFreeAt", () => {
  const now = 1_000 * HOUR + 30_000;
  const dayStart = 990 * HOUR;
  const nextDay = 1_014 * HOUR;
  const at = (minutesAgo: number) => 1_000 * HOUR - minutesAgo * MINUTE;

  test("is now while something is left", () => {
    expect(budgetFreeAt(limits, [{ minute: at(3), used: 99 }], now, dayStart, nextDay)).toBe(now);
  });

  test("is when enough minutes have left the hour", () => {
    const buckets = [
      { minute: at(10), used: 60 },
      { minute: at(30), used: 40 },
      { minute: at(20), used: 5 },
    ];
    // 105 used of 100: six have to leave, and the oldest minute holds 40.
    expect(budgetFreeAt(limits, buckets, now, dayStart, nextDay)).toBe(at(30) + MINUTE + HOUR);
  });

  test("is the next day when the day or the warmup is used up", () => {
    const buckets = [{ minute: at(200), used: 20 }];
    expect(budgetFreeAt({ ...limits, warmup_day_limit: 20 }, buckets, now, dayStart, nextDay)).toBe(nextDay);
  });

  test.each([{ max_per_hour: 0 }, { max_per_day: 0 }, { warmup_day_limit: 0 }])(
    "is never with %o",
    (zero) => {
      expect(budgetFreeAt({ ...limits, ...zero }, [], now, dayStart, nextDay)).toBe(Infinity);
    },
  );

  test("names the first moment at which something is left", () => {
    const bucket = fc.record({
      minute: fc.integer({ min: 0, max: 70 }).map(at),
      used: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(bucket, { selector: (b) => b.minute, maxLength: 12 }), (buckets) => {
        const free = budgetFreeAt(limits, buckets, now, dayStart, nextDay);
        expect(remaining(limits, usedOf(buckets, free, dayStart))).toBeGreaterThan(0);
        if (free > now) expect(remaining(limits, usedOf(buckets, free - 1, dayStart))).toBe(0);
      }),
    );
  });
});

describe("slowing down", () => {
  test("halves, to a least", () => {
    expect(slowedDown(1)).toBe(0.5);
    expect(slowedDown(MIN_RATE_FACTOR)).toBe(MIN_RATE_FACTOR);
  });

  test("climbs back to the full pace and not beyond", () => {
    expect(climbedBack(0.5, 0, 0)).toBe(0.5);
    expect(climbedBack(0.5, 0, 2 * MINUTE)).toBeCloseTo(0.7);
    expect(climbedBack(0.5, 0, HOUR)).toBe(1);
    expect(climbedBack(0.5, HOUR, 0)).toBe(0.5);
    expect(climbedBack(0.5, 0, 200, 100)).toBeCloseTo(0.7);
  });
});

test("remaining · of an e-mail warmup has the 24th part of the day in each hour", () => {
  const limits = { kind: "email", max_per_hour: 1_000_000, max_per_day: 10_000_000 } as const;
  const warming = { ...limits, warmup_day_limit: 480 };
  expect(remaining(warming, { hour: 0, day: 0 })).toBe(20);
  expect(remaining(warming, { hour: 20, day: 20 })).toBe(0);
  expect(remaining(warming, { hour: 0, day: 475 })).toBe(5);
  expect(remaining({ ...limits, warmup_day_limit: null }, { hour: 0, day: 0 })).toBe(1_000_000);
});
