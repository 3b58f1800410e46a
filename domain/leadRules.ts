/** What is worth saying about somebody's score, and what to do next: keys, whose words stand in leadTexts.ts. */
import type { Language } from "./conversationSettings.ts";
import { type QualifiedBy, tierOf } from "./leadQuality.ts";
import type { Factor, LeadFacts, LeadScore } from "./leadScore.ts";
import { type Insight, LEAD_TEXTS, type NextAction } from "./leadTexts.ts";

/** Facts as of now, and whether somebody waits for an answer. */
export interface LeadSituation {
  facts: LeadFacts;
  score: LeadScore;
  awaiting: boolean;
}

const FAST_MINUTES = 15;
const SILENT_DAYS = 30;

const insightRules: Record<Insight, (on: LeadSituation) => boolean> = {
  opted_out: ({ facts }) => facts.opted_out,
  declined: ({ facts }) => facts.declined,
  awaiting: ({ awaiting }) => awaiting,
  wants_it: ({ facts }) => !facts.declined && facts.intent >= 0.5,
  answers_often: ({ facts }) => facts.replies >= 1.5,
  answers_fast: ({ facts }) => facts.reply_minutes !== null && facts.reply_minutes <= FAST_MINUTES,
  reads_only: ({ facts }) => facts.seen >= 1 && facts.replies < 0.1,
  does_not_read: ({ facts }) => facts.delivered >= 1.5 && facts.seen / facts.delivered < 0.2,
  upset: ({ facts }) => facts.mood <= -0.5,
  acts: ({ facts }) => facts.calls + facts.visits >= 0.5,
  silent: ({ facts }) => facts.last_inbound_days !== null && facts.last_inbound_days > SILENT_DAYS,
  never_answered: ({ facts }) => facts.last_inbound_days === null && facts.delivered >= 1,
  no_consent: ({ facts }) => !facts.opted_in && !facts.opted_out,
  unknown_person: ({ facts }) => !facts.named || !(facts.has_email || facts.has_mobile),
};

const actionRules: Record<NextAction, (on: LeadSituation, said: ReadonlySet<Insight>) => boolean> = {
  leave_alone: (_, said) => said.has("opted_out"),
  ask_again_later: (_, said) => said.has("declined"),
  answer_now: (_, said) => said.has("awaiting"),
  calm_down: (_, said) => said.has("upset"),
  propose_meeting: ({ score }, said) => tierOf(score.total) === "hot" && !said.has("upset"),
  send_details: ({ score }, said) => tierOf(score.total) !== "hot" && said.has("wants_it"),
  ask_what_they_want: ({ score }, said) => tierOf(score.total) === "warm" && !said.has("wants_it"),
  ask_a_short_question: (_, said) => said.has("reads_only"),
  other_channel_or_hour: (_, said) => said.has("does_not_read"),
  win_back: (_, said) => said.has("silent"),
  ask_consent: (_, said) => said.has("no_consent"),
  complete_profile: (_, said) => said.has("unknown_person"),
};

/** These leave nothing else to be done. */
const FINAL: ReadonlySet<NextAction> = new Set(["leave_alone", "ask_again_later"]);
const MOST_ACTIONS = 3;

export function insightsOf(on: LeadSituation): Insight[] {
  return keysOf(insightRules).filter((key) => insightRules[key](on));
}

/** The most pressing first, three at most. */
export function nextActionsOf(on: LeadSituation): NextAction[] {
  const said = new Set(insightsOf(on));
  const wanted = keysOf(actionRules).filter((key) => actionRules[key](on, said));
  const final = wanted.find((key) => FINAL.has(key));
  return final === undefined ? wanted.slice(0, MOST_ACTIONS) : [final];
}

/** All that is said of a score, in one language. */
export interface LeadWords {
  insights: string[];
  next_actions: string[];
  /** What each factor is, and the figure behind its points. */
  factors: Record<Factor, string>;
}

export function wordsOf(on: LeadSituation, language: Language): LeadWords {
  const texts = LEAD_TEXTS[language];
  const { facts } = on;
  const figures: Record<string, number> = {
    days: Math.round(facts.last_inbound_days ?? 0),
    minutes: Math.max(1, Math.round(facts.reply_minutes ?? 0)),
    delivered: facts.delivered,
    seen: facts.seen,
    replies: facts.replies,
    inbound: facts.inbound,
    intent: facts.intent,
    actions: facts.calls + facts.visits,
  };
  const filled = (text: string) => fill(text, figures, language);
  const factors = Object.fromEntries(
    Object.entries(texts.factors).map(([factor, text]) => [factor, filled(text)]),
  ) as Record<Factor, string>;
  return {
    insights: insightsOf(on).map((key) => filled(texts.insights[key])),
    next_actions: nextActionsOf(on).map((key) => texts.next_actions[key]),
    factors,
  };
}

/** What colleagues read in the conversation of somebody who has become a qualified lead. */
export function qualifiedNote(on: LeadSituation, by: QualifiedBy, language: Language): string {
  const { insights, next_actions } = wordsOf(on, language);
  const head = fill(
    LEAD_TEXTS[language].qualified[by],
    { ...on.score.breakdown, score: on.score.total },
    language,
  );
  return [head, ...insights, ...next_actions.map((action) => `→ ${action}`)].join("\n");
}

function fill(text: string, figures: Record<string, number>, language: Language): string {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => number.format(figures[name] ?? 0));
}

const keysOf = <Key extends string>(rules: Record<Key, unknown>) => Object.keys(rules) as Key[];

const ENGLISH: ReadonlySet<string> = new Set(["US", "CA", "GB", "IE", "AU", "NZ", "JM", "TT", "BZ", "GY"]);
const PORTUGUESE: ReadonlySet<string> = new Set(["BR", "PT", "AO", "MZ", "CV"]);

/** The language of a workspace: of its region, and Spanish wherever that is neither English nor Portuguese. */
export function languageOfRegion(region: string): Language {
  if (PORTUGUESE.has(region)) return "pt";
  return ENGLISH.has(region) ? "en" : "es";
}
