/** How likely a text burns the number it is sent from: a spam model joined with factors that can be named. */
import { type Factor, factorsOf } from "./banFactors.ts";
import { scoresOf, softmax, unpackModel } from "./linearModel.ts";
import { spamFeaturesOf } from "./spamFeatures.ts";
import { SPAM_MODEL } from "./spamWeights.ts";

export const RISK_LEVELS = ["low", "medium", "high", "critical"] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

export type TextRisk = {
  /** 0–100, one decimal. */
  risk_score: number;
  risk_level: RiskLevel;
  /** Each with its figure and its points. */
  factors: string[];
  recommendations: string[];
};

const MODEL = unpackModel(SPAM_MODEL);
/** What a text gets that the model is sure of; the factors add to it. */
const MODEL_POINTS = 60;
/** What all factors together add at most. */
const FACTOR_POINTS = 40;

/** A wording by a model may have so many points, however much calmer the text was that it is of. */
export const CALM = 30;

/** From 30, 60 and 80 points on. */
export function levelOf(score: number): RiskLevel {
  if (score >= 80) return "critical";
  if (score >= 60) return "high";
  return score >= 30 ? "medium" : "low";
}

/** Judges one text as it would be sent. Pure; nothing of the text is kept but words that the factors name. */
export function riskOfText(text: string): TextRisk {
  const likely = softmax(scoresOf(MODEL, spamFeaturesOf(text)), 0, 2)[1] ?? 0;
  const factors = factorsOf(text, likely);
  const risk_score = scoreOf(likely, factors);
  return {
    risk_score,
    risk_level: levelOf(risk_score),
    factors: [reads(likely), ...factors.map(named)].filter((factor) => factor !== undefined),
    recommendations: risk_score < 30 ? [] : factors.map(({ advice }) => advice),
  };
}

/** The model's points and the factors' together. */
export function scoreOf(likely: number, factors: readonly Factor[]): number {
  const points = factors.reduce((sum, factor) => sum + factor.points, 0);
  return Math.round(10 * (MODEL_POINTS * likely + Math.min(FACTOR_POINTS, points))) / 10;
}

const named = ({ says, points }: Factor) => `${says} (+${points})`;

function reads(likely: number): string | undefined {
  const points = Math.round(MODEL_POINTS * likely);
  return points < 1 ? undefined : `Reads like spam: ${Math.round(100 * likely)} % (+${points})`;
}
