import { expect, test } from "vitest";
import { asksOnlyWhatItIs, asksWhatItIs, matterOf } from "./answerPolicy.ts";

test.each([
  ["los voy a demandar", "legal"],
  ["Voy a hablar con mi ABOGADO", "legal"],
  ["vou processar vocês", "legal"],
  ["I will sue you", "legal"],
  ["me duele la cabeza, ¿qué tomo?", "medical"],
  ["tenho alergia a látex", "medical"],
  ["any side effects?", "medical"],
  ["¿tienen parqueadero?", undefined],
  ["doy clases los sábados", undefined],
  ["quanto custa o plano", undefined],
  ["what are the doors like", undefined],
])("matterOf · %s: %s", (text, matter) => {
  expect(matterOf(text)).toBe(matter);
});

test.each([
  ["¿Eres un robot?", true],
  ["hablo con una persona o una maquina?", true],
  ["estoy hablando con un humano?", true],
  ["Are you a real person?", true],
  ["am i chatting with a bot", true],
  ["você é um robô?", true],
  ["estou falando com uma pessoa de verdade?", true],
  ["quiero hablar con una persona", false],
  ["is there a person I can call", false],
  ["quero falar com uma pessoa", false],
  ["¿venden robots de cocina?", false],
  ["¿es para una persona?", false],
])("asksWhatItIs · %s: %s", (text, asks) => {
  expect(asksWhatItIs(text)).toBe(asks);
});

test.each([
  ["am I talking to a bot?", true],
  ["hola, estoy hablando con un robot?", true],
  ["are you a bot? I want to talk to somebody real", false],
  ["eres un robot? pásame con una persona por favor", false],
  ["quero falar com uma pessoa", false],
])("asksOnlyWhatItIs · %s: %s", (text, asks) => {
  expect(asksOnlyWhatItIs(text)).toBe(asks);
});
