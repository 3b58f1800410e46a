import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { riskOfText } from "./banRisk.ts";
import { rewriteByRules } from "./rewrite.ts";
import { TONES } from "./tones.ts";

/** Campaign texts, half of them loud, written for this; one a line. */
const CAMPAIGNS = ["english", "spanish", "portuguese"].flatMap((language) =>
  readFileSync(new URL(`test-data/campaigns/${language}.txt`, import.meta.url), "utf8")
    .trim()
    .split("\n"),
);
/** Found without the code under test: what of a text must come back, in its order. */
const kept = (text: string) =>
  [
    /\{[^{}]*\}/g,
    /(?:https?:\/\/|www\.)[^\s]*[^\s.,!?]|[\w.-]+@[\w.-]+\w|\b[\w-]+\.example[^\s,!:]*[^\s.,!:]/g,
    /[$€£%]|\d[\d.,:/]*\d|\d/g,
    /(?:[Rr]eply|[Rr]espond[ea]) (?:STOP|BAJA|SALIR|SAIR)|(?:STOP|BAJA|SAIR) (?:to|para)/g,
  ].map((pattern) => (text.match(pattern) ?? []).toSorted());
const risk = (text: string) => riskOfText(text).risk_score;

describe("rewriteByRules", () => {
  test("what shouts and baits · falls from critical to low", () => {
    const message = "BUY NOW!!! LIMITED TIME OFFER!! Click here for FREE product!!!";
    const { rewritten, original } = rewriteByRules({ message, tone: "friendly" });
    expect(original).toBe(message);
    expect(risk(message)).toBeGreaterThanOrEqual(75);
    expect(risk(rewritten)).toBeLessThanOrEqual(30);
  });

  test.each(TONES)(
    "210 campaign texts, %s · keep variables, links, figures and notices, and raise no risk",
    (tone) => {
      expect(CAMPAIGNS).toHaveLength(210);
      for (const message of CAMPAIGNS)
        for (const contact_name of [undefined, "Zoraida"]) {
          const { rewritten } = rewriteByRules({ message, tone, contact_name });
          expect(kept(rewritten), message).toEqual(kept(message));
          expect(risk(rewritten), message).toBeLessThanOrEqual(risk(message) + (contact_name ? 3 : 0));
          const named = /^[¡\s]*\p{L}+(?: \p{L}+)? \{/u.test(message);
          if (contact_name !== undefined && !named) expect(rewritten).toContain(contact_name);
        }
    },
  );

  test("loud texts · lose most of their risk", () => {
    const loud = CAMPAIGNS.filter((text) => risk(text) >= 60 && !/:\/\/|www\.|\.example/.test(text));
    const fallen = loud.map((message) => risk(rewriteByRules({ message, tone: "professional" }).rewritten));
    expect(loud.length).toBeGreaterThan(15);
    const sum = (scores: readonly number[]) => scores.reduce((all, score) => all + score, 0);
    expect(sum(fallen) / sum(loud.map(risk))).toBeLessThan(0.6);
  });

  test.each([
    ["Hello there! We moved.", "Ana", "Hello Ana, we moved."],
    ["Hi Mike, thanks for your visit yesterday.", "Ana", "Hi Ana, thanks for your visit yesterday."],
    ["Estimado cliente, su pedido llegó.", "Luis", "Hola Luis, su pedido llegó."],
    ["Valeria te saluda.", "Luis", "Hola Luis. Valeria te saluda."],
    ["Hola {name|amigo}, tu pedido llegó.", "Luis", "Hola {name|amigo}, tu pedido llegó."],
  ])("%s with a name · greets by it", (message, contact_name, greeted) => {
    expect(rewriteByRules({ message, contact_name, tone: "friendly" }).rewritten).toBe(greeted);
  });

  test("a name that is none · greets nobody, and says so", () => {
    for (const contact_name of ["{phone}", "http://x.example", "Ana 50%"]) {
      const { rewritten, changes } = rewriteByRules({
        message: "Hola, tu pedido llegó.",
        contact_name,
        tone: "casual",
      });
      expect(rewritten).toBe("Hola, tu pedido llegó.");
      expect(changes.join()).toContain("Nobody is greeted");
    }
  });

  test.each([
    ["professional", "We're open 🎉 and don't close!!!", "We are open and do not close."],
    ["casual", "We are open and do not close.", "We're open and don't close."],
    ["urgent", "Tu cupo termina el viernes!!!", "Un aviso con tiempo: Tu cupo termina el viernes."],
    ["friendly", "Tu pedido llegó!!!", "Hola. Tu pedido llegó!"],
  ] as const)("%s · has its own words", (tone, message, rewritten) => {
    expect(rewriteByRules({ message, tone }).rewritten).toBe(rewritten);
  });

  test("another language · is not translated by rules, which the changes say", () => {
    const { changes } = rewriteByRules({
      message: "Hola, tu pedido ya llegó a la tienda.",
      tone: "casual",
      language: "en",
    });
    expect(changes).toContain("Rules do not translate: the text stays in Spanish.");
  });

  test.each(["", "   ", "!!!", "{name}", "🎉"])("“%s” · comes back", (message) => {
    expect(rewriteByRules({ message, tone: "professional" }).rewritten).toBe(message);
  });
});
