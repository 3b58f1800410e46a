import { expect, test } from "vitest";
import { machineSigns } from "./conversationLoop.ts";

test.each([
  "This is an automated message. Please do not reply.",
  "I am out of the office until Monday.",
  "AUTO-REPLY: we got your message",
  "Respuesta automática: estaré fuera de la oficina",
  "Estoy manejando, te escribo luego",
  "¡Hola! Soy el asistente virtual de Muebles Rey",
  "No responda a este mensaje",
  "Mensagem automática. Estou de férias.",
  "Gracias por comunicarte con Ferretería Díaz. Nuestro horario es de 9 a 18, en breve te atendemos",
])("machineSigns · says_so · %s", (text) => {
  expect(machineSigns(text, null)).toBe("says_so");
});

test.each([
  "Hola, ¿me da el precio?",
  "gracias por escribir",
  "I can drive there tomorrow",
  "¿es automática o mecánica?",
])("machineSigns · a person · %s", (text) => {
  expect(machineSigns(text, null)).toBeUndefined();
});

test("machineSigns · knows our own words, and a text that comes again after its answer", () => {
  const answered = {
    answer: "¿De qué producto quieres el precio?",
    to: "Escriba 1 para ventas, 2 para soporte",
  };
  expect(machineSigns("¿De qué producto quieres el precio?", answered)).toBe("echo");
  expect(machineSigns("escriba 1 para ventas, 2 para soporte", answered)).toBe("repeats");
  expect(machineSigns("hola", { answer: "hola", to: "hola" })).toBeUndefined();
  expect(machineSigns("quiero el precio de la mesa", answered)).toBeUndefined();
});
