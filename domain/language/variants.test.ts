import { describe, expect, test } from "vitest";
import { riskOfText } from "./banRisk.ts";
import { signatureOf, similarityOf } from "./similarity.ts";
import { ALIKE_FROM, variantAt, variantsOf } from "./variants.ts";

const TEXTS = [
  "Hola {name|amigo}, soy Valeria de Artek Mar. ¿Te gustaría conocer el proyecto {product_name}? Responde BAJA para salir.",
  "Hi {name|there}, your car is due for service on March 3. Book at https://norte.example/book. Reply STOP to opt out",
  "Oi {name}, a coleção chegou: jeans desde R$95 na Casa Verde. Responda SAIR para não receber mais.",
];

describe("variantsOf", () => {
  test.each(TEXTS)("%s · has five, apart from each other, with all facts and no more risk", (message) => {
    const variants = variantsOf(message, 5);
    expect(variants).toHaveLength(5);
    const signatures = variants.map(({ body }) => signatureOf(body));
    for (const [i, a] of signatures.entries())
      for (const b of signatures.slice(i + 1)) expect(similarityOf(a, b)).toBeLessThan(ALIKE_FROM);
    for (const { body, risk_score } of variants) {
      for (const kept of message.match(
        /\{[^}]*\}|https:\S+\w|R\$\d+|(?:Responde|Reply|Responda) \p{Lu}+/gu,
      ) ?? [])
        expect(body.split(kept)).toHaveLength(2);
      expect(risk_score).toBe(riskOfText(body).risk_score);
      expect(risk_score).toBeLessThanOrEqual(riskOfText(message).risk_score);
    }
  });

  test("beside others · is apart from those too", () => {
    const message = TEXTS[0] as string;
    const first = variantsOf(message, 3).map(({ body }) => body);
    const more = variantsOf(message, 3, { beside: first });
    expect(more.length).toBeGreaterThan(0);
    for (const { body } of more)
      for (const other of first)
        expect(similarityOf(signatureOf(body), signatureOf(other))).toBeLessThan(ALIKE_FROM);
  });

  test("a text too long for rules · has fewer than were asked for", () => {
    const words = Array.from(
      { length: 200 },
      (_, i) => `palabra${"abcdefghij"[i % 10]}${"klmnopqrstuvwxyzabcd"[Math.floor(i / 10)]}`,
    );
    expect(variantsOf(`Hola {name}, ${words.join(" ")}.`, 5).length).toBeLessThan(5);
  });
});

test("variantAt · gives a person the same one always, and each to about as many", () => {
  const people = Array.from(
    { length: 3_000 },
    (_, i) => `019a0000-0000-7000-8000-${i.toString(16).padStart(12, "0")}`,
  );
  const counts = [0, 0, 0];
  for (const id of people) {
    const at = variantAt("c", id, 3);
    expect(variantAt("c", id, 3)).toBe(at);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(120);
});
