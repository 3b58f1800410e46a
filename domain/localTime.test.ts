import fc from "fast-check";
import { DateTime } from "luxon";
import { describe, expect, test } from "vitest";
import {
  instantOf,
  isTimeZone,
  localDay,
  localIso,
  localMinutes,
  nextMonday,
  offsetAt,
  weekday,
  weekOf,
} from "./localTime.ts";

const ZONES = [
  "America/Mexico_City",
  "America/Bogota",
  "America/New_York",
  "America/Sao_Paulo",
  "America/Santiago",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "Europe/Lisbon",
] as const;
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2035, 0) });

describe("localMinutes", () => {
  test("is what the zone's own clock shows", () => {
    fc.assert(
      fc.property(zone, instant, (name, at) => {
        const clock = DateTime.fromMillis(at, { zone: name });
        const minutes = localMinutes(name, at);
        expect(((minutes % 1_440) + 1_440) % 1_440).toBe(clock.hour * 60 + clock.minute);
        expect(new Date(localDay(name, at) * 86_400_000).toISOString().slice(0, 10)).toBe(clock.toISODate());
        expect(weekday(localDay(name, at)) + 1).toBe(clock.weekday);
      }),
      { numRuns: 500 },
    );
  });
});

describe("instantOf", () => {
  test("leads back to the same local time, or just behind a gap", () => {
    fc.assert(
      fc.property(zone, instant, fc.integer({ min: 0, max: 1_439 }), (name, at, minute) => {
        const day = localDay(name, at);
        const found = instantOf(name, day, minute);
        const shown = localMinutes(name, found);
        expect(shown).toBeGreaterThanOrEqual(day * 1_440 + minute);
        expect(localMinutes(name, found - 60_000)).toBeLessThan(day * 1_440 + minute);
      }),
      { numRuns: 500 },
    );
  });

  test("takes the first of a local time that comes twice", () => {
    const day = Date.UTC(2026, 10, 1) / 86_400_000;
    expect(new Date(instantOf("America/New_York", day, 90)).toISOString()).toBe("2026-11-01T05:30:00.000Z");
  });

  test("goes behind a local time that does not come", () => {
    const day = Date.UTC(2026, 2, 8) / 86_400_000;
    expect(new Date(instantOf("America/New_York", day, 150)).toISOString()).toBe("2026-03-08T07:00:00.000Z");
  });
});

test("weeks begin on Monday", () => {
  const sunday = Date.UTC(2026, 2, 1) / 86_400_000;
  expect(weekOf(sunday + 1)).toBe(weekOf(sunday) + 1);
  expect(weekOf(sunday + 7)).toBe(weekOf(sunday + 1));
  expect(nextMonday(sunday)).toBe(sunday + 1);
  expect(nextMonday(sunday + 1)).toBe(sunday + 8);
});

test("localIso · has the zone's own offset", () => {
  const at = Date.parse("2026-03-02T13:00:00Z");
  expect(localIso("America/Bogota", at)).toBe("2026-03-02T08:00-05:00");
  expect(localIso("Asia/Kathmandu", at)).toBe("2026-03-02T18:45+05:45");
  expect(localIso("UTC", at)).toBe("2026-03-02T13:00+00:00");
});

test("isTimeZone · knows what is none", () => {
  expect(isTimeZone("America/Bogota")).toBe(true);
  expect(isTimeZone("Bogota")).toBe(false);
});

test("offsetAt · stays right when its memory is full", () => {
  for (let n = 0; n < 1_100; n++) expect(offsetAt(`Nowhere/${n}`, 0)).toBeNaN();
  for (let n = 0; n < 600; n++) offsetAt("America/Bogota", n * 900_000);
  expect(offsetAt("America/Bogota", Date.UTC(2026, 0))).toBe(-300);
});
