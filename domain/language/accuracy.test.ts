import { expect, test } from "vitest";
import { judgedSet } from "../../tools/language/evaluate.ts";
import { figuresOf } from "../../tools/language/measure.ts";

// Intent macro-F1 0.75 and false alarms of 2 % are goals that are not reached on these replies (docs/language.md
// says so): there, what was reached must not be lost.
test("on replies that were not trained on · the figures of docs/language.md hold", () => {
  const figures = figuresOf(judgedSet("test-data"));
  expect(figures.replies).toBeGreaterThanOrEqual(400);
  expect(figures.optOutRecall).toBeGreaterThanOrEqual(0.98);
  expect(figures.optOutPrecision).toBeGreaterThanOrEqual(0.97);
  expect(figures.falseAlarms).toBeLessThanOrEqual(0.04);
  expect(figures.intentF1).toBeGreaterThanOrEqual(0.71);
  expect(figures.sentimentF1).toBeGreaterThanOrEqual(0.72);
});
