import { describe, expect, test } from "vitest";
import { isHoliday } from "./holidays.ts";

const on = (date: string) => isHoliday("CO", Date.parse(`${date}T00:00Z`) / 86_400_000);

describe("isHoliday, Colombia", () => {
  test.each([
    ["2026-01-01", true, "New Year"],
    ["2026-01-06", false, "Epiphany itself"],
    ["2026-01-12", true, "Epiphany, on its Monday"],
    ["2026-03-23", true, "Saint Joseph, on its Monday"],
    ["2026-03-29", false, "Palm Sunday is an observance"],
    ["2026-04-02", true, "Maundy Thursday"],
    ["2026-04-03", true, "Good Friday"],
    ["2026-05-18", true, "Ascension, on its Monday"],
    ["2026-06-08", true, "Corpus Christi, on its Monday"],
    ["2026-06-29", true, "Peter and Paul, already a Monday"],
    ["2026-10-12", true, "Día de la Raza"],
    ["2026-11-02", true, "All Saints, on its Monday"],
    ["2026-12-08", true, "Immaculate Conception stays on its day"],
    ["2026-12-24", false, "Christmas Eve"],
    ["2027-01-11", true, "Epiphany of the next year"],
  ])("%s: %s (%s)", (date, expected) => {
    expect(on(date)).toBe(expected);
  });
});
