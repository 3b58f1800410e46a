/**
 * How close a person is to saying yes, 0 to 100: engagement 40, profile 20, behavior 30, timing 10. Every point belongs
 * to a factor, and every factor is a figure between 0 and 1 made of facts (db/leadFacts.ts). docs/scores.md has the
 * formulas in words; this is the only place that computes them.
 */

/** What is looked at, and after how many days a thing of the past counts half. */
export const WINDOW_DAYS = 180;
export const HALF_LIFE_DAYS = { answers: 21, intents: 14, actions: 45 } as const;

/** What an intent (domain/language/labels.ts) says about buying; those that are not named say nothing. */
export const INTENT_VALUES: Readonly<Record<string, number>> = {
  booking: 1,
  pricing: 0.8,
  interested: 0.8,
  human_request: 0.6,
  question: 0.5,
  confirmation: 0.5,
  greeting: 0.1,
  thanks: 0.1,
};
/** Who says so is not courted, whatever was said before, until they say something else. */
export const DECLINING: readonly string[] = ["not_interested", "wrong_number", "opt_out"];
/** After these a word about declining still stands. */
export const NO_WORD: readonly string[] = ["thanks", "greeting", "out_of_office", "spam", "other"];

/**
 * What is known of a person at a moment. Those that are called decayed are sums over the past WINDOW_DAYS in which each
 * thing counts 0.5^(its age / half-life), so that they need not be whole.
 */
export interface LeadFacts {
  named: boolean;
  has_email: boolean;
  has_mobile: boolean;
  has_place: boolean;
  has_language: boolean;
  attributes: number;
  /** By the newest word on any channel; opted_out: on every channel that there is a word about. */
  opted_in: boolean;
  opted_out: boolean;
  /** Messages of ours that arrived, those of them that were read or answered, and answers: decayed. */
  delivered: number;
  seen: number;
  replies: number;
  /** Messages of theirs, decayed. */
  inbound: number;
  last_inbound_days: number | null;
  /** Minutes that the last answer took, and how many days ago it came. */
  reply_minutes: number | null;
  reply_days: number | null;
  /** Sum of INTENT_VALUES over what they said, decayed. */
  intent: number;
  /** Their last word about it declines. */
  declined: boolean;
  /** Things they said, and those of them that sounded positive less those that sounded negative: decayed. */
  spoken: number;
  mood: number;
  /** Calls of a minute or more; visits and purchases: decayed. */
  calls: number;
  visits: number;
}

export const PARTS = ["engagement", "profile", "behavior", "timing"] as const;
export type Part = (typeof PARTS)[number];

interface FactorRule {
  part: Part;
  /** Points where nothing else was fitted; all together 100. */
  most: number;
  value(facts: LeadFacts): number;
}

/** So much of the whole for each further one: a first answer says more than a tenth. */
const saturating = (count: number, rest: number) => 1 - rest ** Math.max(0, count);
const share = (...known: boolean[]) => known.filter(Boolean).length / known.length;
const decayed = (days: number, halfLife: number) => 0.5 ** (Math.max(0, days) / halfLife);

/** Points and figure of each factor. An opt-out takes all points, a word that declines those of behavior and timing. */
export const FACTORS = {
  replies: { part: "engagement", most: 16, value: ({ replies }) => saturating(replies, 0.4) },
  dialogue: { part: "engagement", most: 17, value: ({ inbound }) => saturating(inbound, 0.7) },
  reads: { part: "engagement", most: 7, value: ({ seen, delivered }) => seen / (delivered + 1) },
  consent: { part: "profile", most: 8, value: ({ opted_in }) => Number(opted_in) },
  identity: {
    part: "profile",
    most: 6,
    value: ({ named, has_email, has_mobile }) => share(named, has_email, has_mobile),
  },
  details: {
    part: "profile",
    most: 6,
    value: ({ has_place, has_language, attributes }) =>
      (Number(has_place) + Number(has_language) + Math.min(1, attributes / 3)) / 3,
  },
  intent: { part: "behavior", most: 23, value: ({ intent }) => saturating(intent, 0.25) },
  mood: {
    part: "behavior",
    most: 3,
    value: ({ mood, spoken }) => Math.max(0, mood) / (spoken + 1),
  },
  actions: { part: "behavior", most: 4, value: ({ calls, visits }) => saturating(calls + visits, 0.3) },
  recency: {
    part: "timing",
    most: 6,
    value: ({ last_inbound_days }) => (last_inbound_days === null ? 0 : decayed(last_inbound_days, 7)),
  },
  speed: {
    part: "timing",
    most: 4,
    value: ({ reply_minutes, reply_days }) =>
      reply_minutes === null
        ? 0
        : decayed(reply_days ?? 0, HALF_LIFE_DAYS.answers) / (1 + Math.max(0, reply_minutes) / 60),
  },
} as const satisfies Record<string, FactorRule>;
export type Factor = keyof typeof FACTORS;
export const FACTOR_NAMES = Object.keys(FACTORS) as Factor[];

/** Most points of each factor; together 100. */
export type ScoreWeights = Readonly<Record<Factor, number>>;

export const DEFAULT_WEIGHTS = Object.fromEntries(
  FACTOR_NAMES.map((name) => [name, FACTORS[name].most]),
) as ScoreWeights;

/** The figure of each factor, 0 to 1, in the order of FACTOR_NAMES. */
export function factorValues(facts: LeadFacts): number[] {
  return FACTOR_NAMES.map((name) => {
    const rule: FactorRule = FACTORS[name];
    const silent =
      facts.opted_out || (facts.declined && (rule.part === "behavior" || rule.part === "timing"));
    return silent ? 0 : Math.min(1, Math.max(0, rule.value(facts)));
  });
}

export interface FactorPoints {
  factor: Factor;
  part: Part;
  /** One decimal. */
  points: number;
  most: number;
}

export interface LeadScore {
  /** The sum of the parts, whole, 0 to 100. */
  total: number;
  breakdown: Record<Part, number>;
  factors: FactorPoints[];
}

export const scoreLead = (facts: LeadFacts, weights: ScoreWeights = DEFAULT_WEIGHTS): LeadScore =>
  scoreValues(factorValues(facts), weights);

/** The same of the figures of the factors, in the order of FACTOR_NAMES. */
export function scoreValues(values: readonly number[], weights: ScoreWeights): LeadScore {
  const exact = { engagement: 0, profile: 0, behavior: 0, timing: 0 };
  const factors = FACTOR_NAMES.map((factor, index) => {
    const { part } = FACTORS[factor];
    const points = weights[factor] * (values[index] ?? 0);
    exact[part] += points;
    return { factor, part, points: Math.round(points * 10) / 10, most: weights[factor] };
  });
  const breakdown = { engagement: 0, profile: 0, behavior: 0, timing: 0 };
  for (const part of PARTS) breakdown[part] = Math.round(exact[part]);
  const total = PARTS.reduce((sum, part) => sum + breakdown[part], 0);
  return { total: Math.min(100, total), breakdown, factors };
}
