/** Who may do language work, for what, and why it may have come back to the rules. */

/** Whose models can be asked; `rules` needs nobody and never fails. */
export const MODEL_PROVIDERS = ["anthropic", "openai", "ollama"] as const;
export type ModelProvider = (typeof MODEL_PROVIDERS)[number];

export const LANGUAGE_PROVIDERS = ["rules", ...MODEL_PROVIDERS] as const;
export type LanguageProvider = (typeof LANGUAGE_PROVIDERS)[number];

/** What models may be used for; each can be switched off by a workspace. */
export const LANGUAGE_FEATURES = [
  "rewriting",
  "classification",
  "ban_risk",
  "scoring",
  "auto_response",
  "summaries",
] as const;
export type LanguageFeature = (typeof LANGUAGE_FEATURES)[number];

/** How a call to a model can fail. */
export const MODEL_FAULTS = [
  /** Too many calls: 429. */
  "rate_limited",
  /** The provider has no room, or is in trouble: 529, 5xx. */
  "overloaded",
  "timeout",
  "unreachable",
  /** The key is not taken: 401. */
  "unauthorized",
  /** The request is not taken: another 4xx, such as a model that does not exist or is not the key's to use. */
  "rejected",
  /** The model will not answer this. */
  "refused",
  /** The answer ended at the limit of tokens. */
  "cut_off",
  /** No JSON, or not of the form that was asked for. */
  "invalid_answer",
] as const;
export type ModelFault = (typeof MODEL_FAULTS)[number];

/** Why rules answered although a model was wanted. */
export const FALLBACK_REASONS = [
  ...MODEL_FAULTS,
  /** It said what was not among the facts, twice. */
  "not_allowed",
  /** After failures in a row the provider is left alone for a while. */
  "circuit_open",
  "budget_used_up",
  /** There is a budget, and no price for the model: domain/language/prices.ts. */
  "price_unknown",
  /** There is no key for the provider, and no address of a server of one's own. */
  "not_configured",
] as const;
export type FallbackReason = (typeof FALLBACK_REASONS)[number];
