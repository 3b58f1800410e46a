import { expect, test } from "vitest";
import { findKeywordAnswer, type KeywordAnswer, plainWords } from "./conversationKeywords.ts";

const answer = (id: string, fields: Partial<KeywordAnswer>): KeywordAnswer => ({
  id,
  keywords: [id],
  match: "whole",
  channel: null,
  language: null,
  body: "…",
  hand_off: false,
  ...fields,
});

const said = (...texts: string[]) => ({ texts, channel: "whatsapp", language: "es" });

test("plainWords · leaves words alone: no case, accents, punctuation, emoji", () => {
  expect(plainWords("¿Cuál es el HORARIO? 🙏")).toBe("cual es el horario");
  expect(plainWords("🙏")).toBe("");
});

test("findKeywordAnswer · takes the whole text, its beginning or its words, as the answer says", () => {
  const whole = [answer("horario", {})];
  expect(findKeywordAnswer(whole, said("¡Horario!"))?.id).toBe("horario");
  expect(findKeywordAnswer(whole, said("el horario"))).toBeUndefined();
  const starts = [answer("info", { match: "starts" })];
  expect(findKeywordAnswer(starts, said("Info de la casa"))?.id).toBe("info");
  expect(findKeywordAnswer(starts, said("informes"))).toBeUndefined();
  const contains = [answer("x", { match: "contains", keywords: ["punto de venta", "tienda"] })];
  expect(findKeywordAnswer(contains, said("¿dónde queda la TIENDA?"))?.id).toBe("x");
  expect(findKeywordAnswer(contains, said("sus puntos de venta"))).toBeUndefined();
});

test("findKeywordAnswer · tries answers in their order, and each text of a burst on its own", () => {
  const answers = [answer("precio", {}), answer("hola", {})];
  expect(findKeywordAnswer(answers, said("hola", "precio"))?.id).toBe("precio");
  expect(findKeywordAnswer(answers, said("hola precio"))).toBeUndefined();
});

test("findKeywordAnswer · keeps to the channel and the language of an answer", () => {
  expect(findKeywordAnswer([answer("hola", { channel: "sms" })], said("hola"))).toBeUndefined();
  expect(findKeywordAnswer([answer("hola", { language: "pt" })], said("hola"))).toBeUndefined();
  const portuguese = [answer("hola", { language: "pt" })];
  expect(findKeywordAnswer(portuguese, { ...said("hola"), language: null })?.id).toBe("hola");
});

test("findKeywordAnswer · finds nothing in what has no words", () => {
  expect(findKeywordAnswer([answer("🙏", {})], said("🙏", ""))).toBeUndefined();
});
