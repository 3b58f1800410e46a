import { expect, test } from "vitest";
import { segmentsOf } from "./segments.ts";

test.each([
  ["", 1],
  ["a".repeat(160), 1],
  ["a".repeat(161), 2],
  ["a".repeat(306), 2],
  ["a".repeat(307), 3],
  ["€".repeat(80), 1],
  ["€".repeat(81), 2],
  ["ñ¿¡é".repeat(40), 1],
  ["á".repeat(70), 1],
  ["á".repeat(71), 2],
  ["😀".repeat(35), 1],
  ["😀".repeat(36), 2],
])("segmentsOf · counts %j as %i", (text, segments) => {
  expect(segmentsOf(text)).toBe(segments);
});
