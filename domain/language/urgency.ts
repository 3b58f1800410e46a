/** How soon somebody must look at a reply, by rules. */
import type { Intent, Sentiment, Urgency } from "./labels.ts";

/** An answer or an action is awaited, whatever the words. */
const AWAITED: ReadonlySet<Intent> = new Set([
  "pricing",
  "question",
  "booking",
  "human_request",
  "complaint",
  "opt_out",
]);
/** What must not wait hours, and with which a person may also only joke: these never make a reply urgent. */
const HARMLESS: ReadonlySet<Intent> = new Set([
  "spam",
  "out_of_office",
  "greeting",
  "thanks",
  "confirmation",
]);

/**
 * `high`: harm, a legal threat, money wrongly taken, or needed within hours; `medium`: an answer or an action is
 * awaited; `low`: the rest. `plain` is the text as tokens.ts has it.
 */
export function urgencyOf(
  found: readonly string[],
  intent: Intent,
  sentiment: Sentiment,
  optIn: boolean,
): Urgency {
  if (HARMLESS.has(intent)) return optIn ? "medium" : "low";
  const cues = new Set(found);
  const wrongful = cues.has("charged") && sentiment === "negative";
  if (cues.has("harm") || cues.has("legal") || wrongful) return "high";
  if (cues.has("now") && intent !== "not_interested" && intent !== "wrong_number" && intent !== "opt_out")
    return "high";
  if (AWAITED.has(intent) || optIn) return "medium";
  if (intent === "interested") return sentiment === "neutral" ? "low" : "medium";
  return intent === "other" && (cues.has("cancelHeld") || cues.has("held")) ? "medium" : "low";
}
