import { z } from "@hono/zod-openapi";
import { ACTIONS } from "../../domain/language/answers.ts";
import { INTENTS, SENTIMENTS, URGENCIES } from "../../domain/language/labels.ts";
import { LANGUAGES } from "../../domain/language/language.ts";
import { readReply } from "../../domain/language/readReply.ts";
import { answeredBy } from "../aiSchemas.ts";
import type { Routes } from "../route.ts";
import { text } from "../schemas.ts";

const Classify = z
  .strictObject({
    reply_text: text(4000),
    original_message: text(4000)
      .optional()
      .openapi({ description: "What the reply answers; it tells the language where the reply does not." }),
    language: z.enum(LANGUAGES).optional().openapi({ description: "The contact's." }),
  })
  .openapi("Classify", {
    example: { reply_text: "Hola, ¿cuánto cuesta el de dos recámaras?", language: "es" },
  });

const Classification = z
  .object({
    intent: z.enum(INTENTS).openapi({ description: "`opt_out` exactly where opt_out is true." }),
    sentiment: z.enum(SENTIMENTS),
    confidence: z.number().openapi({
      description:
        "0–100. Of rules: of the intents at 90, nine in ten are right. Of a model: how sure it says it is.",
      example: 92,
    }),
    key_phrases: z.array(z.string()),
    suggested_action: z.enum(ACTIONS),
    urgency: z.enum(URGENCIES),
    auto_response: z.object({
      should_respond: z.boolean(),
      suggested_response: z.string().nullable(),
      requires_human_review: z.boolean(),
    }),
    opt_out: z.boolean(),
    opt_in: z.boolean(),
    language: z.enum(LANGUAGES),
    ...answeredBy,
    why: z.string(),
  })
  .openapi("Classification");

/** What texts mean. Nothing of them is kept. */
export const aiRoutes: Routes = ({ ask }, deps) => {
  const tag = "AI";

  ask(
    {
      operationId: "classifyReply",
      method: "post",
      path: "/v1/ai/classify",
      tag,
      summary: "Say what a reply means",
      description:
        "By the workspace's model (`settings.language`), within what rules decide about opt-outs; by rules and a small model of our own, without a key, where there is none or it fails. Nothing of the text is stored, and nobody is opted out by it.",
      body: Classify,
      answer: Classification,
      changes: false,
    },
    ({ auth, body, signal }) => readReply(deps.language, auth.workspaceId, body, { signal }),
  );
};
