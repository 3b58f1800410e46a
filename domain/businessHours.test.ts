import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerDue, type BusinessHours, closedSince, isOpen, opensAt } from "./businessHours.ts";

const office: BusinessHours = {
  enabled: true,
  week: [...Array<number[]>(5).fill([540, 1080]), null, null],
  holidays: null,
};
const ZONE = "America/Bogota";
// Bogotá is five hours behind UTC; 2 March 2026 is a Monday.
const at = (local: string) => new Date(`${local}-05:00`);

describe("isOpen", () => {
  test.each([
    ["2026-03-02T09:00", true],
    ["2026-03-02T08:59", false],
    ["2026-03-02T17:59", true],
    ["2026-03-02T18:00", false],
    ["2026-03-07T12:00", false],
  ])("%s · %s", (local, open) => {
    expect(isOpen(office, ZONE, at(local))).toBe(open);
  });

  test("is always where hours are not set, and never on a holiday where those count", () => {
    expect(isOpen({ ...office, enabled: false }, ZONE, at("2026-03-07T03:00"))).toBe(true);
    // 23 March 2026: San José, moved to the Monday.
    expect(isOpen(office, ZONE, at("2026-03-23T12:00"))).toBe(true);
    expect(isOpen({ ...office, holidays: "CO" }, ZONE, at("2026-03-23T12:00"))).toBe(false);
  });
});

test("opensAt · is now while open, else the next opening, over the weekend too", () => {
  expect(opensAt(office, ZONE, at("2026-03-02T10:00"))).toEqual(at("2026-03-02T10:00"));
  expect(opensAt(office, ZONE, at("2026-03-02T06:00"))).toEqual(at("2026-03-02T09:00"));
  expect(opensAt(office, ZONE, at("2026-03-06T20:00"))).toEqual(at("2026-03-09T09:00"));
  expect(
    opensAt({ ...office, week: Array(7).fill(null) as null[] }, ZONE, at("2026-03-06T20:00")),
  ).toBeNull();
});

test("closedSince · is when the doors closed that are closed now", () => {
  expect(closedSince(office, ZONE, at("2026-03-02T10:00"))).toBeNull();
  expect(closedSince(office, ZONE, at("2026-03-02T20:00"))).toEqual(at("2026-03-02T18:00"));
  expect(closedSince(office, ZONE, at("2026-03-08T20:00"))).toEqual(at("2026-03-06T18:00"));
  expect(
    closedSince({ ...office, week: Array(7).fill(null) as null[] }, ZONE, at("2026-03-08T20:00")),
  ).toBeNull();
});

test("answerDue · counts from when somebody is there; none where there is no limit", () => {
  expect(answerDue(office, ZONE, at("2026-03-02T10:00"), 15)).toEqual(at("2026-03-02T10:15"));
  expect(answerDue(office, ZONE, at("2026-03-06T20:00"), 15)).toEqual(at("2026-03-09T09:15"));
  expect(answerDue(office, ZONE, at("2026-03-06T20:00"), null)).toBeNull();
  const never = { ...office, week: Array(7).fill(null) as null[] };
  expect(answerDue(never, ZONE, at("2026-03-06T20:00"), 15)).toEqual(at("2026-03-06T20:15"));
});

test("opensAt · is open, and not before the question, in every zone and week", () => {
  const window = fc.option(fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 701, max: 1440 })), {
    nil: null,
  });
  const zone = fc.constantFrom("America/Mexico_City", "America/New_York", "Europe/Lisbon", "Asia/Kolkata");
  fc.assert(
    fc.property(
      fc.array(window, { minLength: 7, maxLength: 7 }),
      zone,
      fc.date({ min: new Date("2025-01-01"), max: new Date("2027-01-01"), noInvalidDate: true }),
      (week, of, when) => {
        const hours = { enabled: true, week, holidays: null };
        const open = opensAt(hours, of, when);
        if (open === null) return week.every((one) => one === null);
        return open >= when && isOpen(hours, of, open);
      },
    ),
  );
});
