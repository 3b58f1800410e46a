/** How a feature asks whatever model its workspace has; providers/llm/language.ts does it. */
import type { Prompt, Said } from "./prompt.ts";
import type { FallbackReason, LanguageFeature, ModelProvider } from "./providers.ts";

export interface Question<T> {
  feature: LanguageFeature;
  prompt: Prompt<T>;
  /** What we add to the prompt ourselves, such as which choices there are. */
  told?: string;
  /** What people wrote, fenced and, where the workspace wants it, masked. */
  said: readonly Said[];
  /** Names that must not be sent, where the workspace masks. */
  names?: readonly string[] | undefined;
  /** What is wrong with an answer of the right form; undefined: nothing. Sees it with the data put back. */
  check?(answer: T): string | undefined;
}

/** That rules have to answer; `reason` is absent where no model was wanted. */
export interface LeftToRules {
  by: "rules";
  fallback_from?: ModelProvider;
  reason?: FallbackReason;
}

/** The model's answer, or that there is none. */
export type Asked<T> = { by: ModelProvider; model: string; answer: T } | LeftToRules;

export interface AskOptions {
  signal?: AbortSignal;
  /** A provider that asks for no longer a wait than this is waited for: the error is thrown instead of falling back. */
  mayWaitMs?: number;
}

/** Language work of all workspaces, by each one's provider, budget and switches. */
export interface LanguageModels {
  /**
   * Asks a model, and leaves it to the rules wherever that fails: it does not throw for a model's sake.
   * @throws LlmError with `retryAfterMs`, only where `mayWaitMs` allows for it
   */
  ask<T>(workspaceId: string, question: Question<T>, options?: AskOptions): Promise<Asked<T>>;
}

/** Where no model is asked, ever. */
export const rulesOnly: LanguageModels = { ask: () => Promise.resolve({ by: "rules" }) };
