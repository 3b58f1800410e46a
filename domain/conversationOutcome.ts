/** What becomes of a burst of messages: the only place that decides it. */
import type { KeywordAnswer } from "./conversationKeywords.ts";
import { type ConversationSettings, type Language, LANGUAGES, type Texts } from "./conversationSettings.ts";
import type { ReplyReading } from "./replyReading.ts";

export type BurstFacts = {
  settings: ConversationSettings;
  blocked: boolean;
  /** People have it: the machine is silent. */
  handed_off: boolean;
  keyword: KeywordAnswer | undefined;
  /** Why a machine seems to write (domain/conversationLoop.ts). */
  machine: string | undefined;
  reading: ReplyReading;
  /** Nothing was written: a picture, a place. Nobody can tell what it means but a person. */
  wordless: boolean;
  /** Null where it is not known. */
  lead_score: number | null;
  answers_today: number;
  /** Whether somebody is there now, and whether the away text has been sent since the doors closed. */
  open: boolean;
  away_sent: boolean;
  /** Of the person, in which fixed texts are sent. */
  language: string;
};

export type HandOffReason =
  | "keyword"
  | "person_wanted"
  | "negative_sentiment"
  | "lead_score"
  | "unsure"
  | "limit";

/** `body` of a keyword answer may have {variables}; the others go out as they are. */
export type BurstOutcome =
  | { kind: "left"; reason: string }
  | { kind: "opted_out" }
  | { kind: "answer"; by: "keyword" | "classification"; body: string }
  | { kind: "draft"; body: string }
  | { kind: "away"; body: string }
  | { kind: "hand_off"; reason: HandOffReason; body: string | null; away: boolean };

/** Intents that want nothing said in return. */
const NOTHING_TO_SAY: ReadonlySet<string> = new Set(["out_of_office", "spam", "thanks"]);
/** Declining is not being angry, however curtly it is said. */
const NO_ANGER: ReadonlySet<string> = new Set(["opt_out", "not_interested", "spam", "out_of_office"]);

/**
 * In this order: who must not be answered, keywords, a word of the person about being written to, what a person must
 * see, and last what the machine may say itself, as far as hours and its daily number allow.
 */
export function decideBurst(facts: BurstFacts): BurstOutcome {
  if (facts.blocked) return { kind: "left", reason: "blocked" };
  if (facts.handed_off) return awayOr(facts, { kind: "left", reason: "with_person" });
  if (facts.machine !== undefined) return { kind: "left", reason: "loop" };
  return byKeyword(facts) ?? byReading(facts);
}

function byKeyword(facts: BurstFacts): BurstOutcome | undefined {
  const { keyword } = facts;
  if (keyword === undefined) return undefined;
  if (keyword.hand_off) return handOver(facts, "keyword", keyword.body);
  return keyword.body === null
    ? undefined
    : ifAllowed(facts, { kind: "answer", by: "keyword", body: keyword.body });
}

function byReading(facts: BurstFacts): BurstOutcome {
  const { reading, settings } = facts;
  const { hand_off } = settings;
  if (facts.wordless) return unanswerable(facts);
  if (reading.opt_out) return { kind: "opted_out" };
  if (hand_off.on_request && reading.intent === "human_request") return handOver(facts, "person_wanted");
  if (hand_off.on_negative && reading.sentiment === "negative" && !NO_ANGER.has(reading.intent))
    return handOver(facts, "negative_sentiment");
  if (hand_off.lead_score !== null && (facts.lead_score ?? 0) >= hand_off.lead_score)
    return handOver(facts, "lead_score");
  if (NOTHING_TO_SAY.has(reading.intent)) return { kind: "left", reason: "nothing_to_say" };
  const { should_respond, suggested_response, requires_human_review } = reading.auto_response;
  const sure = reading.confidence >= hand_off.below_confidence;
  if (settings.mode === "manual" || !should_respond || !sure || suggested_response === null)
    return unanswerable(facts);
  if (settings.mode === "review" || requires_human_review)
    return awayOr(facts, { kind: "draft", body: suggested_response });
  return ifAllowed(facts, { kind: "answer", by: "classification", body: suggested_response });
}

/** A person has to see it: at once, or in their own time where the machine never answers anyway. */
function unanswerable(facts: BurstFacts): BurstOutcome {
  return facts.settings.mode === "manual"
    ? awayOr(facts, { kind: "left", reason: "manual" })
    : handOver(facts, "unsure");
}

/** An automatic answer, if somebody is there to stand by it and there have not been too many today. */
function ifAllowed(facts: BurstFacts, answer: BurstOutcome): BurstOutcome {
  if (facts.answers_today >= facts.settings.answers_per_day) return handOver(facts, "limit");
  return awayOr(facts, answer);
}

/** Outside business hours the away text stands for everything else, once. */
function awayOr(facts: BurstFacts, otherwise: BurstOutcome): BurstOutcome {
  if (facts.open) return otherwise;
  const body = awayText(facts);
  if (body !== null) return { kind: "away", body };
  return otherwise.kind === "answer" ? { kind: "left", reason: "outside_hours" } : otherwise;
}

function handOver(facts: BurstFacts, reason: HandOffReason, said: string | null = null): BurstOutcome {
  if (reason === "limit") return { kind: "hand_off", reason, body: null, away: false };
  const away = facts.open ? null : awayText(facts);
  const body = away ?? said ?? textFor(facts.settings.hand_off.text, facts.language);
  return { kind: "hand_off", reason, body, away: away !== null };
}

function awayText(facts: BurstFacts): string | null {
  return facts.away_sent ? null : textFor(facts.settings.away, facts.language);
}

/** In the person's language, or else in Spanish, which most of them speak. */
export function textFor(texts: Texts, language: string | null): string | null {
  const known = LANGUAGES.find((one): one is Language => one === language?.slice(0, 2).toLowerCase());
  return texts[known ?? "es"];
}
