import fc from "fast-check";
import {
  type CountryCode,
  getCountries,
  getExampleNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples" with { type: "json" };
import { describe, expect, test } from "vitest";
import { AREAS } from "./areaCodes.ts";
import { placeOfNumber, zonesOfCountry } from "./place.ts";

describe("placeOfNumber", () => {
  test.each([
    ["+573104264109", "CO", undefined, ["America/Bogota"]],
    ["+51991234567", "PE", undefined, ["America/Lima"]],
    ["+12125550123", "US", "NY", ["America/New_York"]],
    ["+13055550123", "US", "FL", ["America/New_York"]],
    ["+18505550123", "US", "FL", ["America/Chicago", "America/New_York"]],
    ["+19155550123", "US", "TX", ["America/Denver"]],
    ["+12085550123", "US", "ID", ["America/Boise", "America/Los_Angeles"]],
    ["+19285550123", "US", "AZ", ["America/Phoenix", "America/Denver"]],
    ["+14165550123", "CA", undefined, ["America/Toronto"]],
    ["+17875550123", "PR", undefined, ["America/Puerto_Rico"]],
    ["+525549212254", "MX", undefined, ["America/Mexico_City"]],
    ["+528130780067", "MX", undefined, ["America/Mexico_City"]],
    ["+529981234567", "MX", undefined, ["America/Cancun"]],
    ["+529841234567", "MX", undefined, ["America/Cancun"]],
    ["+529831234567", "MX", undefined, ["America/Cancun"]],
    ["+526621234567", "MX", undefined, ["America/Hermosillo"]],
    ["+526641234567", "MX", undefined, ["America/Tijuana"]],
    ["+526561234567", "MX", undefined, ["America/Ciudad_Juarez"]],
    ["+526141234567", "MX", undefined, ["America/Mexico_City"]],
    ["+526671234567", "MX", undefined, ["America/Mazatlan"]],
    ["+528671234567", "MX", undefined, ["America/Matamoros"]],
    ["+5511981234567", "BR", undefined, ["America/Sao_Paulo"]],
    ["+5592981234567", "BR", undefined, ["America/Manaus"]],
    ["+5568981234567", "BR", undefined, ["America/Rio_Branco"]],
    ["+5491155556666", "AR", undefined, ["America/Argentina/Buenos_Aires"]],
    ["+56961234567", "CL", undefined, ["America/Santiago", "America/Punta_Arenas"]],
    ["+56322100123", "CL", undefined, ["Pacific/Easter"]],
    ["+56322200123", "CL", undefined, ["America/Santiago"]],
    ["+593991234567", "EC", undefined, ["America/Guayaquil"]],
    ["+593521234567", "EC", undefined, ["America/Guayaquil", "Pacific/Galapagos"]],
    ["+34612345678", "ES", undefined, ["Europe/Madrid", "Atlantic/Canary"]],
    ["+34928123456", "ES", undefined, ["Atlantic/Canary"]],
    ["+80012345678", null, undefined, []],
    ["", null, undefined, []],
  ])("placeOfNumber · %s is in %s %s", (e164, country, region, zones) => {
    const place = placeOfNumber(e164);
    expect(place).toEqual({ country, time_zones: zones, ...(region ? { region } : {}) });
    expect(placeOfNumber(e164, country)).toEqual(place);
  });

  test("placeOfNumber · a toll-free number may ring anywhere in the country", () => {
    const place = placeOfNumber("+18005550123");
    expect(place.region).toBeUndefined();
    expect(place.time_zones).toEqual(expect.arrayContaining(["America/New_York", "Pacific/Honolulu"]));
  });

  test("placeOfNumber · an unknown country has no zones", () => {
    expect(placeOfNumber("+573104264109", "XX")).toEqual({ country: "XX", time_zones: [] });
  });

  test("placeOfNumber · gives every country's mobiles zones that exist", () => {
    const withoutZones = new Set<CountryCode>(["AC", "TA"]); // unknown to CLDR: two islands of the South Atlantic
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples);
      if (!example || withoutZones.has(country)) continue;
      const { time_zones } = placeOfNumber(example.number);
      expect(time_zones.length, country).toBeGreaterThan(0);
      for (const zone of time_zones)
        expect(() => new Intl.DateTimeFormat("en", { timeZone: zone })).not.toThrow();
    }
  });

  test("placeOfNumber · answers are the caller's own: changing one changes no other", () => {
    fc.assert(
      fc.property(fc.constantFrom("+12125550123", "+33612345678"), (e164) => {
        const before = [...placeOfNumber(e164).time_zones];
        placeOfNumber(e164).time_zones.push("Etc/UTC");
        expect(placeOfNumber(e164).time_zones).toEqual(before);
      }),
    );
  });
});

describe("AREAS", () => {
  test("AREAS · names only zones that exist, and each prefix once per country", () => {
    for (const [country, areas] of Object.entries(AREAS)) {
      const prefixes = areas.flatMap((area) => area.prefixes.split(" "));
      expect(prefixes.length, country).toBe(new Set(prefixes).size);
      for (const zone of areas.flatMap((area) => area.zones)) {
        expect(() => new Intl.DateTimeFormat("en", { timeZone: zone }), zone).not.toThrow();
      }
    }
  });

  test("AREAS · knows the state of every geographic area code that is in service", () => {
    const unknown: number[] = [];
    for (let code = 200; code < 1000; code++) {
      const number = parsePhoneNumberFromString(`+1${code}2345678`);
      if (!number?.isValid() || number.country !== "US" || number.getType() !== "FIXED_LINE_OR_MOBILE")
        continue;
      if (!placeOfNumber(number.number).region) unknown.push(code);
    }
    expect(unknown).toEqual([]);
  });

  test.each(["US", "CA", "MX"] as const)("AREAS · has no area code that %s does not have", (country) => {
    const strangers = (AREAS[country] ?? [])
      .flatMap((area) => area.prefixes.split(" "))
      .filter((prefix) => prefix.length === 3)
      .filter((prefix) => {
        const calling = country === "MX" ? "52" : "1";
        const number = parsePhoneNumberFromString(`+${calling}${prefix}2345678`);
        return !number?.isValid() || number.country !== country;
      });
    expect(strangers).toEqual([]);
  });

  test("AREAS · leaves no Mexican or Canadian area code to the whole country's zones", () => {
    const whole = new Set(["CA", "MX"].map((country) => zonesOfCountry(country).join()));
    for (let code = 200; code < 1000; code++) {
      for (const calling of ["1", "52"]) {
        const number = parsePhoneNumberFromString(`+${calling}${code}2345678`);
        if (!number?.isValid() || number.getType() !== "FIXED_LINE_OR_MOBILE") continue;
        if (number.country !== "CA" && number.country !== "MX") continue;
        expect(whole.has(placeOfNumber(number.number).time_zones.join()), number.number).toBe(false);
      }
    }
  });
});
