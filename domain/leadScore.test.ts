import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DEFAULT_WEIGHTS,
  FACTOR_NAMES,
  FACTORS,
  type LeadFacts,
  type Part,
  PARTS,
  scoreLead,
} from "./leadScore.ts";

const NOBODY: LeadFacts = {
  named: false,
  has_email: false,
  has_mobile: false,
  has_place: false,
  has_language: false,
  attributes: 0,
  opted_in: false,
  opted_out: false,
  delivered: 0,
  seen: 0,
  replies: 0,
  inbound: 0,
  last_inbound_days: null,
  reply_minutes: null,
  reply_days: null,
  intent: 0,
  declined: false,
  spoken: 0,
  mood: 0,
  calls: 0,
  visits: 0,
};
const KEEN: LeadFacts = {
  ...NOBODY,
  named: true,
  has_email: true,
  has_mobile: true,
  has_place: true,
  has_language: true,
  attributes: 3,
  opted_in: true,
  delivered: 4,
  seen: 4,
  replies: 3,
  inbound: 7,
  last_inbound_days: 0.1,
  reply_minutes: 4,
  reply_days: 0.1,
  intent: 2.6,
  spoken: 4,
  mood: 3,
  calls: 1,
  visits: 1,
};

const figure = fc.double({ min: 0, max: 50, noNaN: true });
const facts: fc.Arbitrary<LeadFacts> = fc
  .record({
    named: fc.boolean(),
    has_email: fc.boolean(),
    has_mobile: fc.boolean(),
    has_place: fc.boolean(),
    has_language: fc.boolean(),
    attributes: fc.nat(20),
    opted_in: fc.boolean(),
    opted_out: fc.boolean(),
    delivered: figure,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    replies: figure,
    inbound: figure,
    last_inbound_days: fc.option(figure),
    reply_minutes: fc.option(fc.double({ min: -5, max: 50_000, noNaN: true })),
    reply_days: fc.option(figure),
    intent: figure,
    declined: fc.boolean(),
    spoken: figure,
    mood: fc.double({ min: -50, max: 50, noNaN: true }),
    calls: figure,
    visits: figure,
  })
  .map(({ share, ...rest }) => ({ ...rest, seen: rest.delivered * share }));

test("the weights · are 40, 20, 30 and 10 points", () => {
  const sums = { engagement: 0, profile: 0, behavior: 0, timing: 0 };
  for (const name of FACTOR_NAMES) sums[FACTORS[name].part] += DEFAULT_WEIGHTS[name];
  expect(sums).toEqual({ engagement: 40, profile: 20, behavior: 30, timing: 10 });
});

test("scoreLead · gives nothing to nobody and nearly all to who is known, answers and asks", () => {
  expect(scoreLead(NOBODY).total).toBe(0);
  expect(scoreLead(KEEN).total).toBeGreaterThanOrEqual(85);
});

test("scoreLead · stays within its bounds, and every point belongs to a factor", () => {
  fc.assert(
    fc.property(facts, (some) => {
      const { total, breakdown, factors } = scoreLead(some);
      expect(total).toBe(PARTS.reduce((sum, part) => sum + breakdown[part], 0));
      expect(total).toBeGreaterThanOrEqual(0);
      expect(total).toBeLessThanOrEqual(100);
      for (const part of PARTS) {
        const own = factors.filter((factor) => factor.part === part);
        const points = own.reduce((sum, factor) => sum + factor.points, 0);
        expect(Math.abs(points - breakdown[part])).toBeLessThanOrEqual(0.5 + 0.05 * own.length + 1e-9);
        for (const factor of own) expect(factor.points).toBeLessThanOrEqual(factor.most);
      }
    }),
  );
});

const grows: [Part, (more: LeadFacts) => LeadFacts][] = [
  ["engagement", (before) => ({ ...before, replies: before.replies + 1 })],
  ["engagement", (before) => ({ ...before, inbound: before.inbound + 1 })],
  ["profile", (before) => ({ ...before, opted_in: true })],
  ["behavior", (before) => ({ ...before, intent: before.intent + 1 })],
  ["behavior", (before) => ({ ...before, calls: before.calls + 1 })],
  ["timing", (before) => ({ ...before, last_inbound_days: 0 })],
];

test.each(grows)("scoreLead · never takes points of %s for more of what counts (%#)", (part, more) => {
  fc.assert(
    fc.property(facts, (some) => {
      expect(scoreLead(more(some)).breakdown[part]).toBeGreaterThanOrEqual(scoreLead(some).breakdown[part]);
    }),
  );
});

test("scoreLead · takes all points from who opted out, and what they did from who declined", () => {
  fc.assert(
    fc.property(facts, (some) => {
      expect(scoreLead({ ...some, opted_out: true }).total).toBe(0);
      const { breakdown } = scoreLead({ ...some, declined: true });
      expect([breakdown.behavior, breakdown.timing]).toEqual([0, 0]);
    }),
  );
});
