import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readConsent } from "./consentWords.ts";

describe("readConsent", () => {
  test.each(
    "sí|si|SÍ|Si.|s|yes|YES|y|x|X|1|true|VERDADERO|ok|OK!|acepto|Acepta|autoriza|Autorizado|sim|de acuerdo|✓|✔️|✅|opted_in|Sí, autorizo|yes, I agree".split(
      "|",
    ),
  )("readConsent · %s is a yes", (cell) => {
    expect(readConsent(cell)).toBe("yes");
  });

  test.each(
    "no|NO|No.|n|0|false|Falso|não|nao|no autoriza|No acepto|no quiere mensajes|NO CONTACTAR|no desea publicidad|never|baja|opted_out|opt-out|don't contact|❌|✗".split(
      "|",
    ),
  )("readConsent · %s is a no", (cell) => {
    expect(readConsent(cell)).toBe("no");
  });

  test.each([
    "",
    "  ",
    "?",
    "-",
    "n/a",
    "no sabe",
    "no responde",
    "pendiente",
    "tal vez",
    "quizás",
    "2",
    "sin dato",
    "WhatsApp",
    "siempre",
    "sistema",
  ])("readConsent · %j says nothing", (cell) => {
    expect(readConsent(cell)).toBeNull();
  });

  test("readConsent · knows a workspace's own words, and lets its no win", () => {
    const own = { yes: ["Firmó", "2", "no"], no: ["Retirado", "no"] };
    expect(readConsent("firmo", own)).toBe("yes");
    expect(readConsent("2", own)).toBe("yes");
    expect(readConsent("RETIRADO", own)).toBe("no");
    expect(readConsent("no", own)).toBe("no");
    expect(readConsent("sí", own)).toBe("yes");
  });

  test("readConsent · never takes a text that begins with no for a yes", () => {
    fc.assert(
      fc.property(fc.constantFrom("no", "No", "não", "NO,"), fc.string(), (no, rest) => {
        expect(readConsent(`${no} ${rest}`)).not.toBe("yes");
      }),
    );
  });
});
