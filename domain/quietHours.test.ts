import fc from "fast-check";
import { DateTime } from "luxon";
import { describe, expect, test } from "vitest";
import type { Channel } from "./address.ts";
import { isHoliday } from "./holidays.ts";
import {
  DEFAULT_WEEK,
  nextAllowed,
  type Place,
  type QuietHours,
  quietUntil,
  type Week,
} from "./quietHours.ts";

const own: QuietHours = {
  enabled: true,
  week: DEFAULT_WEEK,
  channels: ["whatsapp", "sms", "voice"],
  time_zone: "America/Mexico_City",
  laws_off: false,
};

const bogota: Place = { country: "CO", time_zones: ["America/Bogota"] };
const state = (region: string | null, zone = "America/New_York"): Place => ({
  country: "US",
  region,
  time_zones: [zone],
});
const mexico: Place = { country: "MX", time_zones: ["America/Mexico_City"] };

/** The first allowed local minute, written in the zone of the place. */
function next(local: string, place: Place, channel: Channel = "whatsapp", quiet = own): string | null {
  const zone = place.time_zones[0] ?? quiet.time_zone;
  const found = nextAllowed(DateTime.fromISO(local, { zone }).toJSDate(), [place], quiet, channel);
  if (found === null) return null;
  return DateTime.fromJSDate(found, { zone }).toFormat("yyyy-MM-dd'T'HH:mm");
}

describe("Colombia, Ley 2300", () => {
  test.each([
    ["Monday before seven", "2026-03-02T06:59", "2026-03-02T07:00"],
    ["Monday at seven", "2026-03-02T07:00", "2026-03-02T07:00"],
    ["Monday's last minute", "2026-03-02T18:59", "2026-03-02T18:59"],
    ["Monday at seven in the evening", "2026-03-02T19:00", "2026-03-03T07:00"],
    ["Friday evening goes to Saturday at eight", "2026-03-06T19:00", "2026-03-07T08:00"],
    ["Saturday's last minute", "2026-03-07T14:59", "2026-03-07T14:59"],
    ["Saturday afternoon goes to Monday", "2026-03-07T15:00", "2026-03-09T07:00"],
    ["Sunday goes to Monday", "2026-03-01T12:00", "2026-03-02T07:00"],
    ["Epiphany moved to Monday the twelfth", "2026-01-11T12:00", "2026-01-13T07:00"],
    ["the sixth itself is an ordinary day", "2026-01-06T12:00", "2026-01-06T12:00"],
    ["a holiday at noon", "2026-07-20T12:00", "2026-07-21T07:00"],
    ["Maundy Thursday to Saturday", "2026-04-01T19:00", "2026-04-04T08:00"],
    ["New Year's Eve into the next year's holiday", "2026-12-31T20:00", "2027-01-02T08:00"],
  ])("%s", (_name, now, expected) => {
    expect(next(now, bogota)).toBe(expected);
  });

  test.each<Channel>(["email", "sms", "voice"])("holds for %s as well", (channel) => {
    expect(next("2026-03-01T12:00", bogota, channel)).toBe("2026-03-02T07:00");
  });

  test("says why", () => {
    const why = (local: string) =>
      quietUntil(DateTime.fromISO(local, { zone: "America/Bogota" }).toMillis(), [bogota], own, "sms")
        ?.detail;
    expect(why("2026-03-01T12:00")).toBe("Colombia, Ley 2300: Sunday");
    expect(why("2026-07-20T12:00")).toBe("Colombia, Ley 2300: holiday");
    expect(why("2026-03-02T20:00")).toBe("Colombia, Ley 2300: outside 7:00–19:00");
  });
});

