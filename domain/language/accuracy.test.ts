import { expect, test } from "vitest";
import { judgedSet } from "../../tools/language/evaluate.ts";
import { figuresOf } from "../../tools/language/measure.ts";

// The goals are 0.98 at 0.97, with at most 0.02 false alarms; docs/language.md says what is not reached.
test("on replies that nobody who worked on the model had read · the figures of docs/language.md hold", () => {
  const figures = figuresOf(judgedSet("unseen"));
  expect(figures.replies).toBe(620);
  expect(figures.optOutRecall).toBeGreaterThanOrEqual(0.98);
  expect(figures.optOutPrecision).toBeGreaterThanOrEqual(0.94);
  expect(figures.falseAlarms).toBeLessThanOrEqual(0.05);
  expect(figures.intentF1).toBeGreaterThanOrEqual(0.9);
  expect(figures.sentimentF1).toBeGreaterThanOrEqual(0.85);
});

test("on replies in usual words · the goals for intent, sentiment and opt-outs hold", () => {
  const figures = figuresOf(judgedSet("first-look"));
  expect(figures.replies).toBeGreaterThanOrEqual(750);
  expect(figures.optOutRecall).toBeGreaterThanOrEqual(0.98);
  expect(figures.optOutPrecision).toBeGreaterThanOrEqual(0.97);
  expect(figures.falseAlarms).toBeLessThanOrEqual(0.03);
  expect(figures.intentF1).toBeGreaterThanOrEqual(0.75);
  expect(figures.sentimentF1).toBeGreaterThanOrEqual(0.72);
});

// Not all goals are reached on these either: what was reached must not be lost.
test("on replies in unusual words that nothing was trained on · the figures of docs/language.md hold", () => {
  const figures = figuresOf(judgedSet("held-out"));
  expect(figures.replies).toBeGreaterThanOrEqual(360);
  expect(figures.optOutRecall).toBeGreaterThanOrEqual(0.88);
  expect(figures.optOutPrecision).toBeGreaterThanOrEqual(0.93);
  expect(figures.falseAlarms).toBeLessThanOrEqual(0.08);
  expect(figures.intentF1).toBeGreaterThanOrEqual(0.71);
  expect(figures.sentimentF1).toBeGreaterThanOrEqual(0.77);
});
