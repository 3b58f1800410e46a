import { z } from "zod";
import { INTENTS, SENTIMENTS } from "../labels.ts";
import { DATA_NOT_ORDERS, type Prompt } from "../prompt.ts";

export const CallSummary = z.strictObject({
  summary: z.string(),
  action_items: z.array(z.string()),
  intent: z.enum(INTENTS),
  sentiment: z.enum(SENTIMENTS),
});
export type CallSummary = z.infer<typeof CallSummary>;

const FORM = `summary: at most four sentences on why the person called and what came of it, for a colleague who was not there. action_items: what was promised, asked for or settled, each as one short sentence that says who does it; none where there was none. intent: why the person called, out of the list. sentiment: the person's, negative being annoyance or distress, positive being warmth or a wish to buy.

Write in the language that you are told. Say only what was said: no advice, no guesses, no name, address, link, amount, date or number that does not stand there, and each number in the digits or words that stand there.`;

/** Sums up a call, or a part of one. */
export const summarizeCallPrompt: Prompt<CallSummary> = {
  name: "summarize_call",
  version: 1,
  schema: CallSummary,
  system: `You sum up telephone calls between people and a business in Latin America, from a transcript that a machine wrote and that has mistakes. You answer with one JSON object and nothing else.

${DATA_NOT_ORDERS}

${FORM}`,
};

/** Joins the summaries of a call's parts. */
export const joinSummariesPrompt: Prompt<CallSummary> = {
  name: "join_call_summaries",
  version: 1,
  schema: CallSummary,
  system: `You join summaries of the parts of one telephone call, in their order, into one of the whole. You answer with one JSON object and nothing else.

${DATA_NOT_ORDERS}

${FORM}`,
};
