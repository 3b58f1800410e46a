/** What becomes of a burst of messages: the only place that decides it. */
import type { KeywordAnswer } from "./conversationKeywords.ts";
import { type ConversationSettings, type Language, LANGUAGES, type Texts } from "./conversationSettings.ts";
import type { KnowledgeAnswer } from "./language/answerFromKnowledge.ts";
import { isKnowable, type Matter, whatItIs } from "./language/answerPolicy.ts";
import { type AnswerTone, toned } from "./language/answerTone.ts";
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
  /** A matter that only people answer, and whether the person wants to know if a machine writes (answerPolicy.ts). */
  matter: Matter | undefined;
  asks_what_it_is: boolean;
  /** And for nothing beside: it may read as if they wanted a person, or were annoyed. */
  asks_only_that: boolean;
  /** What the workspace's knowledge comes to; undefined: nothing, or it has not been looked at. */
  knowledge: KnowledgeAnswer | undefined;
  /** Nothing was written: a picture, a place. Nobody can tell what it means but a person. */
  wordless: boolean;
  /** In which they are answered: the workspace's, or that of a segment they are in. */
  tone: AnswerTone;
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
  | "complaint"
  | Matter
  | "lead_score"
  | "unsure"
  | "limit";

/** What an answer comes from. */
export type AnswerSource = "keyword" | "classification" | "knowledge" | "model" | "assistant";

/** `body` of a keyword answer may have {variables}; the others go out as they are. */
export type BurstOutcome =
  | { kind: "left"; reason: string }
  | { kind: "opted_out" }
  | { kind: "answer"; by: AnswerSource; body: string }
  | { kind: "draft"; by: AnswerSource; body: string }
  | { kind: "away"; body: string }
  | { kind: "hand_off"; reason: HandOffReason; body: string | null; away: boolean };

/** Intents that want nothing said in return. */
const NOTHING_TO_SAY: ReadonlySet<string> = new Set(["out_of_office", "spam", "thanks"]);
const MACHINES: ReadonlySet<string> = new Set(["spam", "out_of_office"]);
/** Declining is not being angry, however curtly it is said. */
const NO_ANGER: ReadonlySet<string> = new Set(["opt_out", "not_interested", "spam", "out_of_office"]);

/**
 * In this order: who must not be answered, keywords, a word of the person about being written to, what a person must
 * see, and last what the machine may say itself, as far as hours and its daily number allow: what it is, what the
 * workspace knows, or that somebody will see to it.
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
  const { reading, settings, knowledge } = facts;
  if (facts.wordless) return unanswerable(facts);
  if (reading.opt_out) return { kind: "opted_out" };
  const reason = forPeople(facts);
  if (reason !== undefined) return handOver(facts, reason);
  if (facts.asks_what_it_is && settings.mode !== "manual")
    return machineSays(facts, "assistant", whatItIs(languageOf(facts.language)));
  if (NOTHING_TO_SAY.has(reading.intent)) return { kind: "left", reason: "nothing_to_say" };
  if (knowledge !== undefined && settings.mode !== "manual")
    return knowledge.body === null
      ? unanswerable(facts)
      : machineSays(facts, knowledge.by, knowledge.body, reading.sentiment);
  const { should_respond, suggested_response, requires_human_review } = reading.auto_response;
  const sure = reading.confidence >= settings.hand_off.below_confidence;
  if (settings.mode === "manual" || !should_respond || !sure || suggested_response === null)
    return unanswerable(facts);
  if (requires_human_review) return draft(facts, "classification", suggested_response);
  return machineSays(facts, "classification", suggested_response);
}

/** Why people have to answer this, however much is known; undefined: they need not. */
function forPeople({
  reading,
  settings,
  matter,
  asks_only_that,
  lead_score,
}: BurstFacts): HandOffReason | undefined {
  const { on_request, on_negative, lead_score: least } = settings.hand_off;
  const { intent, sentiment } = reading;
  if (matter !== undefined && !MACHINES.has(intent)) return matter;
  if (on_request && intent === "human_request" && !asks_only_that) return "person_wanted";
  if (on_negative && sentiment === "negative" && !NO_ANGER.has(intent) && !asks_only_that)
    return "negative_sentiment";
  if (on_negative && intent === "complaint") return "complaint";
  return least !== null && (lead_score ?? 0) >= least ? "lead_score" : undefined;
}

/** Goes out, or waits as a draft, as the mode says. */
function machineSays(
  facts: BurstFacts,
  by: AnswerSource,
  body: string,
  mood: ReplyReading["sentiment"] = "neutral",
): BurstOutcome {
  const said = toned(body, mood, languageOf(facts.language), facts.tone);
  if (facts.settings.mode === "review") return draft(facts, by, said);
  return ifAllowed(facts, { kind: "answer", by, body: said });
}

const draft = (facts: BurstFacts, by: AnswerSource, body: string): BurstOutcome =>
  awayOr(facts, { kind: "draft", by, body });

/**
 * Whether it is worth while to look at what the workspace knows: where that could say more than that somebody will
 * see to it, and nothing else has been decided.
 */
export function wantsKnowledge(facts: BurstFacts): boolean {
  if (facts.wordless || !isKnowable(facts.reading.intent)) return false;
  const stands = decideBurst({ ...facts, knowledge: undefined });
  if (stands.kind === "hand_off") return stands.reason === "unsure";
  return (stands.kind === "answer" || stands.kind === "draft") && stands.by === "classification";
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
  const body = away ?? said ?? handOffText(facts);
  return { kind: "hand_off", reason, body, away: away !== null };
}

/** What the workspace says on a hand-over: to who asked, also what it is; to who is upset, calmingly. */
function handOffText({ settings, language, reading, asks_what_it_is, tone }: BurstFacts): string | null {
  const text = textFor(settings.hand_off.text, language);
  if (asks_what_it_is) return [whatItIs(languageOf(language)), text ?? ""].join(" ").trim();
  if (text === null || reading.sentiment !== "negative") return text;
  return toned(text, "negative", languageOf(language), tone);
}

function awayText(facts: BurstFacts): string | null {
  return facts.away_sent ? null : textFor(facts.settings.away, facts.language);
}

/** In the person's language, or else in Spanish, which most of them speak. */
export function textFor(texts: Texts, language: string | null): string | null {
  return texts[languageOf(language)];
}

export const languageOf = (language: string | null): Language =>
  LANGUAGES.find((one): one is Language => one === language?.slice(0, 2).toLowerCase()) ?? "es";
