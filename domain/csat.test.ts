import { expect, test } from "vitest";
import { parseCsat } from "./csat.ts";

test.each([
  ["5", 5],
  [" 1 ", 1],
  ["4/5", 4],
  ["4 de 5", 4],
  ["4 out of 5", 4],
  ["5!", 5],
  ["5️⃣", 5],
  ["(3)", 3],
  ["cinco", 5],
  ["Un cuatro, gracias", 4],
  ["Le doy un 4", 4],
  ["Mi calificación es 5", 5],
  ["nota cinco", 5],
  ["uno", 1],
  ["four stars", 4],
  ["dou nota quatro", 4],
  ["⭐⭐⭐⭐", 4],
  ["⭐⭐⭐⭐⭐ gracias!", 5],
  ["5. Muy amable Laura, resolvió todo", 5],
  ["2, nadie me contestó en dos horas", 2],
  ["3 - podría ser mejor", 3],
  ["4\nObrigado", 4],
  ["cinco de cinco", 5],
] as const)("parseCsat · %j is %d", (text, rating) => {
  expect(parseCsat(text)).toBe(rating);
});

test.each([
  "",
  "0",
  "6",
  "10",
  "10/10",
  "4.5",
  "4,5",
  "3 o 4",
  "5, o mejor 4",
  "Llego a las 5",
  "Somos 5 personas",
  "5 personas para mañana",
  "gracias",
  "excelente servicio",
  "una pregunta",
  "¿uno más?",
  "⭐⭐⭐⭐⭐⭐",
  "⭐ 3",
  "5 ⭐⭐",
  "se me rompieron ⭐⭐ platos",
  "15",
  "5".padEnd(301, "x"),
])("parseCsat · %j is no rating", (text) => {
  expect(parseCsat(text)).toBeUndefined();
});
