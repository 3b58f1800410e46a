/**
 * What a reply means, by rules and a small linear model that was trained on data of our own
 * (docs/language.md). Opt-outs and opt-ins are decided by domain/optOut.ts alone, as in the webhook.
 */
import { readOptOut } from "../optOut.ts";
import { ACTION_OF, type Action, answerTo, ROUTINE } from "./answers.ts";
import { confidenceOf, OPT_IN_CONFIDENCE, optOutConfidenceOf } from "./confidence.ts";
import { see } from "./features.ts";
import { INTENTS, type Intent, SENTIMENTS, type Sentiment, type Urgency } from "./labels.ts";
import { LANGUAGES, type Language } from "./language.ts";
import type { LinearModel } from "./linearModel.ts";
import { keyPhrasesOf } from "./phrases.ts";
import { askingOf, chancesOf, type Labels, labelsOf, MODEL } from "./replyModel.ts";
import { spelledOwn } from "./spellings.ts";
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

/** Below this the text shows no language of its own. */
const SHOWN = 0.7;
/** Of most contacts, where neither text nor contact nor message tells. */
const USUAL: Language = "es";
/** Below this a person should look before anything is answered. */
const SURE = 60;

/** Reads one reply. Pure and quick: some thousands a second. `model` is another one only where models are compared. */
export function classifyReply(
  { reply_text, original_message, language: known }: Reply,
  model: LinearModel = MODEL,
): ReplyReading {
  const seen = see(reply_text);
  const first = chancesOf(seen, undefined, model);
  const language = shownBy(first) ?? known ?? languageOf(original_message ?? "") ?? USUAL;
  const chances = spelledOwn(seen.tokens, language) ? labelsOf(seen, language, model) : first;
  const asked = readOptOut(reply_text, null, (text) => (text === reply_text ? first : askingOf(text, model)));
  const { intent, likely } = intentOf(chances, asked);
  const sentiment = sentimentOf(chances);
  const confidence = surenessOf(asked, first.optOut, likely);
  const urgency = urgencyOf(seen.cues, intent, sentiment, asked.opt_in);
  const answer = answerTo(intent, language);
  const review = !ROUTINE.has(intent) || sentiment === "negative" || confidence < SURE;
  return {
    intent,
    sentiment,
    confidence,
    key_phrases: keyPhrasesOf(model, reply_text, language, INTENTS.indexOf(intent), asked.words),
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
  return shownBy(chancesOf(see(text), undefined));
}

function shownBy({ languages }: Labels): Language | undefined {
  const best = Math.max(...languages);
  return best < SHOWN ? undefined : LANGUAGES[languages.indexOf(best)];
}

function surenessOf({ opt_out, opt_in }: Asked, optOut: number, likely: number): number {
  if (opt_out) return optOutConfidenceOf(optOut);
  return opt_in ? OPT_IN_CONFIDENCE : confidenceOf(likely);
}

type Asked = { opt_out: boolean; opt_in: boolean };

/** Whether it is an opt-out is settled; the model chooses among the other intents. */
function intentOf({ intents }: Labels, { opt_out, opt_in }: Asked): { intent: Intent; likely: number } {
  if (opt_out) return { intent: "opt_out", likely: 1 };
  if (opt_in) return { intent: "interested", likely: 1 };
  const others = intents.map((chance, i) => (INTENTS[i] === "opt_out" ? 0 : chance));
  const likely = Math.max(...others);
  const intent = INTENTS[others.indexOf(likely)] ?? "other";
  return { intent, likely: likely / others.reduce((sum, chance) => sum + chance, 0) };
}

function sentimentOf({ sentiments }: Labels): Sentiment {
  return SENTIMENTS[sentiments.indexOf(Math.max(...sentiments))] ?? "neutral";
}

function whyOf(intent: Intent, likely: number, { opt_out, opt_in }: Asked): string {
  if (opt_out) return "An opt-out rule matched.";
  if (opt_in) return "An opt-in rule matched.";
  return `The reply model finds ${intent} likeliest (${Math.round(likely * 100)} %); no opt-out rule matched.`;
}
