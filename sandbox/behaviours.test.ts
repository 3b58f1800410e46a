import { describe, expect, test } from "vitest";
import { Behaviour, BehaviourRule, Behaviours, planOf } from "./behaviours.ts";
import { Settings } from "./settings.ts";

const rule = (given: object): BehaviourRule => BehaviourRule.parse(given);
const outcomes = (rules: object[], to: string, times = 1): string[] => {
  const behaviours = new Behaviours(rules.map(rule));
  return Array.from({ length: times }, () => behaviours.of(to, "AC1").outcome);
};

describe("Behaviours", () => {
  test("by default everybody reads, but for the endings that say otherwise", () => {
    expect(outcomes([], "whatsapp:+573001234567")).toEqual(["read"]);
    expect(outcomes([], "+573005550005")).toEqual(["refused"]);
    expect(new Behaviours([]).of("whatsapp:+525515550008", "AC1")).toMatchObject({
      outcome: "undelivered",
      code: 63024,
    });
  });

  test("the newest rule wins, one for exactly this address over any other", () => {
    const rules = [
      { match: { all: true }, outcome: "silent" },
      { match: { to: "+573001234567" }, outcome: "failed" },
      { match: { prefix: "+57" }, outcome: "undelivered" },
      { match: { suffix: "67" }, outcome: "delivered" },
      { match: { account: "AC2" }, outcome: "refused" },
    ];
    expect(outcomes(rules, "+573001234567")).toEqual(["failed"]);
    expect(outcomes(rules, "whatsapp:+573001234567")).toEqual(["failed"]);
    expect(outcomes(rules, "+573009999967")).toEqual(["delivered"]);
    expect(outcomes(rules, "+573009999999")).toEqual(["undelivered"]);
    expect(outcomes(rules, "+525512345678")).toEqual(["silent"]);
  });

  test("a rule with times ends, and the one before it holds again", () => {
    const rules = [
      { match: { all: true }, outcome: "delivered" },
      { match: { all: true }, outcome: "refused", code: 20429, times: 2 },
    ];
    expect(outcomes(rules, "+573001234567", 4)).toEqual(["refused", "refused", "delivered", "delivered"]);
  });

  test("a mix gives each share its people, the same ones every time", () => {
    const mix = { seed: 7, refused: 0.1, undelivered: 0.2, silent: 0.1, read: 0.5, reply: 0.3, opt_out: 0.1 };
    const people = Array.from({ length: 5_000 }, (_, index) => `whatsapp:+57300${1_000_000 + index}`);
    const behave = (): Behaviour[] => {
      const behaviours = new Behaviours([rule({ match: { all: true }, mix })]);
      return people.map((person) => behaviours.of(person, "AC1"));
    };
    const behaved = behave();
    expect(behave()).toEqual(behaved);
    const share = (fits: (behaviour: Behaviour) => boolean): number =>
      behaved.filter(fits).length / people.length;
    expect(share(({ outcome }) => outcome === "refused")).toBeCloseTo(0.1, 1);
    expect(share(({ outcome }) => outcome === "undelivered")).toBeCloseTo(0.2, 1);
    expect(share(({ outcome }) => outcome === "silent")).toBeCloseTo(0.1, 1);
    expect(share(({ outcome }) => outcome === "read")).toBeCloseTo(0.3, 1);
    expect(share(({ reply }) => reply !== undefined)).toBeCloseTo(0.18, 1);
    expect(share(({ opt_out }) => opt_out !== undefined)).toBeCloseTo(0.06, 1);
  });
});

describe("planOf", () => {
  const settings = Settings.parse({ sent_ms: 10, delivered_ms: 20, read_ms: 30, reply_ms: 5, spread: 0 });
  const plan = (given: object, whatsApp = true): unknown[] =>
    planOf(Behaviour.parse(given), whatsApp, settings, 1_000, () => 0.5).map(
      ({ at, status, code, says, quiet }) => [
        at,
        status ?? says,
        ...(code ? [code] : []),
        ...(quiet ? ["quiet"] : []),
      ],
    );

  test.each([
    [
      {},
      true,
      [
        [1_010, "sent"],
        [1_020, "delivered"],
        [1_030, "read"],
      ],
    ],
    [
      {},
      false,
      [
        [1_010, "sent"],
        [1_020, "delivered"],
      ],
    ],
    [
      { outcome: "delivered" },
      true,
      [
        [1_010, "sent"],
        [1_020, "delivered"],
      ],
    ],
    [
      { read_after_ms: 9_000 },
      true,
      [
        [1_010, "sent"],
        [1_020, "delivered"],
        [10_000, "read"],
      ],
    ],
    [
      { outcome: "undelivered" },
      true,
      [
        [1_010, "sent"],
        [1_020, "undelivered", 63024],
      ],
    ],
    [
      { outcome: "undelivered", code: 30003 },
      false,
      [
        [1_010, "sent"],
        [1_020, "undelivered", 30003],
      ],
    ],
    [{ outcome: "failed" }, true, [[1_010, "failed", 30008]]],
    [{ outcome: "silent" }, true, [[1_010, "sent", "quiet"]]],
  ])("%o, WhatsApp %s", (given, whatsApp, expected) => {
    expect(plan(given, whatsApp)).toEqual(expected);
  });

  test("people answer after they have read", () => {
    const given = { reply: { text: "Sí", after_ms: 7 }, opt_out: true };
    expect(plan(given).slice(3)).toEqual([
      [1_035, "STOP"],
      [1_037, "Sí"],
    ]);
  });

  test("however the delays are stretched, the order of statuses stays", () => {
    const wide = Settings.parse({ sent_ms: 100, delivered_ms: 100, read_ms: 100, spread: 1 });
    for (const draws of [
      [1, 0, 0],
      [0, 1, 0],
      [0.5, 0.5, 0],
    ]) {
      const left = [...draws];
      const steps = planOf(Behaviour.parse({}), true, wide, 0, () => left.shift() ?? 0);
      const times = steps.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
    }
  });
});
