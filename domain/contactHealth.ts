/** How likely somebody who has gone silent is to be lost, why, and what to do about it: docs/analytics.md has the formula. */

/** Who has not been heard of for longer is at risk. */
export const SILENT_DAYS = 30;

export interface SilentFacts {
  /** Since they last wrote, called, came or bought. */
  days_silent: number;
  /** Messages of ours that arrived since, and those of them that they read. */
  arrived_since: number;
  read_since: number;
  /** What they said last sounded so; null: nobody knows. */
  sentiment: string | null;
  /** They wrote last, and nobody has answered. */
  awaiting: boolean;
  /** On every channel that there is a word about. */
  opted_out: boolean;
}

export const RISK_INDICATORS = [
  "silent",
  "unanswered_by_us",
  "negative_sentiment",
  "does_not_read",
  "does_not_answer",
  "opted_out",
] as const;
export type RiskIndicator = (typeof RISK_INDICATORS)[number];

export const RECOMMENDED_ACTIONS = [
  "leave_alone",
  "answer",
  "call",
  "try_another_channel",
  "ask_what_they_need",
  "send_something_new",
] as const;
export type RecommendedAction = (typeof RECOMMENDED_ACTIONS)[number];

export interface ContactHealth {
  /** 0 to 100. */
  health_score: number;
  risk_indicators: RiskIndicator[];
  recommended_action: RecommendedAction;
}

/** So many that nobody answered are a pattern. */
const PATTERN = 3;
const POINTS = { negative: 20, ignored: 5, most_ignored: 20 } as const;

/** Half of the health goes with each SILENT_DAYS of silence, and more with bad words and with messages left lying. */
export function healthOf(facts: SilentFacts): ContactHealth {
  const { days_silent, arrived_since, read_since, sentiment, awaiting, opted_out } = facts;
  const unread = arrived_since >= PATTERN && read_since === 0;
  const ignored = arrived_since >= PATTERN && !unread;
  const negative = sentiment === "negative";
  const silence = 100 * 0.5 ** (days_silent / SILENT_DAYS);
  const lost =
    (negative ? POINTS.negative : 0) + Math.min(POINTS.most_ignored, POINTS.ignored * arrived_since);
  const signs: readonly (readonly [boolean, RiskIndicator])[] = [
    [days_silent >= SILENT_DAYS, "silent"],
    [awaiting, "unanswered_by_us"],
    [negative, "negative_sentiment"],
    [unread, "does_not_read"],
    [ignored, "does_not_answer"],
    [opted_out, "opted_out"],
  ];
  const risk_indicators = signs.flatMap(([is, sign]) => (is ? [sign] : []));
  return {
    health_score: Math.max(0, Math.round(silence - lost)),
    risk_indicators,
    recommended_action: actionFor(new Set(risk_indicators)),
  };
}

/** The first that applies: what must not be done, what we owe, and then what may bring them back. */
function actionFor(signs: ReadonlySet<RiskIndicator>): RecommendedAction {
  if (signs.has("opted_out")) return "leave_alone";
  if (signs.has("unanswered_by_us")) return "answer";
  if (signs.has("negative_sentiment")) return "call";
  if (signs.has("does_not_read")) return "try_another_channel";
  return signs.has("does_not_answer") ? "ask_what_they_need" : "send_something_new";
}
