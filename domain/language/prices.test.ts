import { expect, test } from "vitest";
import { costOf, isPriced } from "./prices.ts";

const tokens = { input: 1_000, cacheWrite: 0, cacheRead: 2_000, output: 100 };

test("costOf · is in millionths of a dollar, each kind of token by its price", () => {
  // 1,000 × 2 + 2,000 × 0.1 + 100 × 10
  expect(costOf("anthropic", "claude-sonnet-5-5", tokens)).toBe(3_200);
  // 1,000 × 0.75 + 2,000 × 0.075 + 100 × 4.5
  expect(costOf("openai", "gpt-5.4-mini-2026-03-17", tokens)).toBe(1_350);
  expect(costOf("anthropic", "claude-haiku-4-5-20251001", { ...tokens, cacheWrite: 1_000 })).toBe(2_950);
});

test("costOf · takes another price for all of a call whose prompt is long", () => {
  const long = { input: 90_000, cacheWrite: 0, cacheRead: 20_000, output: 1_000 };
  expect(costOf("anthropic", "claude-haiku-5-5", { ...long, cacheRead: 0 })).toBe(9_500);
  expect(costOf("anthropic", "claude-haiku-5-5", long)).toBe(48_500);
});

test("costOf · knows no price for a model that is not listed, and none is asked for one's own", () => {
  expect(costOf("openai", "gpt-99", tokens)).toBeNull();
  expect(isPriced("openai", "gpt-99")).toBe(false);
  expect(costOf("ollama", "llama3.2", tokens)).toBe(0);
});
