import { describe, expect, test } from "vitest";
import { levelOf, riskOfText } from "./banRisk.ts";

describe("riskOfText", () => {
  test.each([
    "BUY NOW!!! LIMITED TIME OFFER!! Click here for FREE product!!!",
    "¡ÚLTIMA OPORTUNIDAD! Gana un iPhone GRATIS, haz clic ya en http://bit.ly/x",
    "PARABÉNS!!! Você ganhou um prêmio, clique aqui e resgate já: http://bit.ly/x",
    "URGENT! You have won a 1 week FREE membership in our £100,000 prize Jackpot! Txt the word CLAIM to 81010",
  ])("%s · is critical", (text) => {
    expect(riskOfText(text)).toMatchObject({ risk_level: "critical" });
  });

  test.each([
    "Hola, soy Valeria Mercado de Artek Mar. ¡Me encantaría presentarte nuestro nuevo proyecto en Altos de Los Rosales, Barranquilla! ¿Te gustaría conocer más detalles?",
    "Hola {name|amigo}, ¿te gustaría conocer {product_name}?",
    "Oi João, aqui é a Valéria da Casa Verde. Sua consulta está confirmada para terça às 10. Responda SAIR para não receber mais.",
    "Hi Mike, your car is due for service next week. Would Tuesday at 9 work? - Laura, Norte Motors",
    "ok see you at 5",
    "",
  ])("%s · is low and recommends nothing", (text) => {
    expect(riskOfText(text)).toMatchObject({ risk_level: "low", recommendations: [] });
  });

  test.each([
    ["Shouting", "VISIT OUR BEAUTIFUL NEW STORE TOMORROW"],
    ["Loud punctuation", "Visit our store tomorrow!!!!"],
    ["Bait words", "A free prize for you"],
    ["Links", "See https://shop.example/a and https://shop.example/b"],
    ["Link shortener", "See bit.ly/abc"],
    ["Amounts of money", "It is $500 or $900"],
    ["Premium numbers", "Txt WIN to 81010"],
    ["Pressure", "Hurry, last chance"],
    ["Long text", "Come and see us. ".repeat(25)],
    ["No opt-out notice", "FREE cash prize, claim now at http://win.example"],
    ["The sender is not named", "FREE cash prize, claim now at http://win.example"],
    ["Nobody is addressed", "FREE cash prize, claim now at http://win.example"],
  ])("%s · is named with its points", (factor, text) => {
    expect(riskOfText(text).factors).toContainEqual(
      expect.stringMatching(new RegExp(`^${factor}.*\\(\\+\\d+\\)$`)),
    );
  });

  test("a notice, a name and a greeting · take their points away", () => {
    const bare = "Free cash prize, claim now at http://win.example";
    const whole = `Hello Maria, this is Tom from Casa Verde. ${bare} Reply STOP to opt out.`;
    expect(riskOfText(whole).factors.join()).not.toMatch(/opt-out|sender|addressed/);
  });
});

test("levelOf · begins medium at 30, high at 60, critical at 80", () => {
  expect([29.9, 30, 59.9, 60, 79.9, 80].map(levelOf)).toEqual([
    "low",
    "medium",
    "medium",
    "high",
    "high",
    "critical",
  ]);
});
