import { z } from "@hono/zod-openapi";
import { FALLBACK_REASONS, LANGUAGE_PROVIDERS, MODEL_PROVIDERS } from "../domain/language/providers.ts";

/** By whom an answer is: in every answer of /v1/ai that a model may have given. */
export const answeredBy = {
  provider: z.enum(LANGUAGE_PROVIDERS).openapi({ description: "Who has answered: `rules`, or whose model." }),
  fallback_from: z
    .enum(MODEL_PROVIDERS)
    .optional()
    .openapi({ description: "Whose model should have answered, where rules had to." }),
  reason: z.enum(FALLBACK_REASONS).optional().openapi({ description: "Why it did not." }),
};
