/** What a model may say of a reply, and how it is joined with what the rules say. */
import { z } from "zod";
import { ACTIONS, answerTo, ROUTINE } from "./answers.ts";
import type { ReplyReading } from "./classify.ts";
import { INTENTS, SENTIMENTS, URGENCIES } from "./labels.ts";
import { LANGUAGES } from "./language.ts";
import type { ModelProvider } from "./providers.ts";

/** Labels out of closed lists: whatever a person writes, nothing else can come of it. */
export const ModelReading = z.strictObject({
  intent: z.enum(INTENTS),
  sentiment: z.enum(SENTIMENTS),
  urgency: z.enum(URGENCIES),
  opt_out: z.boolean(),
  suggested_action: z.enum(ACTIONS),
  confidence: z.int().min(0).max(100),
  key_phrases: z.array(z.string()).max(8),
  language: z.enum(LANGUAGES),
});
export type ModelReading = z.infer<typeof ModelReading>;

/** A reply as a model of `provider` has read it, or as the rules have: with what of the rules' reading stays. */
export type JoinedReading = Omit<ReplyReading, "provider"> & { provider: ModelProvider };

/** Below this a person should look before anything is answered. */
const SURE = 60;

/**
 * The model's labels, within what only rules decide: it may add an opt-out and never take one back, it makes nobody
 * opt in, what is answered are the fixed texts, and key phrases are words of the reply.
 */
export function joinReading(
  rules: ReplyReading,
  model: ModelReading,
  by: { provider: ModelProvider; model: string },
  replyText: string,
): JoinedReading {
  const opt_out = rules.opt_out || model.opt_out || model.intent === "opt_out";
  const opt_in = rules.opt_in && !opt_out;
  const intent = opt_out ? "opt_out" : opt_in ? rules.intent : model.intent;
  const confidence = rules.opt_out || opt_in ? rules.confidence : model.confidence;
  const answer = answerTo(intent, model.language);
  const review = !ROUTINE.has(intent) || model.sentiment === "negative" || confidence < SURE;
  const own = replyText.toLowerCase();
  return {
    intent,
    sentiment: model.sentiment,
    confidence,
    key_phrases: model.key_phrases.filter((phrase) => phrase !== "" && own.includes(phrase.toLowerCase())),
    suggested_action: opt_out ? "suppress" : opt_in ? rules.suggested_action : model.suggested_action,
    urgency: (opt_out || opt_in) && model.urgency === "low" ? "medium" : model.urgency,
    auto_response: {
      should_respond: answer !== null,
      suggested_response: answer,
      requires_human_review: answer !== null && review,
    },
    opt_out,
    opt_in,
    language: model.language,
    provider: by.provider,
    why: whyOf(rules, opt_out, opt_in, `${by.model} reads it as ${intent} (${confidence} %)`),
  };
}

function whyOf(rules: ReplyReading, optOut: boolean, optIn: boolean, read: string): string {
  if (rules.opt_out) return `${rules.why} A model cannot take that back.`;
  if (optIn) return `${rules.why} Only rules let somebody opt in.`;
  return optOut ? `${read}; no opt-out rule matched.` : `${read}.`;
}
