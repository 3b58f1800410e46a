/**
 * Weights of a workspace's own: how much each factor of the lead score says about who bought, learnt from its people at
 * a moment before they did. docs/scores.md has it in words.
 */
import { areaUnderCurve } from "./areaUnderCurve.ts";
import {
  DEFAULT_WEIGHTS,
  FACTOR_NAMES,
  FACTORS,
  type Factor,
  factorValues,
  type LeadFacts,
  PARTS,
  type Part,
  type ScoreWeights,
  scoreValues,
} from "./leadScore.ts";
import { logisticRegression } from "./logisticRegression.ts";

/** Purchases of so many days are looked at. */
export const LOOK_BACK_DAYS = 365;
/** A person who bought is looked at as they were at most so long before. */
export const AHEAD_DAYS = 14;
const LEAST_AHEAD_DAYS = 1 / 24;
/** Ten who bought for each of the eight factors that are fitted; a third of all is held out. */
export const LEAST_CONVERTED = 120;
export const MOST_CONVERTED = 5_000;
/** Others for each who bought. */
export const OTHERS_EACH = 4;
const HELD_OUT_EACH = 3;

/**
 * Parts whose past is known. Of a profile only today's is, and who has bought is better known for it: fitting that
 * would learn what came afterwards.
 */
const FITTED_PARTS: readonly Part[] = ["engagement", "behavior", "timing"];
const FITTED: readonly Factor[] = FACTOR_NAMES.filter((name) => FITTED_PARTS.includes(FACTORS[name].part));

/** A person at a moment: the figures of FACTOR_NAMES, and whether they bought soon after. */
export interface FitCase {
  converted: boolean;
  values: number[];
}

/**
 * How many days before the purchase the n-th of them is looked at: spread evenly from an hour to AHEAD_DAYS, without
 * chance, by the fractional parts of multiples of the golden ratio.
 */
export const daysAhead = (n: number) =>
  LEAST_AHEAD_DAYS + (((n + 1) * 0.618_033_988_749_895) % 1) * (AHEAD_DAYS - LEAST_AHEAD_DAYS);

/** Null for somebody of whom nothing was known then: neither written to nor heard of, no weights say anything of them. */
export function caseOf(facts: LeadFacts, converted: boolean): FitCase | null {
  if (facts.delivered + facts.inbound + facts.spoken + facts.calls + facts.visits === 0) return null;
  const values = factorValues(facts).map((value, i) => (isProfileOfToday(FACTOR_NAMES[i]) ? 0 : value));
  return { converted, values };
}
/** Consent has its times, the rest of a profile has none. */
const isProfileOfToday = (name: Factor | undefined) => name === "identity" || name === "details";

/** Every third of those who bought and every third of the others is held out, in the order given. */
export function splitCases(cases: readonly FitCase[]): { fitted: FitCase[]; heldOut: FitCase[] } {
  const split = { fitted: [] as FitCase[], heldOut: [] as FitCase[] };
  for (const converted of [true, false])
    cases
      .filter((one) => one.converted === converted)
      .forEach((one, i) => (i % HELD_OUT_EACH === 0 ? split.heldOut : split.fitted).push(one));
  return split;
}

/** How sure it is beforehand that a factor says what the usual points say of it: one over the variance, in logits. */
const PRIOR = 1;

/**
 * Most points of each factor. The chance to buy is 1 / (1 + e^-(a + b s + Σ d x)) with s the usual points over 100, x
 * the figures and d how far a factor says more or less than usual, each 0 ± 1 beforehand; so few purchases move little.
 * What a factor says is b times its usual points over 100, and d. Nobody loses points for answering: a factor that says
 * the contrary is left out, the worst first, and the rest fitted anew. Within each part the points are shared out by
 * what its factors say, so that the parts stay 40, 20, 30 and 10; where none of them says anything they stay as usual.
 */
export function fitWeights(cases: readonly FitCase[]): ScoreWeights {
  let kept = [...FITTED];
  for (;;) {
    const said = slopes(cases, kept);
    const worst = lowest(said);
    if (said[worst] >= 0) return shareOut(said);
    kept = kept.filter((name) => name !== worst);
  }
}

type Said = Record<Factor, number>;

const lowest = (said: Said) => FITTED.reduce((a, b) => (said[b] < said[a] ? b : a));

