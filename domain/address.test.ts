import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalAddress, canonicalEmail, canonicalPhone, parseEmail } from "./address.ts";

describe("canonicalPhone", () => {
  test.each([
    ["+5218130780067", "+528130780067"],
    ["+528130780067", "+528130780067"],
    ["+5491155556666", "+541155556666"],
    ["+541155556666", "+541155556666"],
    ["+551181234567", "+5511981234567"],
    ["+5511981234567", "+5511981234567"],
    ["+551133334444", "+551133334444"],
    ["+573104264109", "+573104264109"],
    ["+5219", "+5219"],
  ])("canonicalPhone · %s compares as %s", (e164, canonical) => {
    expect(canonicalPhone(e164)).toBe(canonical);
  });

  test("canonicalPhone · changes nothing the second time", () => {
    const prefixes = fc.constantFrom("+521", "+52", "+549", "+54", "+55", "+57", "+1");
    fc.assert(
      fc.property(prefixes, fc.stringMatching(/^\d{7,11}$/), (prefix, rest) => {
        const once = canonicalPhone(prefix + rest);
        expect(canonicalPhone(once)).toBe(once);
      }),
    );
  });
});

describe("parseEmail", () => {
  test.each([
    ["paola@example.com", "paola@example.com", "paola@example.com"],
    [" Paola.Lopez@Example.COM ", "Paola.Lopez@example.com", "paola.lopez@example.com"],
    ["íngrid.1@example.com", "íngrid.1@example.com", "íngrid.1@example.com"],
    ["i\u0301ngrid.1@example.com", "íngrid.1@example.com", "íngrid.1@example.com"],
    ["mailto:a@b.co", "a@b.co", "a@b.co"],
    ["a+b@señor.mx", "a+b@señor.mx", "a+b@señor.mx"],
    ["a@xn--seor-hqa.mx", "a@xn--seor-hqa.mx", "a@xn--seor-hqa.mx"],
    ["o'neil@sub.example.co", "o'neil@sub.example.co", "o'neil@sub.example.co"],
    ["na@example.com", "na@example.com", "na@example.com"],
  ])("parseEmail · reads %j as %s, compared as %s", (raw, email, canonical) => {
    expect(parseEmail(raw)).toEqual({ ok: true, email, canonical });
  });

  test.each([
    ["", "blank"],
    ["  ", "blank"],
    ["---", "blank"],
    ["sin correo", "blank"],
    ["Sin Correo Electrónico", "blank"],
    ["sem e-mail", "blank"],
    ["no tiene", "blank"],
    ["n/a", "blank"],
    ["paola", "no_at_sign"],
    ["x@", "no_domain"],
    ["@example.com", "no_local_part"],
    ["a b@example.com", "invalid"],
    ["a@b", "invalid"],
    ["a@b..co", "invalid"],
    ["a@-b.co", "invalid"],
    ["a@b-.co", "invalid"],
    ["a@1.2.3.4", "invalid"],
    [".a@b.co", "invalid"],
    ["a.@b.co", "invalid"],
    ["a..b@b.co", "invalid"],
    ["a@b@c.co", "invalid"],
    ["a,b@c.co", "invalid"],
    ["Paola <a@b.co>", "invalid"],
    ["a\n@b.co", "invalid"],
    [`${"a".repeat(65)}@b.co`, "too_long"],
    [`${"ñ".repeat(33)}@b.co`, "too_long"],
    [`a@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}.${"e".repeat(63)}.co`, "too_long"],
    [`a@${"b".repeat(64)}.co`, "invalid"],
  ])("parseEmail · refuses %j as %s", (raw, reason) => {
    expect(parseEmail(raw)).toEqual({ ok: false, reason });
  });

  test("parseEmail · takes every plain address and reads its own answer back", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (raw) => {
        const parsed = parseEmail(raw);
        expect(parsed.ok).toBe(true);
        if (parsed.ok) expect(parseEmail(parsed.email)).toEqual(parsed);
      }),
    );
  });

  test("canonicalEmail · changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (raw) => {
        const once = canonicalEmail(raw);
        expect(canonicalEmail(once)).toBe(once);
      }),
    );
  });
});

describe("canonicalAddress", () => {
  test.each([
    ["whatsapp", "whatsapp:+5218130780067", "+528130780067"],
    ["whatsapp", "CO.13491208655302741918", "CO.13491208655302741918"],
    ["sms", " +5491155556666", "+541155556666"],
    ["voice", "+551181234567", "+5511981234567"],
    ["email", "Paola@Example.com", "paola@example.com"],
  ] as const)("canonicalAddress · %s %s compares as %s", (channel, address, canonical) => {
    expect(canonicalAddress(channel, address)).toBe(canonical);
  });
});
