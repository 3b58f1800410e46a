import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localIso, localMinutes } from "./localTime.ts";
import { localTimesFrom, minuteOfDay, nextLocalTime, recipientZone } from "./recipientTime.ts";

const at = (iso: string) => new Date(iso).getTime();
const next = (zone: string, clock: string, from: string) =>
  localIso(zone, nextLocalTime(zone, minuteOfDay(clock), at(from)));

describe("nextLocalTime", () => {
  test.each([
    ["America/Bogota", "2026-12-01T15:00:00Z", "2026-12-01T10:30-05:00"],
    ["America/Bogota", "2026-12-01T15:30:00Z", "2026-12-01T10:30-05:00"],
    ["America/Bogota", "2026-12-01T15:30:01Z", "2026-12-02T10:30-05:00"],
    ["America/Tijuana", "2026-12-01T15:30:01Z", "2026-12-01T10:30-08:00"],
    ["Europe/Madrid", "2026-12-01T15:00:00Z", "2026-12-02T10:30+01:00"],
    ["Asia/Kathmandu", "2026-12-01T15:00:00Z", "2026-12-02T10:30+05:45"],
  ])("%s from %s · %s", (zone, from, due) => {
    expect(next(zone, "10:30", from)).toBe(due);
  });

  test("where clocks jump over it · the first moment behind the jump, and the day after at its own time", () => {
    expect(next("America/New_York", "02:30", "2026-03-08T05:00:00Z")).toBe("2026-03-08T03:00-04:00");
    expect(next("America/New_York", "02:30", "2026-03-08T08:00:00Z")).toBe("2026-03-09T02:30-04:00");
  });

  test("where clocks show it twice · the first that is not past", () => {
    expect(next("America/New_York", "01:30", "2026-11-01T05:00:00Z")).toBe("2026-11-01T01:30-04:00");
    expect(next("America/New_York", "01:30", "2026-11-01T05:31:00Z")).toBe("2026-11-01T01:30-05:00");
    expect(next("America/New_York", "01:30", "2026-11-01T06:31:00Z")).toBe("2026-11-02T01:30-05:00");
  });

  test("a day that is set back later · is not shown twice", () => {
    expect(next("America/New_York", "00:30", "2026-11-01T04:31:00Z")).toBe("2026-11-02T00:30-05:00");
  });

  test("any zone, hour and start · within 25 hours, not before the start, at that hour unless clocks jump", () => {
    const zones = [
      "America/Bogota",
      "America/Santiago",
      "Australia/Lord_Howe",
      "Europe/Lisbon",
      "America/Havana",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: at("2024-01-01T00:00:00Z"), max: at("2028-01-01T00:00:00Z") }),
        (zone, minute, from) => {
          const due = nextLocalTime(zone, minute, from);
          expect(due).toBeGreaterThanOrEqual(from);
          expect(due - from).toBeLessThanOrEqual(25 * 3_600_000);
          const late = (localMinutes(zone, due) % 1440) - minute;
          expect(late).toBeGreaterThanOrEqual(0);
          expect(late).toBeLessThanOrEqual(60);
        },
      ),
    );
  });
});

describe("localTimesFrom", () => {
  test("a schedule met in time counts, also where its workflow was a little late", () => {
    const scheduled = new Date("2026-12-01T15:30:00Z");
    const from = (started: string) => new Date(localTimesFrom(scheduled, new Date(started))).toISOString();
    expect(from("2026-12-01T15:30:00.050Z")).toBe("2026-12-01T15:30:00.000Z");
    expect(from("2026-12-01T16:30:00Z")).toBe("2026-12-01T15:30:00.000Z");
    expect(from("2026-12-01T16:30:01Z")).toBe("2026-12-01T16:30:00.000Z");
    expect(from("2026-11-30T09:00:00Z")).toBe("2026-12-01T15:30:00.000Z");
  });

  test("without a schedule · the minute of the start", () => {
    expect(localTimesFrom(null, new Date("2026-12-01T15:30:20Z"))).toBe(at("2026-12-01T15:30:00Z"));
  });
});

test("recipientZone · what was set, else the number's first, else the workspace's", () => {
  const zone = (time_zone: string | null, number_zones: string[]) =>
    recipientZone({ time_zone, number_zones }, "America/Mexico_City");
  expect(zone("Europe/Madrid", ["America/Bogota"])).toBe("Europe/Madrid");
  expect(zone("Nowhere/Land", ["America/New_York", "America/Chicago"])).toBe("America/New_York");
  expect(zone(null, [])).toBe("America/Mexico_City");
});