/** What each factor says; those that are not kept say nothing. */
function slopes(cases: readonly FitCase[], kept: readonly Factor[]): Said {
  const usual = (name: Factor) => DEFAULT_WEIGHTS[name] / 100;
  const rows = cases.map(({ values, converted }) => {
    const own = kept.map((name) => values[FACTOR_NAMES.indexOf(name)] as number);
    const score = kept.reduce((sum, name, i) => sum + usual(name) * (own[i] as number), 0);
    return { is: converted, values: [score, ...own] };
  });
  const [whole = 0, ...apart] = logisticRegression(rows, [0.01, ...kept.map(() => PRIOR)]);
  const said = Object.fromEntries(FACTOR_NAMES.map((name) => [name, 0])) as Said;
  apart.forEach((own, i) => {
    const name = kept[i] as Factor;
    said[name] = whole * usual(name) + own;
  });
  return said;
}

function shareOut(said: Said): ScoreWeights {
  const weights: Record<Factor, number> = { ...DEFAULT_WEIGHTS };
  for (const part of PARTS) {
    const own = FITTED.filter((name) => FACTORS[name].part === part);
    const size = own.reduce((sum, name) => sum + DEFAULT_WEIGHTS[name], 0);
    const all = own.reduce((sum, name) => sum + said[name], 0);
    if (all > 0)
      Object.assign(
        weights,
        inTenths(own, (name) => (size * said[name]) / all, size),
      );
  }
  return weights;
}

/** One decimal each; what rounding leaves over goes to the largest, so that they are the whole part together. */
function inTenths(own: readonly Factor[], points: (name: Factor) => number, size: number) {
  const tenths = own.map((name) => Math.round(points(name) * 10));
  const largest = own.reduce((a, b) => (points(b) > points(a) ? b : a));
  const rest = size * 10 - tenths.reduce((sum, one) => sum + one, 0);
  return Object.fromEntries(
    own.map((name, i) => [name, ((tenths[i] as number) + (name === largest ? rest : 0)) / 10]),
  );
}

export interface FitJudgement {
  auc_default: number;
  auc_fitted: number;
  /** What the difference is at least, in 95 of 100 such samples. */
  gain_low: number;
}

const ONE_SIDED_95 = 1.645;

/** How well both rank people that nothing was fitted on, by whole points as they are used. */
export function judgeFit(cases: readonly FitCase[], weights: ScoreWeights): FitJudgement {
  const scored = (by: ScoreWeights) =>
    cases.map(({ values, converted }) => ({ is: converted, score: scoreValues(values, by).total }));
  const [usual, own] = [scored(DEFAULT_WEIGHTS), scored(weights)];
  const [auc_default, auc_fitted] = [areaUnderCurve(usual), areaUnderCurve(own)];
  const error = Math.sqrt(varianceOfDifference(usual, own));
  return { auc_default, auc_fitted, gain_low: auc_fitted - auc_default - ONE_SIDED_95 * error };
}

type Scored = readonly { is: boolean; score: number }[];

/** Of two areas under curves over the same people (DeLong, DeLong and Clarke-Pearson 1988). */
function varianceOfDifference(a: Scored, b: Scored): number {
  const [ofA, ofB] = [shares(a), shares(b)];
  return [true, false].reduce((sum, is) => {
    const apart = a.flatMap((one, i) => (one.is === is ? [(ofB[i] ?? 0) - (ofA[i] ?? 0)] : []));
    return sum + variance(apart) / apart.length;
  }, 0);
}

/** For each, the share of the other kind that it is on the right side of; a tie counts half. */
function shares(scored: Scored): number[] {
  const most = Math.max(...scored.map(({ score }) => score));
  const count = (is: boolean) => {
    const at = Array.from({ length: most + 1 }, () => 0);
    for (const one of scored) if (one.is === is) at[one.score] = (at[one.score] ?? 0) + 1;
    let below = 0;
    const rank = at.map((n) => (below += n) - n / 2);
    return { rank, all: below };
  };
  const [those, others] = [count(true), count(false)];
  return scored.map(({ is, score }) =>
    is ? (others.rank[score] ?? 0) / others.all : 1 - (those.rank[score] ?? 0) / those.all,
  );
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  return values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, values.length - 1);
}
