import { z } from "@hono/zod-openapi";
import { LANGUAGES } from "../../domain/language/language.ts";
import { rewriteByRules } from "../../domain/language/rewrite.ts";
import { TONES } from "../../domain/language/tones.ts";
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
    provider: z.enum(["rules"]),
    changes: z
      .array(z.string())
      .openapi({ description: "What was done to the text, and why something was not." }),
  })
  .openapi("Rewriting");

/** Texts in other words. Nothing of them is kept. */
export const rewritingRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "rewriteText",
      method: "post",
      path: "/v1/ai/rewrite",
      tag: "AI",
      summary: "Say a text in another tone, without what burns the number it is sent from",
      description:
        "By rules, without a key. Its ban risk never rises, and where nothing else keeps all facts the original comes back with the reason. Nothing is stored.",
      body: Rewrite,
      answer: Rewriting,
      changes: false,
    },
    async ({ body }) => rewriteByRules(body),
  );
};
