import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ENGLISH_CASES } from "./optOutEnglish.cases.ts";
import { PORTUGUESE_CASES } from "./optOutPortuguese.cases.ts";
import { SPANISH_CASES } from "./optOutSpanish.cases.ts";
import { readOptOut } from "./optOut.ts";

type Asks = keyof typeof ENGLISH_CASES;

function asks(text: string): Asks {
  const { opt_out, opt_in, scope } = readOptOut(text);
  if (opt_out) return scope === "marketing" ? "promo" : "out";
  return opt_in ? "in" : "neither";
}

describe.each([
  ["English", ENGLISH_CASES],
  ["Spanish", SPANISH_CASES],
  ["Portuguese", PORTUGUESE_CASES],
] as const)("readOptOut, %s", (_language, cases) => {
  test.each(
    (Object.keys(cases) as Asks[]).flatMap((kind) => cases[kind].map((text) => [kind, text] as const)),
  )("%s · %s", (kind, text) => {
    expect(asks(text)).toBe(kind);
  });
});

describe("readOptOut", () => {
  test("takes Twilio's word over the text", () => {
    expect(readOptOut("hola", "STOP")).toMatchObject({ opt_out: true, opt_in: false });
    expect(readOptOut("STOP", "START")).toMatchObject({ opt_out: false, opt_in: true });
    expect(readOptOut("hola", "HELP")).toMatchObject({ opt_out: false, opt_in: false });
    expect(readOptOut("no me escriban", "HELP")).toMatchObject({ opt_out: true });
  });

  test("says what decided", () => {
    expect(readOptOut("¡Por favor, ya NO me escriban más!").words).toEqual(["no me escriban"]);
    expect(readOptOut("hola").words).toEqual([]);
  });

  test("lets the opt-out hold where a text asks for both", () => {
    expect(readOptOut("START. No, STOP")).toMatchObject({ opt_out: true, opt_in: false });
  });

  test("does not take a quotation for the person's own words", () => {
    expect(readOptOut('Me llegó un texto que dice "responda BAJA", ¿qué es?')).toMatchObject({
      opt_out: false,
    });
    expect(readOptOut("> para salir escriba BAJA\n¿Cuánto cuesta?")).toMatchObject({ opt_out: false });
  });

  test("never says both, and survives any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const { opt_out, opt_in } = readOptOut(text);
        expect(opt_out && opt_in).toBe(false);
      }),
    );
  });

  test("a keyword stays one with noise, in any case, and with signs around it", () => {
    const keyword = fc.constantFrom("stop", "unsubscribe", "baja", "salir", "cancelar", "sair", "parar");
    const before = fc.constantFrom("", "¡", "  ", "please ", "Hola, ", "por favor ", "*", "🙏 ");
    const after = fc.constantFrom("", "!!!", ".", " please", " por favor", " gracias", " 😡", " ya", "\n");
    fc.assert(
      fc.property(keyword, before, after, fc.boolean(), (word, left, right, upper) => {
        const text = `${left}${word}${right}`;
        expect(asks(upper ? text.toUpperCase() : text)).toBe("out");
      }),
    );
  });
});
