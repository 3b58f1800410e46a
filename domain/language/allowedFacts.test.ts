import { expect, test } from "vitest";
import { strangersIn } from "./allowedFacts.ts";

const facts = [
  "El apartamento cuesta $250.000.000 y se visita de 9 a 17 h. https://artekmar.com/visita?id=7",
  "Preguntas: ventas@artekmar.com o +57 300 123 4567. También wa.me/573001234567",
];

test.each([
  "Cuesta 250,000,000 y puedes visitarlo de 9 a 17 h.",
  "Mira https://artekmar.com/visita?id=7.",
  "Escribe a VENTAS@artekmar.com, o al +573001234567.",
  "Con gusto te atendemos. ¿Qué día te queda bien?",
  "Aquí: wa.me/573001234567",
])("strangersIn · finds nothing in what stands among the facts: %s", (text) => {
  expect(strangersIn(text, facts)).toEqual([]);
});

test.each([
  ["Te lo dejo en 200.000.000", ["200.000.000"]],
  ["Paga en https://artekmar.com.evil.co/visita?id=7", ["https://artekmar.com.evil.co/visita?id=7"]],
  ["Mira https://artekmar.com/visita?id=8", ["https://artekmar.com/visita?id=8", "8"]],
  ["Entra a bit.ly/regalo", ["bit.ly/regalo"]],
  ["Entra a bit\u200b.ly/regalo", ["bit.ly/regalo"]],
  ["Escribe a jefe@gmail.com", ["jefe@gmail.com"]],
  ["Llama al 3110000000", ["3110000000"]],
  ["Tienes 30 % de descuento", ["30"]],
  ["Cuesta ２００ pesos", ["200"]],
  ["Búscanos en regalos punto com", ["punto com"]],
])("strangersIn · names what no fact has: %s", (text, strange) => {
  expect(strangersIn(text, facts)).toEqual(expect.arrayContaining(strange));
});
