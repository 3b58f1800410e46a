import { describe, expect, test } from "vitest";
import { meanSimilarity, signatureOf, similarityOf } from "./similarity.ts";

const between = (a: string, b: string) => similarityOf(signatureOf(a), signatureOf(b));
const TEXT = "Hola Ana, tenemos listo tu pedido 123 y puedes recogerlo hoy en la tienda de la calle 80";

describe("similarityOf", () => {
  test("case, accents, signs, figures and a variable's name · make no difference", () => {
    expect(
      between(
        TEXT,
        "HOLA ANA tenemos listo tu pedido 9: y puedes recogerlo HOY en la tienda, de la calle 12!",
      ),
    ).toBe(1);
    expect(between("Hola {name|amigo}, ya llegó", "Hola {first_name}, ya llego")).toBe(1);
  });

  test("another name in the same text · stays very similar", () => {
    expect(between(TEXT, TEXT.replace("Ana", "Luis"))).toBeGreaterThan(0.7);
  });

  test("texts about the same thing in other words · are apart", () => {
    const other =
      "Buen día. Le avisamos que su compra está lista; pase por ella cuando guste, en la calle 80";
    expect(between(TEXT, other)).toBeLessThan(0.3);
  });

  test("shares of pairs in common · are met within 10 %", () => {
    const words = Array.from(
      { length: 101 },
      (_, i) => `palabra${String.fromCharCode(97 + (i % 26))}${"x".repeat(i / 26)}`,
    );
    const half = [...words.slice(0, 51), ...words.slice(51).map((word) => `otra${word}`)];
    // 50 of 150 different pairs.
    expect(Math.abs(between(words.join(" "), half.join(" ")) - 1 / 3)).toBeLessThan(0.1);
  });
});

test("meanSimilarity · is over all pairs, and null where there are none", () => {
  expect(meanSimilarity([TEXT])).toBeNull();
  expect(meanSimilarity([TEXT, TEXT, TEXT])).toBe(1);
  expect(meanSimilarity([TEXT, "otra cosa muy distinta"])).toBe(0);
});
