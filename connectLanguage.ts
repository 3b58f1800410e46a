import { Counter, Histogram } from "prom-client";
import type { LanguageConfig } from "./config.ts";
import type { Db } from "./db/connect.ts";
import {
  findLanguageSettings,
  insertLanguageCall,
  sumLanguageCost,
  tellLanguageBudget,
} from "./db/languageBook.ts";
import type { LanguageModels } from "./domain/language/asking.ts";
import type { ModelProvider } from "./domain/language/providers.ts";
import { anthropicModel } from "./providers/llm/anthropic.ts";
import { createLanguage, type LanguageBook } from "./providers/llm/language.ts";
import type { LlmProvider } from "./providers/llm/llm.ts";
import { openaiModel } from "./providers/llm/openai.ts";

/** Small and quick ones, as what is asked is small; a workspace may choose another. */
const USUAL_MODELS: Readonly<Record<ModelProvider, string>> = {
  anthropic: "claude-haiku-5-5",
  openai: "gpt-5.4-mini",
  ollama: "llama3.2",
};
/** A person waits for the answer, and rules have one at once. */
const TIMEOUT_MS = 20_000;
/** Servers of one's own often take any key. */
const ANY_KEY = "none";

/** What this process has asked models; the API and the worker serve it with the rest. */
const meters = {
  calls: new Counter({
    name: "campanile_language_calls_total",
    help: "Calls of language models, by what came of them",
    labelNames: ["provider", "outcome"],
  }),
  seconds: new Histogram({
    name: "campanile_language_seconds",
    help: "How long calls of language models took",
    labelNames: ["provider"],
    buckets: [0.25, 0.5, 1, 2.5, 5, 10, 20],
  }),
  fallbacks: new Counter({
    name: "campanile_language_fallbacks_total",
    help: "Questions that a model should have answered and rules did, by why",
    labelNames: ["provider", "reason"],
  }),
};

/** Language work by the environment's providers. @param db under the worker's role, which writes down what calls cost */
export function environmentLanguage(config: LanguageConfig, db: Db, timeoutMs = TIMEOUT_MS): LanguageModels {
  const language = createLanguage({
    book: languageBook(db),
    providers: configuredModels(config, timeoutMs),
    ...wantedModels(config),
    maxTokens: config.LLM_MAX_TOKENS,
  });
  return {
    async ask(...question) {
      const asked = await language.ask(...question);
      if (asked.by === "rules" && asked.fallback_from !== undefined && asked.reason !== undefined)
        meters.fallbacks.inc({ provider: asked.fallback_from, reason: asked.reason });
      return asked;
    },
  };
}

/** Which provider and model is meant where nobody has chosen: LLM_MODEL is one of LLM_PROVIDER's. */
export function wantedModels({ LLM_PROVIDER: provider, LLM_MODEL: model }: LanguageConfig) {
  const models = { ...USUAL_MODELS };
  if (model !== undefined && provider !== "rules") models[provider] = model;
  return { provider, models };
}

/** Those that there is a key for, or a server of one's own. */
export function configuredModels(
  config: LanguageConfig,
  timeoutMs = TIMEOUT_MS,
): Partial<Record<ModelProvider, LlmProvider>> {
  const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, OPENAI_API_KEY, OPENAI_BASE_URL, OLLAMA_BASE_URL } = config;
  const temperature = config.LLM_TEMPERATURE;
  return {
    ...((ANTHROPIC_API_KEY ?? ANTHROPIC_BASE_URL) !== undefined && {
      anthropic: anthropicModel({
        apiKey: ANTHROPIC_API_KEY ?? ANY_KEY,
        baseUrl: ANTHROPIC_BASE_URL ?? null,
        timeoutMs,
      }),
    }),
    ...((OPENAI_API_KEY ?? OPENAI_BASE_URL) !== undefined && {
      openai: openaiModel({
        name: "openai",
        apiKey: OPENAI_API_KEY ?? ANY_KEY,
        baseUrl: OPENAI_BASE_URL ?? null,
        timeoutMs,
        temperature,
      }),
    }),
    ...(OLLAMA_BASE_URL !== undefined && {
      ollama: openaiModel({
        name: "ollama",
        apiKey: ANY_KEY,
        baseUrl: OLLAMA_BASE_URL,
        timeoutMs,
        temperature,
      }),
    }),
  };
}

const languageBook = (db: Db): LanguageBook => ({
  settingsOf: (workspaceId) => findLanguageSettings(db, workspaceId),
  spentBy: (workspaceId) => sumLanguageCost(db, workspaceId),
  record(call) {
    const { provider, outcome } = call;
    meters.calls.inc({ provider, outcome });
    meters.seconds.observe({ provider }, call.milliseconds / 1_000);
    return insertLanguageCall(db, call);
  },
  tellBudget: (workspaceId, usedUp) => tellLanguageBudget(db, workspaceId, usedUp),
});
