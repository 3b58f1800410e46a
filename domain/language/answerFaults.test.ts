import { expect, test } from "vitest";
import { faultOfAnswer } from "./answerFaults.ts";

const facts = [
  "¿Cuánto cuesta el plan básico?\nEl plan básico cuesta $20.000 al mes, con 10 % de descuento los lunes. Más en https://planes.example.",
];

test.each([
  "El plan básico cuesta $20.000 al mes.",
  "Los lunes tiene 10 % de descuento.",
  "Más en https://planes.example.",
  "Cuesta $20.000.",
])("faultOfAnswer · lets through what the entries say: %s", (answer) => {
  expect(faultOfAnswer(answer, facts)).toBeUndefined();
});

test.each([
  ["El plan básico cuesta $25.000.", "25.000"],
  ["Los martes tiene 10 % de descuento.", 'a date, "martes"'],
  ["Con el plan hay cupones.", 'a discount, "cupones"'],
  ["Está garantizado.", 'a guarantee, "garantizado"'],
  ["El primer mes es gratis.", 'a price, "gratis"'],
  ["Cuesta veinte pesos.", 'a number, "veinte"'],
  ["Ya quedó reservado.", 'something done, "reservado"'],
  ["Consulta la dosis.", 'legal or medical advice, "dosis"'],
  ["Más en planes.example.net.", "planes.example.net"],
  ["Llama al 300 123 4567.", "300 123 4567"],
  ["No soy un bot.", "a person"],
  ["Hola {name}.", "braces"],
  [" ", "empty"],
  ["a".repeat(601), "longer"],
])("faultOfAnswer · names what is wrong: %s", (answer, fault) => {
  expect(faultOfAnswer(answer, facts)).toContain(fault);
});

test("faultOfAnswer · wants to know what it was taken from", () => {
  expect(faultOfAnswer("El plan básico cuesta $20.000 al mes.", [])).toContain("no entry");
});
