import { expect, test } from "vitest";
import fc from "fast-check";
import { healthOf, type SilentFacts } from "./contactHealth.ts";

const quiet: SilentFacts = {
  days_silent: 30,
  arrived_since: 0,
  read_since: 0,
  sentiment: null,
  awaiting: false,
  opted_out: false,
};

test("healthOf · halves with each month of silence", () => {
  expect(healthOf({ ...quiet, days_silent: 0 })).toMatchObject({ health_score: 100, risk_indicators: [] });
  expect(healthOf(quiet)).toEqual({
    health_score: 50,
    risk_indicators: ["silent"],
    recommended_action: "send_something_new",
  });
  expect(healthOf({ ...quiet, days_silent: 60 }).health_score).toBe(25);
});

test.each([
  [{ opted_out: true, awaiting: true }, 50, "opted_out", "leave_alone"],
  [{ awaiting: true, sentiment: "negative" }, 30, "unanswered_by_us", "answer"],
  [{ sentiment: "negative" }, 30, "negative_sentiment", "call"],
  [{ arrived_since: 3 }, 35, "does_not_read", "try_another_channel"],
  [{ arrived_since: 9, read_since: 1 }, 30, "does_not_answer", "ask_what_they_need"],
  [{ arrived_since: 2 }, 40, "silent", "send_something_new"],
] as const)("healthOf · %j: %i, %s, %s", (facts, health, indicator, action) => {
  const found = healthOf({ ...quiet, ...facts });
  expect(found).toMatchObject({ health_score: health, recommended_action: action });
  expect(found.risk_indicators).toContain(indicator);
});

test("healthOf · is whole, from 0 to 100, and never better for longer silence", () => {
  const facts = fc.record({
    days_silent: fc.double({ min: 0, max: 5_000, noNaN: true }),
    arrived_since: fc.nat(500),
    read_since: fc.nat(500),
    sentiment: fc.constantFrom("negative", "neutral", "positive", null),
    awaiting: fc.boolean(),
    opted_out: fc.boolean(),
  });
  fc.assert(
    fc.property(facts, fc.double({ min: 0, max: 500, noNaN: true }), (one, longer) => {
      const { health_score } = healthOf(one);
      expect(Number.isInteger(health_score) && health_score >= 0 && health_score <= 100).toBe(true);
      expect(healthOf({ ...one, days_silent: one.days_silent + longer }).health_score).toBeLessThanOrEqual(
        health_score,
      );
    }),
  );
});
