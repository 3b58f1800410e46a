import fc from "fast-check";
import { expect, test } from "vitest";
import { dueOf } from "./dripDue.ts";
import type { Step } from "./dripSequence.ts";
import { localMinutes } from "./localTime.ts";
import { spreadMs } from "./dripSpread.ts";

const HOUR = 3_600_000;
const BOGOTA = "America/Bogota";
const BERLIN = "Europe/Berlin";
const MADRID_SPRING = Date.parse("2026-03-28T12:00:00Z");
const at = (text: string) => Date.parse(text);
const due = (step: Partial<Step>, from: string, zone = BOGOTA, lastStepAt: string | null = null) =>
  new Date(
    dueOf(
      { id: 1, message: "Hola", ...step } as Step,
      { enrolledAt: at(from), lastStepAt: lastStepAt === null ? null : at(lastStepAt) },
      zone,
    ),
  ).toISOString();

test("dueOf · hours count from the step before, or from the enrollment before the first", () => {
  expect(due({ delay_hours: 1.5 }, "2026-11-02T10:00:00Z")).toBe("2026-11-02T11:30:00.000Z");
  expect(due({ delay_hours: 24 }, "2026-11-02T10:00:00Z", BOGOTA, "2026-11-05T09:00:00Z")).toBe(
    "2026-11-06T09:00:00.000Z",
  );
  expect(due({}, "2026-11-02T10:00:00Z")).toBe("2026-11-02T10:00:00.000Z");
});

test("dueOf · from the enrollment, steps of 0, 24 and 72 hours come on the first, second and fourth day", () => {
  const enrolledAt = at("2026-11-02T10:00:00Z");
  const third = { id: 3, message: "Hola", delay_hours: 72 };
  const on = { enrolledAt, lastStepAt: enrolledAt + 24 * HOUR };
  expect(dueOf(third, on, BOGOTA, "enrollment")).toBe(enrolledAt + 72 * HOUR);
  expect(dueOf(third, { enrolledAt, lastStepAt: enrolledAt + 90 * HOUR }, BOGOTA, "enrollment")).toBe(
    enrolledAt + 90 * HOUR,
  );
});

test("dueOf · a day of the calendar is the same hour of the next day where clocks change, 24 hours are not", () => {
  const before = new Date(MADRID_SPRING).toISOString();
  expect(due({ delay: "P1D" }, before, BERLIN)).toBe("2026-03-29T11:00:00.000Z");
  expect(due({ delay: "PT24H" }, before, BERLIN)).toBe("2026-03-29T12:00:00.000Z");
  expect(due({ delay_hours: 24 }, before, BERLIN)).toBe("2026-03-29T12:00:00.000Z");
});

test("dueOf · a local time is met on the person's own clock, in its very minute too", () => {
  const step = { at_local_time: "10:30" };
  expect(due(step, "2026-11-02T15:30:20Z")).toBe("2026-11-02T15:30:20.000Z");
  expect(due(step, "2026-11-02T15:31:00Z")).toBe("2026-11-03T15:30:00.000Z");
  expect(due({ ...step, delay_hours: 24 }, "2026-11-02T12:00:00Z")).toBe("2026-11-03T15:30:00.000Z");
});

test("dueOf · a local time that clocks jump over is the moment behind the jump", () => {
  expect(due({ at_local_time: "02:30" }, "2026-03-28T22:00:00Z", BERLIN)).toBe("2026-03-29T01:00:00.000Z");
});

test("dueOf · a window lets a step go at once, or with its next opening", () => {
  const window = { from: "09:00", to: "18:00", days: ["mon", "fri"] } as const;
  const inWindow = (from: string) => due({ window: { ...window, days: [...window.days] } }, from);
  expect(inWindow("2026-11-02T15:00:00Z")).toBe("2026-11-02T15:00:00.000Z");
  expect(inWindow("2026-11-02T12:00:00Z")).toBe("2026-11-02T14:00:00.000Z");
  expect(inWindow("2026-11-02T23:00:00Z")).toBe("2026-11-06T14:00:00.000Z");
  expect(due({ window: { from: "09:00", to: "24:00" } }, "2026-11-03T04:59:00Z")).toBe(
    "2026-11-03T04:59:00.000Z",
  );
});

const clock = fc
  .integer({ min: 0, max: 1_438 })
  .map(
    (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`,
  );
const zones = fc.constantFrom(BOGOTA, BERLIN, "America/Sao_Paulo", "America/New_York", "Asia/Kolkata");
const moments = fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2027-12-31T00:00:00Z") });

test("dueOf · is never before the step before it, and within its window", () => {
  fc.assert(
    fc.property(zones, moments, fc.integer({ min: 0, max: 2_000 }), clock, (zone, from, hours, opens) => {
      const window = { from: opens, to: "24:00" };
      const moment = dueOf(
        { id: 1, message: "Hola", delay_hours: hours, window },
        { enrolledAt: 0, lastStepAt: from },
        zone,
      );
      expect(moment).toBeGreaterThanOrEqual(from + hours * HOUR);
      const [h = 0, m = 0] = opens.split(":").map(Number);
      const shown = localMinutes(zone, moment) % 1_440;
      // An hour that the clocks jump over opens behind the jump.
      expect(shown).toBeGreaterThanOrEqual(h * 60 + m);
      expect(moment - (from + hours * HOUR)).toBeLessThan(25 * HOUR);
    }),
  );
});

test("spreadMs · is as long as the steps waited, no longer than is set, and short for a few", () => {
  expect(spreadMs(10_000, 3 * 24 * HOUR, 240)).toBe(4 * HOUR);
  expect(spreadMs(10_000, HOUR, 240)).toBe(HOUR);
  expect(spreadMs(3, 24 * HOUR, 240)).toBe(30_000);
  expect(spreadMs(10_000, 24 * HOUR, 0)).toBe(0);
});
