/**
 * What a reply means, by rules and a small linear model that was trained on data of our own
 * (docs/language.md). Opt-outs and opt-ins are decided by domain/optOut.ts alone, as in the webhook.
 */
import { readOptOut } from "../optOut.ts";
import { ACTION_OF, type Action, answerTo, ROUTINE } from "./answers.ts";
import { confidenceOf } from "./confidence.ts";
import { featuresOf, see, type Seen } from "./features.ts";
import { INTENTS, type Intent, SENTIMENTS, type Sentiment, type Urgency } from "./labels.ts";
import { LANGUAGES, type Language } from "./language.ts";
import { scoresOf, softmax, unpackModel } from "./linearModel.ts";
import { keyPhrasesOf } from "./phrases.ts";
import { REPLY_MODEL } from "./replyWeights.ts";
import { urgencyOf } from "./urgency.ts";

export type Reply = {
  reply_text: string;
  /** What the person answers to; it decides only where the reply shows no language. */
  original_message?: string | undefined;
  /** The contact's, for texts that show none. */
  language?: Language | undefined;
};

export type ReplyReading = {
  intent: Intent;
  sentiment: Sentiment;
  /** How likely the intent is right, 0–100, calibrated on replies that were not trained on. */
  confidence: number;
  /** Words of the reply that decided. Part of a person's text: not for logs. */
  key_phrases: string[];
  suggested_action: Action;
  urgency: Urgency;
  auto_response: {
    should_respond: boolean;
    suggested_response: string | null;
    requires_human_review: boolean;
  };
  opt_out: boolean;
  opt_in: boolean;
  language: Language;
  provider: "rules";
  /** In one sentence, without the person's words. */
  why: string;
};

const MODEL = unpackModel(REPLY_MODEL);
const OPT_OUT = INTENTS.indexOf("opt_out");
const FEELING = INTENTS.length;
const TONGUE = FEELING + SENTIMENTS.length;
/** Below this the text shows no language of its own. */
const SHOWN = 0.6;
/** Of most contacts, where neither text nor contact nor message tells. */
const USUAL: Language = "es";
/** Below this a person should look before anything is answered. */
const SURE = 60;

/** Reads one reply. Pure and quick: some thousands a second. */
export function classifyReply({ reply_text, original_message, language: known }: Reply): ReplyReading {
  const asked = readOptOut(reply_text);
  const seen = see(reply_text);
  const language = shownBy(seen) ?? known ?? languageOf(original_message ?? "") ?? USUAL;
  const scores = scoresOf(MODEL, featuresOf(seen, language));
  const { intent, likely } = intentOf(scores, asked);
  const sentiment = sentimentOf(scores);
  const confidence = asked.opt_out || asked.opt_in ? 97 : confidenceOf(likely);
  const urgency = urgencyOf(seen.cues, intent, sentiment, asked.opt_in);
  const answer = answerTo(intent, language);
  const review = !ROUTINE.has(intent) || sentiment === "negative" || confidence < SURE;
  return {
    intent,
    sentiment,
    confidence,
    key_phrases: keyPhrasesOf(MODEL, reply_text, language, INTENTS.indexOf(intent), asked.words),
    suggested_action: ACTION_OF[intent],
    urgency,
    auto_response: {
      should_respond: answer !== null,
      suggested_response: answer,
      requires_human_review: answer !== null && review,
    },
    opt_out: asked.opt_out,
    opt_in: asked.opt_in,
    language,
    provider: "rules",
    why: whyOf(intent, likely, asked),
  };
}

/** The language a text is written in; undefined where it shows none. */
export function languageOf(text: string): Language | undefined {
  return shownBy(see(text));
}

function shownBy(seen: Seen): Language | undefined {
  const chances = softmax(scoresOf(MODEL, featuresOf(seen, undefined)), TONGUE, TONGUE + LANGUAGES.length);
  const best = Math.max(...chances);
  return best < SHOWN ? undefined : LANGUAGES[chances.indexOf(best)];
}

type Asked = { opt_out: boolean; opt_in: boolean };

/** The rules say whether it is an opt-out; the model chooses among the other intents. */
function intentOf(scores: Float64Array, { opt_out, opt_in }: Asked): { intent: Intent; likely: number } {
  if (opt_out) return { intent: "opt_out", likely: 1 };
  if (opt_in) return { intent: "interested", likely: 1 };
  const others = Float64Array.from(scores.subarray(0, FEELING));
  others[OPT_OUT] = Number.NEGATIVE_INFINITY;
  const chances = softmax(others, 0, FEELING);
  const likely = Math.max(...chances);
  return { intent: INTENTS[chances.indexOf(likely)] ?? "other", likely };
}

function sentimentOf(scores: Float64Array): Sentiment {
  const chances = softmax(scores, FEELING, TONGUE);
  return SENTIMENTS[chances.indexOf(Math.max(...chances))] ?? "neutral";
}

function whyOf(intent: Intent, likely: number, { opt_out, opt_in }: Asked): string {
  if (opt_out) return "An opt-out rule matched.";
  if (opt_in) return "An opt-in rule matched.";
  return `The reply model finds ${intent} likeliest (${Math.round(likely * 100)} %); no opt-out rule matched.`;
}