describe("United States", () => {
  test.each([
    ["federal, before eight", null, "2026-03-02T07:59", "2026-03-02T08:00"],
    ["federal, last minute", null, "2026-03-02T20:59", "2026-03-02T20:59"],
    ["federal, at nine in the evening", null, "2026-03-02T21:00", "2026-03-03T08:00"],
    ["New York has no rule of its own", "NY", "2026-03-02T20:30", "2026-03-02T20:30"],
    ["Florida ends at eight", "FL", "2026-03-02T20:00", "2026-03-03T08:00"],
    ["Florida's last minute", "FL", "2026-03-02T19:59", "2026-03-02T19:59"],
    ["Maryland", "MD", "2026-03-02T20:00", "2026-03-03T08:00"],
    ["Oklahoma", "OK", "2026-03-02T20:00", "2026-03-03T08:00"],
    ["New Jersey", "NJ", "2026-03-02T20:00", "2026-03-03T08:00"],
    ["Mississippi", "MS", "2026-03-02T20:00", "2026-03-03T08:00"],
    ["Connecticut from nine", "CT", "2026-03-02T08:00", "2026-03-02T09:00"],
    ["Connecticut to eight", "CT", "2026-03-02T20:00", "2026-03-03T09:00"],
    ["Texas on a Sunday morning", "TX", "2026-03-01T09:00", "2026-03-01T12:00"],
    ["Texas on a Sunday evening", "TX", "2026-03-01T20:59", "2026-03-01T20:59"],
    ["Texas on a Monday morning", "TX", "2026-03-02T08:00", "2026-03-02T08:00"],
    ["Alabama has no Sundays", "AL", "2026-03-01T12:00", "2026-03-02T08:00"],
    ["Louisiana has no Sundays", "LA", "2026-02-28T21:00", "2026-03-02T08:00"],
  ])("%s", (_name, region, now, expected) => {
    expect(next(now, state(region), "sms")).toBe(expected);
  });

  test("territories fall under the federal rule", () => {
    const sanJuan = { country: "PR", time_zones: ["America/Puerto_Rico"] };
    expect(next("2026-03-02T07:00", sanJuan, "sms")).toBe("2026-03-02T08:00");
  });

  test("does not speak of e-mail", () => {
    expect(next("2026-03-02T03:00", state("FL"), "email")).toBe("2026-03-02T03:00");
  });

  test.each([
    ["the night the clocks go forward", "2026-03-07T22:00", "2026-03-08T08:00", 9 * 60],
    ["the night the clocks go back", "2026-10-31T22:00", "2026-11-01T08:00", 11 * 60],
  ])("%s", (_name, now, expected, minutes) => {
    const zone = "America/New_York";
    expect(next(now, state("NY"), "sms")).toBe(expected);
    const waited = DateTime.fromISO(expected, { zone }).diff(DateTime.fromISO(now, { zone })).as("minutes");
    expect(waited).toBe(minutes);
  });
});

describe("hours of the workspace", () => {
  test.each([
    ["before nine", "2026-03-01T08:59", "2026-03-01T09:00"],
    ["at eight in the evening", "2026-03-01T20:00", "2026-03-02T09:00"],
    ["inside", "2026-03-01T12:00", "2026-03-01T12:00"],
  ])("by default, %s", (_name, now, expected) => {
    expect(next(now, mexico)).toBe(expected);
  });

  test("hold only for the channels that were set", () => {
    expect(next("2026-03-01T03:00", mexico, "email")).toBe("2026-03-01T03:00");
    expect(next("2026-03-01T03:00", mexico, "email", { ...own, channels: ["email"] })).toBe(
      "2026-03-01T09:00",
    );
  });

  test("can be off; the laws stay", () => {
    const off = { ...own, enabled: false };
    expect(next("2026-03-01T03:00", mexico, "sms", off)).toBe("2026-03-01T03:00");
    expect(next("2026-03-01T12:00", bogota, "sms", off)).toBe("2026-03-02T07:00");
  });

  test("with the laws off too, nothing is quiet", () => {
    const open = { ...own, enabled: false, laws_off: true };
    expect(next("2026-03-01T03:00", bogota, "sms", open)).toBe("2026-03-01T03:00");
    expect(next("2026-03-01T03:00", state("FL"), "sms", open)).toBe("2026-03-01T03:00");
  });

  test.each<[string, readonly Place[]]>([
    ["no place", []],
    ["a place without zones", [{ country: "MX", time_zones: [] }]],
    ["only zones that do not exist", [{ country: null, time_zones: ["Mars/Olympus"] }]],
  ])("are read on the workspace's clock with %s", (_name, places) => {
    const now = new Date("2026-03-01T14:00:00Z"); // 08:00 in Mexico City
    expect(nextAllowed(now, places, own, "sms")).toEqual(new Date("2026-03-01T15:00:00Z"));
  });

  test("that never open are never lawful", () => {
    const never: Week = Array(7).fill(null);
    expect(next("2026-03-01T12:00", mexico, "sms", { ...own, week: never })).toBeNull();
    const empty: Week = Array(7).fill([600, 600]);
    expect(next("2026-03-01T12:00", mexico, "sms", { ...own, week: empty })).toBeNull();
    expect(next("2026-03-01T12:00", mexico, "sms", { ...own, week: [] })).toBeNull();
  });
});

