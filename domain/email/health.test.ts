import fc from "fast-check";
import { expect, test } from "vitest";
import { HEALTH_LEVELS, type HealthWindow, judgeMailHealth, ratesOf } from "./health.ts";

const window = (fields: Partial<HealthWindow>): HealthWindow => ({
  hours: 24,
  domain: null,
  processed: 0,
  deferred: 0,
  delivered: 0,
  bounced: 0,
  blocked: 0,
  complained: 0,
  ...fields,
});
const level = (fields: Partial<HealthWindow>, before: (typeof HEALTH_LEVELS)[number] = "ok") =>
  judgeMailHealth(before, [window(fields)]).level;

test.each([
  [7, "ok"],
  [8, "warn"],
  [9, "warn"],
  [10, "slow"],
  [29, "slow"],
  [30, "stop"],
] as const)("judgeMailHealth · %i complaints of 10,000 delivered: %s", (complained, expected) => {
  expect(level({ delivered: 10_000, complained })).toBe(expected);
});

test("judgeMailHealth · says nothing from too few deliveries or complaints", () => {
  expect(level({ delivered: 999, complained: 50 })).toBe("ok");
  expect(level({ delivered: 1_000, complained: 2 })).toBe("ok");
  expect(level({ delivered: 1_000, complained: 3 })).toBe("stop");
});

test.each([
  ["stop", 25, "stop"],
  ["stop", 23, "slow"],
  ["slow", 9, "slow"],
  ["slow", 7, "warn"],
  ["warn", 7, "warn"],
  ["warn", 6, "ok"],
  ["stop", 0, "ok"],
] as const)("judgeMailHealth · from %s at %i of 10,000: %s", (before, complained, expected) => {
  expect(level({ delivered: 10_000, complained }, before)).toBe(expected);
});

test("judgeMailHealth · takes the worst of all windows and domains, and names it first", () => {
  const { level: worst, findings } = judgeMailHealth("ok", [
    window({ delivered: 100_000, complained: 80, hours: 168 }),
    window({ delivered: 2_000, complained: 6, hours: 6, domain: "outlook.com" }),
  ]);
  expect(worst).toBe("stop");
  expect(findings).toEqual([
    { metric: "complaint_rate", hours: 6, domain: "outlook.com", value: 0.3, limit: 0.3 },
    { metric: "complaint_rate", hours: 168, domain: null, value: 0.08, limit: 0.08 },
  ]);
});

test("judgeMailHealth · bounces and deferrals warn, and no more", () => {
  expect(level({ delivered: 100, bounced: 100, blocked: 50 })).toBe("warn");
  expect(level({ delivered: 90, bounced: 100 })).toBe("ok");
  expect(level({ processed: 1_000, deferred: 251 })).toBe("warn");
  expect(level({ processed: 1_000, deferred: 250 })).toBe("ok");
});

test("judgeMailHealth · never gets better by more complaints", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...HEALTH_LEVELS),
      fc.nat(50_000),
      fc.nat(500),
      fc.nat(500),
      (before, delivered, complained, more) => {
        const at = (count: number) => HEALTH_LEVELS.indexOf(level({ delivered, complained: count }, before));
        expect(at(complained + more)).toBeGreaterThanOrEqual(at(complained));
      },
    ),
  );
});

test("ratesOf · is null where there is nothing to compare with", () => {
  expect(ratesOf(window({}))).toEqual({ complaint_rate: null, bounce_rate: null, deferral_rate: null });
  const some = window({ processed: 200, deferred: 3, delivered: 190, bounced: 6, blocked: 4, complained: 1 });
  expect(ratesOf(some)).toEqual({ complaint_rate: 0.53, bounce_rate: 5, deferral_rate: 1.5 });
});
