import { expect, test } from "vitest";
import { digest, gather, languageOfTranscript, type Sentence, speakerOn, textOf } from "./transcript.ts";

const said = (...texts: string[]): Sentence[] =>
  texts.map((text, n) => ({ speaker: "person", start: n, end: n + 1, confidence: 0.9, text }));

test("speakerOn · tells caller and agent by channel, a message by its one voice", () => {
  expect(speakerOn(1, { channels: 2, forwarded: true })).toBe("person");
  expect(speakerOn(2, { channels: 2, forwarded: true })).toBe("agent");
  expect(speakerOn(1, { channels: 1, forwarded: true })).toBe("unknown");
  expect(speakerOn(1, { channels: 1, forwarded: false })).toBe("person");
});

test("languageOfTranscript · reads codes and names", () => {
  const given = ["es-MX", "Portuguese", "en", "de-DE", null];
  expect(given.map(languageOfTranscript)).toEqual(["es", "pt", "en", null, null]);
});

test("digest · extracts what the call is about, in its order and words", () => {
  const talk = said(
    "Buenas tardes.",
    "Quisiera saber el precio del apartamento de tres alcobas en Barranquilla.",
    "El apartamento de tres alcobas tiene un precio de cuatrocientos millones.",
    "Sí, claro que sí.",
    "Le envío la lista de precios del apartamento hoy mismo.",
    "Quedamos en que la visita es el sábado.",
    "Muchas gracias, hasta luego.",
  );
  const { summary, actionItems } = digest(talk, "es");
  expect(summary).toContain("precio del apartamento de tres alcobas");
  expect(summary.indexOf("Quisiera")).toBeLessThan(summary.indexOf("cuatrocientos"));
  expect(summary).not.toContain("Sí, claro");
  expect(actionItems).toEqual([
    "Le envío la lista de precios del apartamento hoy mismo.",
    "Quedamos en que la visita es el sábado.",
  ]);
});

test.each([
  ["en", "I will send you the price list today.", "The weather is lovely here today."],
  ["pt", "Vou enviar a lista de preços hoje.", "O tempo está muito bonito hoje."],
] as const)("digest · finds what was promised in %s", (language, promise, other) => {
  expect(digest(said(promise, other), language).actionItems).toEqual([promise]);
});

test("digest · of short or long talk stays within bounds; a sentence said twice counts once", () => {
  expect(digest(said("Sí.", "No."), "es")).toEqual({ summary: "Sí.\nNo.", actionItems: [] });
  expect(digest([], null)).toEqual({ summary: "", actionItems: [] });
  const long = digest(said("palabra ".repeat(200), "palabra ".repeat(200)), null);
  expect(long.summary.length).toBeLessThanOrEqual(600);
  expect(long.summary.endsWith("…")).toBe(true);
  const many = Array.from({ length: 30 }, (_, n) => `Le envío el documento número ${n} hoy.`);
  expect(digest(said(...many), "es").actionItems).toHaveLength(10);
});

test("gather · takes the strongest intent over courtesies, and one complaint over two thanks", () => {
  const read = (intent: string, sentiment: string, confidence = 80) => ({ intent, sentiment, confidence });
  expect(gather([])).toEqual({ intent: null, sentiment: null });
  expect(
    gather([read("greeting", "neutral", 99), read("thanks", "positive", 99), read("pricing", "neutral", 40)]),
  ).toEqual({ intent: "pricing", sentiment: "positive" });
  expect(
    gather([read("thanks", "positive"), read("thanks", "positive"), read("complaint", "negative")]),
  ).toEqual({ intent: "complaint", sentiment: "neutral" });
  expect(gather([read("complaint", "negative")])).toEqual({ intent: "complaint", sentiment: "negative" });
});

test("textOf · is one sentence a line", () => {
  expect(textOf(said(" Hola ", "¿Qué tal?"))).toBe("Hola\n¿Qué tal?");
});
