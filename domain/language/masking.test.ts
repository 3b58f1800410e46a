import fc from "fast-check";
import { expect, test } from "vitest";
import { mask, revealAll } from "./masking.ts";

test("mask · keeps names, telephones and addresses from leaving, each by one placeholder", () => {
  const { texts } = mask(
    [
      "Hola Paola, ¿te llamo al +57 300 123 4567?",
      "Soy PAOLA Ruiz, mejor al 3009876543 o paola.ruiz+casa@example.com.co",
    ],
    ["Paola Ruiz"],
  );
  expect(texts).toEqual([
    "Hola [NAME_1], ¿te llamo al [PHONE_1]?",
    "Soy [NAME_1] [NAME_2], mejor al [PHONE_2] o [EMAIL_1]",
  ]);
});

test("mask · leaves amounts, dates and words that only begin like a name", () => {
  const text = "El apartamento de 250.000.000 se entrega el 2026-11-27, calle 45 # 12-30, anaranjado";
  expect(mask([text], ["Ana"]).texts).toEqual([text]);
});

test("mask · puts back what it took out, into every text of an answer", () => {
  const { texts, reveal } = mask(["Soy Luz, mi correo es luz@example.com"], ["Luz"]);
  expect(texts).toEqual(["Soy [NAME_1], mi correo es [EMAIL_1]"]);
  expect(revealAll({ items: ["Escribir a [NAME_1]"], to: { mail: "[EMAIL_1]" }, n: 1 }, reveal)).toEqual({
    items: ["Escribir a Luz"],
    to: { mail: "luz@example.com" },
    n: 1,
  });
});

test("mask · does not take a placeholder that somebody wrote for one of its own", () => {
  const { texts, reveal } = mask(["dame [PHONE_1] y llama al 3001234567"], []);
  expect(texts).toEqual(["dame [PHONE_1] y llama al [PHONE_2]"]);
  expect(reveal("[PHONE_1] [PHONE_2]")).toBe("[PHONE_1] 3001234567");
});

test("mask · revealed, any text is what it was", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.array(fc.string()), (texts, names) => {
      const masked = mask(texts, names);
      expect(masked.texts.map(masked.reveal)).toEqual(texts);
    }),
  );
});
