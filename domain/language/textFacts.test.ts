import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { factsOf, mask, shouts, unmask } from "./textFacts.ts";

const wordsOf = (text: string) => factsOf(text).map(({ kind, words }) => `${kind}:${words}`);

describe("factsOf", () => {
  test.each([
    ["Hola {name|amigo}, tu cita {fecha}", ["variable:{name|amigo}", "variable:{fecha}"]],
    ["Mira https://casa.example/a?b=1.", ["link:https://casa.example/a?b=1"]],
    ["See bit.ly/x, or write to me@shop.example!", ["link:bit.ly/x", "link:me@shop.example"]],
    ["Cuesta $1.250.000 o 15% menos", ["amount:$1.250.000", "amount:15%"]],
    ["R$ 49,90 por mês", ["amount:R$ 49,90"]],
    ["el 3 de marzo a las 4:45 pm", ["date:3 de marzo", "date:4:45 pm"]],
    ["until 04/20, or on September 12", ["date:04/20", "date:September 12"]],
    ["use SPRING20, reply YES", ["code:SPRING20", "code:YES"]],
    ["Fin. Responde BAJA para salir.", ["opt_out:Responde BAJA para salir"]],
    ["it is Laura from Norte Motors", ["name:Laura", "name:Norte", "name:Motors"]],
    ["Casa Verde: tu pedido llegó", ["name:Casa Verde"]],
  ])("%s · has its facts", (text, facts) => {
    expect(wordsOf(text)).toEqual(facts);
  });

  test("what is shouted · is nobody's name", () => {
    expect(wordsOf("Get it FREE and BUY NOW. HUGE SALE FOR ALL")).toEqual([]);
  });
});

test("mask and unmask · give the text back, whatever it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const { masked, facts } = mask(text);
      return unmask(masked, facts) === text;
    }),
  );
});

test("shouts · of what is mostly capitals, but not of a short word", () => {
  expect(["BUY NOW", "buy NOW", "SMS", "¡GRATIS HOY"].map(shouts)).toEqual([true, false, false, true]);
});
