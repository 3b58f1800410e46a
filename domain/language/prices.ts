import type { ModelProvider } from "./providers.ts";

/** Tokens of one call; each counts once. */
export type TokenUsage = {
  /** Read anew, neither written to a cache nor found there. */
  input: number;
  cacheWrite: number;
  cacheRead: number;
  output: number;
};

export const NO_TOKENS: TokenUsage = { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 };

/** US dollars per million tokens, which is millionths of a dollar per token. */
type Price = { input: number; cacheWrite: number; cacheRead: number; output: number };
type Tariff = Price & {
  /** Where the whole prompt is longer than this, another price holds for all of the call. */
  long?: { over: number; price: Price };
};

const price = (input: number, output: number, cacheRead: number, cacheWrite = input): Price => ({
  input,
  cacheWrite,
  cacheRead,
  output,
});

/**
 * When the tables below were held against the providers' price lists:
 * https://platform.claude.com/docs/en/about-claude/pricing, https://platform.openai.com/docs/pricing
 */
export const PRICES_AS_OF: Readonly<Record<ModelProvider, string>> = {
  anthropic: "2026-10-24",
  openai: "2026-06-30",
  ollama: "2026-11-27",
};

/** Caches are written for five minutes. */
const ANTHROPIC: Readonly<Record<string, Tariff>> = {
  "claude-haiku-5-5": {
    ...price(0.1, 0.5, 0.01, 0.125),
    long: { over: 100_000, price: price(0.5, 2.5, 0.05, 0.625) },
  },
  "claude-sonnet-5-5": price(2, 10, 0.1, 2.5),
  "claude-opus-5-5": price(4, 20, 0.2, 5),
  "claude-sonnet-5": price(2, 10, 0.2, 2.5),
  "claude-opus-5": price(5, 25, 0.5, 6.25),
  "claude-opus-4-8": price(5, 25, 0.5, 6.25),
  "claude-opus-4-7": price(5, 25, 0.5, 6.25),
  "claude-opus-4-6": price(5, 25, 0.5, 6.25),
  "claude-opus-4-5": price(5, 25, 0.5, 6.25),
  "claude-sonnet-4-6": price(3, 15, 0.3, 3.75),
  "claude-sonnet-4-5": price(3, 15, 0.3, 3.75),
  "claude-haiku-4-5": price(1, 5, 0.1, 1.25),
};

const OPENAI: Readonly<Record<string, Tariff>> = {
  "gpt-5.5": price(5, 30, 0.5),
  "gpt-5.4": price(2.5, 15, 0.25),
  "gpt-5.4-mini": price(0.75, 4.5, 0.075),
  "gpt-5.4-nano": price(0.2, 1.25, 0.02),
  "gpt-5.2": price(1.75, 14, 0.175),
  "gpt-5.1": price(1.25, 10, 0.125),
};

/** `claude-haiku-4-5-20251001` costs what `claude-haiku-4-5` does. */
const undated = (model: string) => model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, "");

function tariffOf(provider: ModelProvider, model: string): Tariff | undefined {
  if (provider === "ollama") return price(0, 0, 0);
  return (provider === "anthropic" ? ANTHROPIC : OPENAI)[undated(model)];
}

export const isPriced = (provider: ModelProvider, model: string): boolean =>
  tariffOf(provider, model) !== undefined;

/** What a call cost, in millionths of a US dollar, rounded up; null where the model's price is not known. */
export function costOf(provider: ModelProvider, model: string, usage: TokenUsage): number | null {
  const tariff = tariffOf(provider, model);
  if (tariff === undefined) return null;
  const prompt = usage.input + usage.cacheWrite + usage.cacheRead;
  const by = tariff.long !== undefined && prompt > tariff.long.over ? tariff.long.price : tariff;
  const dollars =
    usage.input * by.input +
    usage.cacheWrite * by.cacheWrite +
    usage.cacheRead * by.cacheRead +
    usage.output * by.output;
  return Math.max(0, Math.ceil(dollars - 1e-9));
}
