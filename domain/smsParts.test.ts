import fc from "fast-check";
import { SegmentedMessage } from "sms-segments-calculator";
import { describe, expect, test } from "vitest";
import { costOfParts, countSmsParts } from "./smsParts.ts";

const sample =
  "Hola, soy Valeria Mercado de Artek Mar. ¡Me encantaría presentarte nuestro nuevo proyecto en " +
  "Altos de Los Rosales, Barranquilla! ¿Te gustaría conocer más detalles?";

describe("countSmsParts", () => {
  test.each([
    ["", "GSM-7", 1],
    ["a", "GSM-7", 1],
    ["a".repeat(160), "GSM-7", 1],
    ["a".repeat(161), "GSM-7", 2],
    ["a".repeat(306), "GSM-7", 2],
    ["a".repeat(307), "GSM-7", 3],
    ["€".repeat(80), "GSM-7", 1],
    ["€".repeat(81), "GSM-7", 2],
    [`${"a".repeat(152)}€${"a".repeat(151)}`, "GSM-7", 2],
    [`${"a".repeat(152)}€${"a".repeat(152)}`, "GSM-7", 3],
    ["ñé¿¡Ñ".repeat(32), "GSM-7", 1],
    ["á", "UCS-2", 1],
    ["ú".repeat(70), "UCS-2", 1],
    ["ú".repeat(71), "UCS-2", 2],
    ["ú".repeat(134), "UCS-2", 2],
    ["ú".repeat(135), "UCS-2", 3],
    ["😀".repeat(35), "UCS-2", 1],
    ["😀".repeat(36), "UCS-2", 2],
    ["😀".repeat(66), "UCS-2", 2],
    ["😀".repeat(67), "UCS-2", 3],
    [`${"ú".repeat(66)}😀${"ú".repeat(66)}`, "UCS-2", 3],
    ["e\u0301", "UCS-2", 1],
    ["ç", "UCS-2", 1],
    ["Ç", "GSM-7", 1],
    [sample, "UCS-2", 3],
  ])("countSmsParts · %j is %s in %i", (text, encoding, parts) => {
    expect(countSmsParts(text)).toEqual({ encoding, parts });
  });

  test("countSmsParts · cuts a sign that is longer than a part", () => {
    expect(countSmsParts(`a${"\u0301".repeat(200)}`)).toEqual({ encoding: "UCS-2", parts: 3 });
    expect(countSmsParts(`a${"\u0301".repeat(201)}`)).toEqual({ encoding: "UCS-2", parts: 4 });
  });

  test("countSmsParts · counts as Twilio's calculator does", () => {
    const sign = fc.oneof(
      fc.constantFrom(...Array.from("abcñéÑ¿¡ \n€{}[]~^|\\áíóúÁçãõ“”—…")),
      fc.constantFrom("😀", "👍🏽", "🇨🇴", "e\u0301", "👨‍👩‍👧"),
    );
    const text = fc.array(sign, { maxLength: 400 }).map((signs) => signs.join(""));
    const plain = fc
      .array(fc.constantFrom(...Array.from("abñé€{ ")), { maxLength: 700 })
      .map((signs) => signs.join(""));
    fc.assert(
      fc.property(fc.oneof(text, plain), (body) => {
        const judge = new SegmentedMessage(body);
        expect(countSmsParts(body)).toEqual({ encoding: judge.encodingName, parts: judge.segmentsCount });
      }),
    );
  });
});

describe("costOfParts", () => {
  test.each([
    [0, 7900, 2, 0],
    [1, 7900, 2, 1],
    [1000, 7900, 2, 790],
    [3, 7900, 2, 3],
    [2000, 7900, 2, 1580],
    [10, 7900, 0, 1],
  ])("costOfParts · %i parts at %i millionths with %i digits cost %i", (parts, micros, digits, cost) => {
    expect(costOfParts(parts, micros, digits)).toBe(cost);
  });
});
