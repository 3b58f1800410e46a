import fc from "fast-check";
import {
  type CountryCode,
  getCountries,
  getExampleNumber,
  parsePhoneNumberWithError,
} from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples" with { type: "json" };
import { describe, expect, test } from "vitest";
import { canonicalPhone } from "./address.ts";
import { COMMON, dialledPhone, PHONE_REASONS, parsePhone, parseRegion } from "./phone.ts";

const read = (raw: string, region?: CountryCode) => {
  const parsed = parsePhone(raw, region);
  return parsed.ok ? parsed.e164 : parsed.reason;
};

describe("parsePhone", () => {
  const spellings: [string, CountryCode | undefined, string][] = [
    ["+573143141281", "CO", "+573143141281"],
    ["3015532126", "CO", "+573015532126"],
    ["+57 311 426 4109", "CO", "+573114264109"],
    ["(315) 179-5195", "CO", "+573151795195"],
    ["57-304-5357601", "CO", "+573045357601"],
    ["57-304-5357601", "MX", "+573045357601"],
    ["57-304-5357601", undefined, "+573045357601"],
    ["00573221200473", "CO", "+573221200473"],
    ["573026494976", "CO", "+573026494976"],
    [" 321.878.9550 ", "CO", "+573218789550"],
    ["whatsapp:+573182632689", "CO", "+573182632689"],
    ["WhatsApp: +57 318 2632689", undefined, "+573182632689"],
    ["tel:+573182632689", undefined, "+573182632689"],
    ["6053327375", "CO", "+576053327375"],
    ["+5218156503734", "MX", "+528156503734"],
    ["+52 1 81 3078 0067", "MX", "+528130780067"],
    ["5218130780067", "MX", "+528130780067"],
    ["whatsapp:+5218130780067", undefined, "+528130780067"],
    ["33 8995 1625", "MX", "+523389951625"],
    ["01 55 4921 2254", "MX", "+525549212254"],
    ["044 55 4921 2254", "MX", "+525549212254"],
    ["1 55 4921 2254", "MX", "+525549212254"],
    ["1 81 8130 7806", "MX", "+528181307806"],
    ["(11) 8123-4567", "BR", "+5511981234567"],
    ["(11) 98123-4567", "BR", "+5511981234567"],
    ["+55 11 8123-4567", undefined, "+5511981234567"],
    ["011 15 5555 6666", "AR", "+5491155556666"],
    ["8005550123", "US", "+18005550123"],
    ["(+57) 310 4264109", "CO", "+573104264109"],
    ["+44 (0)20 7946 0958", "CO", "+442079460958"],
    ["'+573104264109", "CO", "+573104264109"],
    ['="3104264109"', "CO", "+573104264109"],
    ["3104264109.0", "CO", "+573104264109"],
    ["\u202a+57 310 4264109\u202c", "CO", "+573104264109"],
    ["+57\u00a0310\u20114264109", "CO", "+573104264109"],
    ["+573104264109", "CO", "+573104264109"],
    ["+80012345678", undefined, "+80012345678"],
    ["1 305 555 0123", "CO", "+13055550123"],
  ];
  test.each(spellings)("parsePhone · reads %j of region %s as %s", (raw, region, e164) => {
    expect(read(raw, region)).toBe(e164);
  });

  const refusals: [string, CountryCode | undefined, string][] = [
    ...[
      "",
      "   ",
      "-",
      "---",
      "n/a",
      "N/A",
      "na",
      "no tiene",
      "sin telefono",
      "Sin teléfono",
      "não tem",
      "sem telefone",
    ].map((raw): [string, CountryCode, string] => [raw, "CO", "blank"]),
    ["0", "CO", "blank"],
    ["?", "CO", "blank"],
    ["5.73E+11", "CO", "excel_mangled"],
    ["5,73E+11", "MX", "excel_mangled"],
    ["#REF!", "CO", "excel_mangled"],
    ["#¡REF!", "CO", "excel_mangled"],
    ["#N/A", "CO", "excel_mangled"],
    ["#N/D", "CO", "excel_mangled"],
    ["#VALUE!", "CO", "excel_mangled"],
    ["#¡DIV/0!", "CO", "excel_mangled"],
    ["######", "CO", "excel_mangled"],
    ["Paola", "CO", "not_a_number"],
    ["3104264109 (Paola)", "CO", "not_a_number"],
    ["3104264109 / 3104264110", "CO", "not_a_number"],
    ["6013334455 ext 12", "CO", "extension"],
    ["6013334455 x12", "CO", "extension"],
    ["12345", "CO", "too_short"],
    ["+57310", "CO", "too_short"],
    ["3104264109 3104264110", "CO", "too_long"],
    ["+57310426410999999", "CO", "too_long"],
    ["+573104", "CO", "too_short"],
    ["+57310426410", "CO", "invalid"],
    ["0010000000000", "CO", "invalid"],
    ["1000000000", "CO", "invalid"],
    ["3015532126", undefined, "needs_region"],
    ["3015532126", "MX", "wrong_region"],
    ["5541167501", "CO", "wrong_region"],
    ["51991234567", "MX", "ambiguous"],
    ["18182307806", "MX", "ambiguous"],
  ];
  test.each(refusals)("parsePhone · refuses %j of region %s as %s", (raw, region, reason) => {
    expect(read(raw, region)).toBe(reason);
  });

  test.each([
    ["+573143141281", "CO", "mobile"],
    ["+576053327375", "CO", "landline"],
    ["+525549212254", "MX", "mobile_or_landline"],
    ["+18005550123", "US", "toll_free"],
    ["+80012345678", null, "toll_free"],
    ["+447000000000", "GB", "other"],
    ["+5491155556666", "AR", "mobile"],
    ["+445612345678", "GB", "voip"],
  ])("parsePhone · %s belongs to %s and is %s", (raw, country, type) => {
    expect(parsePhone(raw)).toMatchObject({ ok: true, country, type });
  });

  test("parsePhone · gives one canonical form for every spelling of a Brazilian, Mexican, Argentinian", () => {
    for (const [one, other] of [
      ["+551181234567", "+5511981234567"],
      ["+5218130780067", "+528130780067"],
      ["+5491155556666", "+541155556666"],
    ] as const) {
      const [a, b] = [parsePhone(one), parsePhone(other)];
      expect(a.ok && b.ok && a.canonical === b.canonical).toBe(true);
    }
  });

  const separators = fc.constantFrom("", " ", "-", ".", " - ", "\u00a0");
  const regions = fc.constantFrom(...getCountries());

  test("parsePhone · reads the mobile example of any country whatever stands between its digits", () => {
    fc.assert(
      fc.property(
        regions,
        separators,
        fc.constantFrom("+", "00", "whatsapp:+", "(+"),
        (region, gap, prefix) => {
          const example = getExampleNumber(region, examples);
          fc.pre(example !== undefined);
          const digits = (example?.number ?? "").slice(1).split("").join(gap);
          expect(read(`${prefix}${digits}`)).toBe(example?.number);
        },
      ),
    );
  });

  test("parsePhone · reads back what it gave, and to the same canonical form", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+?[0-9 ().-]{6,18}$/), regions, (raw, region) => {
        const first = parsePhone(raw, region);
        if (!first.ok) return;
        expect(parsePhone(first.e164)).toEqual(first);
        expect(parsePhone(first.e164, "JP")).toEqual(first);
        expect(canonicalPhone(first.canonical)).toBe(first.canonical);
      }),
      { numRuns: 500 },
    );
  });

  test.each(COMMON)("parsePhone · says of the common numbers of $country what the library says", (common) => {
    const types = { mobile: "MOBILE", mobile_or_landline: "FIXED_LINE_OR_MOBILE" } as Record<string, string>;
    const { country, code, type, shape } = common;
    let seen = 0;
    // Every beginning of five digits, with different ends.
    for (let head = 0; head < 100_000; head++) {
      const national = String(head * 100_000 + ((head * 7_919) % 100_000)).padStart(10, "0");
      if (!shape.test(code + national)) continue;
      seen += 1;
      const expected = {
        ok: true,
        e164: `+${code}${national}`,
        canonical: `+${code}${national}`,
        country,
        type,
      };
      for (const raw of [`+${code}${national}`, national, code + national]) {
        const found = parsePhoneNumberWithError(raw, { defaultCountry: country, extract: false });
        expect([found.isValid(), found.number, found.country, found.getType()]).toEqual([
          true,
          expected.e164,
          country,
          types[type],
        ]);
        expect(parsePhone(raw, country)).toEqual(expected);
      }
      expect(canonicalPhone(expected.e164)).toBe(expected.e164);
    }
    expect(seen).toBeGreaterThan(2_000);
  });

  test("parsePhone · never throws and gives a listed reason", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.option(regions, { nil: undefined }), (raw, region) => {
        const parsed = parsePhone(raw, region);
        expect(parsed.ok || PHONE_REASONS.includes(parsed.reason)).toBe(true);
      }),
    );
  });
});

describe("parseRegion", () => {
  test("parseRegion · knows countries in any case and nothing else", () => {
    expect(parseRegion(" co ")).toBe("CO");
    expect(parseRegion("XX")).toBeUndefined();
    expect(parseRegion("Colombia")).toBeUndefined();
  });
});

describe("dialledPhone", () => {
  test("dialledPhone · gives Argentina's mobiles their 9 back and leaves landlines alone", () => {
    expect(dialledPhone("+541155556666", "mobile")).toBe("+5491155556666");
    expect(dialledPhone("+541155556666", "landline")).toBe("+541155556666");
    expect(dialledPhone("+541155556666", null)).toBe("+541155556666");
  });

  test("dialledPhone · undoes the canonical form of any country's mobile", () => {
    const wrong = getCountries().filter((country) => {
      const parsed = parsePhone(getExampleNumber(country, examples)?.number ?? "");
      return parsed.ok && dialledPhone(parsed.canonical, parsed.type) !== parsed.e164;
    });
    expect(wrong).toEqual([]);
  });
});
