import { setTimeout as sleep } from "node:timers/promises";
import { readLanguageConfig } from "../../config.ts";
import { configuredModels, wantedModels } from "../../connectLanguage.ts";
import type { AskOptions, LanguageModels } from "../../domain/language/asking.ts";
import { PRICES_AS_OF } from "../../domain/language/prices.ts";
import { MODEL_PROVIDERS, type ModelProvider } from "../../domain/language/providers.ts";
import { DEFAULT_LANGUAGE_SETTINGS } from "../../domain/languageSettings.ts";
import { createLanguage, type LanguageCall } from "../../providers/llm/language.ts";
import { LlmError } from "../../providers/llm/llm.ts";
import { Failure } from "../say.ts";

/** Nobody waits for one line of a file. */
const LONGEST_WAIT_MS = 120_000;
const TRIES = 5;

export interface ModelOfCommand {
  language: LanguageModels;
  /** Asks, and waits where the provider wants to be left alone for a while. */
  patiently<T>(ask: (options: AskOptions) => Promise<T>): Promise<T>;
  /** In one line, what it came to. */
  told(): string;
}

/**
 * A model by its provider's name, as the environment has it, without a database: what calls cost is only told.
 * @throws Failure where there is no such provider, or nothing to reach it by
 */
export function modelOfCommand(name: string): ModelOfCommand {
  const provider = MODEL_PROVIDERS.find((one): one is ModelProvider => one === name);
  if (provider === undefined)
    throw new Failure(`There is no provider ${name}; there are rules, ${MODEL_PROVIDERS.join(", ")}.`);
  const config = readLanguageConfig();
  const providers = configuredModels(config);
  if (providers[provider] === undefined)
    throw new Failure(
      `${provider} needs ${provider === "ollama" ? "" : `${provider.toUpperCase()}_API_KEY or `}${provider.toUpperCase()}_BASE_URL.`,
    );
  const calls: LanguageCall[] = [];
  const language = createLanguage({
    book: {
      settingsOf: () => Promise.resolve({ ...DEFAULT_LANGUAGE_SETTINGS, provider }),
      spentBy: () => Promise.resolve({ day: 0, month: 0 }),
      record: (call) => Promise.resolve(void calls.push(call)),
      tellBudget: () => Promise.resolve(),
    },
    providers,
    ...wantedModels(config),
    maxTokens: config.LLM_MAX_TOKENS,
  });
  return {
    language,
    async patiently(ask) {
      for (let tries = 1; ; tries++) {
        try {
          return await ask({ mayWaitMs: tries < TRIES ? LONGEST_WAIT_MS : 0 });
        } catch (error) {
          if (!(error instanceof LlmError) || error.retryAfterMs === undefined) throw error;
          await sleep(error.retryAfterMs);
        }
      }
    },
    told: () => toldOf(provider, calls),
  };
}

function toldOf(provider: ModelProvider, calls: readonly LanguageCall[]): string {
  const sum = (of: (call: LanguageCall) => number) => calls.reduce((total, call) => total + of(call), 0);
  const input = sum(({ usage }) => usage.input + usage.cacheRead + usage.cacheWrite);
  const output = sum(({ usage }) => usage.output);
  const priced = calls.every(({ costMicros }) => costMicros !== null);
  const cost = priced
    ? `US$ ${(sum(({ costMicros }) => costMicros ?? 0) / 1_000_000).toFixed(4)} by prices of ${PRICES_AS_OF[provider]}`
    : "at a price that is not known here";
  return `${calls.length} calls of ${provider}: ${input} tokens read, ${output} written, ${cost}.`;
}