describe("several places", () => {
  test("must all allow it: from the latest morning to the earliest evening", () => {
    const both: Place = { country: "US", time_zones: ["America/New_York", "America/Los_Angeles"] };
    const at = (iso: string) => nextAllowed(new Date(iso), [both], own, "sms");
    expect(at("2026-03-02T13:00:00Z")).toEqual(new Date("2026-03-02T16:00:00Z")); // 8:00 in the east, 5:00 in the west
    expect(at("2026-03-03T01:59:00Z")).toEqual(new Date("2026-03-03T01:59:00Z"));
    expect(at("2026-03-03T02:00:00Z")).toEqual(new Date("2026-03-03T16:00:00Z")); // 21:00 in the east
  });

  test("by number and by attribute, the stricter one counts", () => {
    const places = [state("NY"), state("FL")];
    const evening = DateTime.fromISO("2026-03-02T20:30", { zone: "America/New_York" }).toJSDate();
    expect(nextAllowed(evening, [state("NY")], own, "sms")).toEqual(evening);
    expect(nextAllowed(evening, places, own, "sms")?.toISOString()).toBe("2026-03-03T13:00:00.000Z");
    expect(nextAllowed(evening, places.toReversed(), own, "sms")?.toISOString()).toBe(
      "2026-03-03T13:00:00.000Z",
    );
  });

  test("that never agree are never lawful", () => {
    const apart = [
      { country: null, time_zones: ["Pacific/Kiritimati"] },
      { country: null, time_zones: ["Atlantic/Azores"] },
    ];
    const narrow = { ...own, week: Array(7).fill([540, 600]) };
    expect(nextAllowed(new Date("2026-03-02T13:00:00Z"), apart, narrow, "sms")).toBeNull();
  });

  test("agrees with a minute-by-minute search on another clock", () => {
    const place = fc.constantFrom<Place>(
      bogota,
      mexico,
      state("TX", "America/Chicago"),
      state("AL", "America/Chicago"),
      state("CT"),
      { country: "BR", time_zones: ["America/Sao_Paulo", "America/Manaus"] },
      { country: "CL", time_zones: ["America/Santiago"] },
      { country: "AU", time_zones: ["Australia/Lord_Howe"] },
    );
    const quiet = fc.constantFrom<QuietHours>(own, { ...own, week: Array(7).fill([135, 1_200]) });
    // Around the clock changes of 2026 in these zones, to the minute.
    const instant = fc
      .tuple(
        fc.constantFrom("2026-03-08", "2026-04-05", "2026-09-06", "2026-10-04", "2026-11-01"),
        fc.nat(3_000),
      )
      .map(([day, minutes]) => Date.parse(`${day}T00:00Z`) + (minutes - 1_000) * 60_000);
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 2 }), quiet, instant, (places, hours, now) => {
        const found = nextAllowed(new Date(now), places, hours, "sms")?.getTime();
        let slow = now;
        while (!places.every((one) => allowedSlowly(one, hours, slow))) slow += 60_000;
        expect(found).toBe(slow);
      }),
      { numRuns: 60 },
    );
  });
});

/** The same rules, written once more in the plainest way, on luxon's own objects. */
function allowedSlowly(place: Place, quiet: QuietHours, at: number): boolean {
  return place.time_zones.every((zone) => {
    const local = DateTime.fromMillis(at, { zone });
    const hour = local.hour + local.minute / 60;
    const sunday = local.weekday === 7;
    if (place.country === "CO") {
      if (sunday || isHoliday("CO", Date.parse(local.toISODate() ?? "") / 86_400_000)) return false;
      return local.weekday === 6 ? hour >= 8 && hour < 15 : hour >= 7 && hour < 19;
    }
    if (place.region === "AL") return !sunday && hour >= 8 && hour < 21;
    if (place.region === "TX") return hour >= (sunday ? 12 : 8) && hour < 21;
    if (place.region === "CT") return hour >= 9 && hour < 20;
    const [from, to] = quiet.week[local.weekday - 1] ?? [0, 0];
    return hour * 60 >= from && hour * 60 < to;
  });
}
