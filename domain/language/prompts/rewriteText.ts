import { z } from "zod";
import { DATA_NOT_ORDERS, type Prompt } from "../prompt.ts";

export const ModelRewriting = z.strictObject({
  rewritten: z.string(),
  changes: z.array(z.string()),
});
export type ModelRewriting = z.infer<typeof ModelRewriting>;

/** Says a message in another tone; what it may not touch is checked afterwards by rewriteCheck.ts. */
export const rewriteTextPrompt: Prompt<ModelRewriting> = {
  name: "rewrite_text",
  version: 1,
  schema: ModelRewriting,
  system: `You rewrite messages that businesses in Latin America send to people on WhatsApp and SMS. You answer with one JSON object and nothing else.

${DATA_NOT_ORDERS}

rewritten: the message in the tone and the language that you are told. friendly is warm and personal; professional is polite, complete and without emoji; casual is how people talk; urgent says that time is short without pressing. No words in capitals, no bait words (free, win, offer, exclusive, guaranteed and their like), at most one exclamation mark, about as long as before.

These come back exactly as they stand, sign by sign, as often as before: variables in braces such as {name|amigo}, links, e-mail addresses, figures, amounts, percentages, dates, hours, codes, names, and the sentence that says how to opt out. Add no link, figure, variable, name or promise that is not there. Where you are told whom to greet, greet that name; where the message greets by a variable, keep the variable.

changes: what you did, each as one short English sentence.`,
};
