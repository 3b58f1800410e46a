/** What a workspace may set of its language work. */
import { z } from "zod";
import { LANGUAGE_PROVIDERS } from "./language/providers.ts";

const Budget = z.int().min(0).max(100_000_000).nullable();

const Features = z.strictObject({
  rewriting: z.boolean(),
  classification: z.boolean(),
  ban_risk: z.boolean(),
  scoring: z.boolean(),
  auto_response: z.boolean(),
  summaries: z.boolean(),
});

export const LanguageSettings = z.strictObject({
  provider: z
    .enum(LANGUAGE_PROVIDERS)
    .nullable()
    .describe("Whose model does language work; null: the installation's (LLM_PROVIDER)."),
  model: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .nullable()
    .describe("Its model; null: the installation's for that provider."),
  budget_day_minor: Budget.describe(
    "US cents for models in a local day, as their prices are in dollars; then rules do the work. null: no limit.",
  ),
  budget_month_minor: Budget.describe("The same for a local month."),
  features: Features.describe("false: no model is asked for it, rules do the work."),
  mask_personal_data: z
    .boolean()
    .describe("Names, telephone numbers and e-mail addresses stay here: models see placeholders."),
});
export type LanguageSettings = z.infer<typeof LanguageSettings>;

export const LanguageSettingsChange = LanguageSettings.extend({ features: Features.partial() }).partial();

export const DEFAULT_LANGUAGE_SETTINGS: LanguageSettings = {
  provider: null,
  model: null,
  budget_day_minor: null,
  budget_month_minor: null,
  features: {
    rewriting: true,
    classification: true,
    ban_risk: true,
    scoring: true,
    auto_response: true,
    summaries: true,
  },
  mask_personal_data: true,
};
