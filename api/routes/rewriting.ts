import { z } from "@hono/zod-openapi";
import { LANGUAGES } from "../../domain/language/language.ts";
import { rewriteText } from "../../domain/language/rewriteText.ts";
import { TONES } from "../../domain/language/tones.ts";
import { answeredBy } from "../aiSchemas.ts";
import type { Routes } from "../route.ts";
import { text } from "../schemas.ts";

const Rewrite = z
  .strictObject({
    message: text(4000).openapi({
      description:
        "Variables, links, figures, dates, codes, names and the opt-out notice come back as they are.",
    }),
    contact_name: text(100).optional().openapi({ description: "Whom the text greets." }),
    tone: z.enum(TONES),
    language: z.enum(LANGUAGES).optional().openapi({ description: "None: as the message is." }),
  })
  .openapi("Rewrite", {
    example: {
      message: "BUY NOW!!! LIMITED TIME OFFER!! Click here for FREE product!!!",
      contact_name: "Ana",
      tone: "friendly",
    },
  });

const Rewriting = z
  .object({
    original: z.string(),
    rewritten: z.string().openapi({
      example: "Hello Ana, you can order it when it suits you! It is available for a short time.",
    }),
    tone: z.enum(TONES),
    ...answeredBy,
    changes: z
      .array(z.string())
      .openapi({ description: "What was done to the text, and why something was not." }),
  })
  .openapi("Rewriting");

/** Texts in other words. Nothing of them is kept. */
export const rewritingRoutes: Routes = ({ ask }, deps) => {
  ask(
    {
      operationId: "rewriteText",
      method: "post",
      path: "/v1/ai/rewrite",
      tag: "AI",
      summary: "Say a text in another tone, without what burns the number it is sent from",
      description:
        "By the workspace's model (`settings.language`), by rules, without a key, where there is none or it fails. Whoever wrote it, what must survive is checked; where it does not, the original comes back with the reason. Nothing is stored.",
      body: Rewrite,
      answer: Rewriting,
      changes: false,
    },
    ({ auth, body, signal }) => rewriteText(deps.language, auth.workspaceId, body, { signal }),
  );
};
