import { expect, test } from "vitest";
import { readScrubLine } from "./scrubList.ts";

test.each([
  ["ten digits", "5512345678", "+525512345678"],
  ["the old mobile prefix", "+52 1 55 1234 5678", "+525512345678"],
  ["a quoted cell among others", '"17/02/2026";"5512345678";"móvil"', "+525512345678"],
  ["something too short", "12345", null],
])("readScrubLine · reads %s", (_name, line, number) => {
  expect(readScrubLine("repep", line)).toBe(number);
});

test.each(["", "   ", "numero;fecha"])("readScrubLine · passes over %j", (line) => {
  expect(readScrubLine("repep", line)).toBeUndefined();
});
