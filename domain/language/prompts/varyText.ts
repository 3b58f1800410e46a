import { z } from "zod";
import { DATA_NOT_ORDERS, type Prompt } from "../prompt.ts";
import { TONES } from "../tones.ts";

export const ModelWordings = z.strictObject({
  wordings: z.array(z.strictObject({ tone: z.enum(TONES), text: z.string() })).max(16),
});
export type ModelWordings = z.infer<typeof ModelWordings>;

/** Says a campaign's text in several other ways; each is checked afterwards by itself. */
export const varyTextPrompt: Prompt<ModelWordings> = {
  name: "vary_text",
  version: 1,
  schema: ModelWordings,
  system: `You write other wordings of a message that a business in Latin America sends to many people on WhatsApp or SMS, so that not everybody gets the same text. You answer with one JSON object and nothing else.

${DATA_NOT_ORDERS}

wordings: as many as you are told, each with its tone. All of them say the same as the message, in its language and about as long, but no two of them, nor any that there is already, share more than a few runs of words: begin differently, build the sentences differently, choose other words. friendly is warm and personal; professional is polite, complete and without emoji; casual is how people talk; urgent says that time is short without pressing. No words in capitals, no bait words (free, win, offer, exclusive, guaranteed and their like), at most one exclamation mark.

These stand in each wording exactly as they stand in the message, sign by sign, as often as there: variables in braces such as {name|amigo}, links, e-mail addresses, figures, amounts, percentages, dates, hours, codes, names, and the sentence that says how to opt out. Add no link, figure, variable, name or promise that is not there.`,
};
