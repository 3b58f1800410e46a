/** What a score means: how warm somebody is, who comes first, and who is a qualified lead. */
import { z } from "zod";
import { INTENTS } from "./language/labels.ts";
import type { LeadFacts, LeadScore } from "./leadScore.ts";

export const LeadScoreSettings = z.strictObject({
  enabled: z
    .boolean()
    .describe("Whether lead scores are computed here; off: they are what the client sets them to."),
  qualified_from: z.int().min(1).max(100).describe("Score from which somebody is a qualified lead."),
  qualifying_intents: z
    .array(z.enum(INTENTS))
    .max(INTENTS.length)
    .describe("Intents of a reply that make somebody a qualified lead whatever their score."),
  hand_off: z
    .boolean()
    .describe(
      "Whether the machine is silent in the conversation of a qualified lead from then on; off: until a member answers.",
    ),
});
export type LeadScoreSettings = z.infer<typeof LeadScoreSettings>;

export const DEFAULT_LEAD_SCORE_SETTINGS: LeadScoreSettings = {
  enabled: true,
  qualified_from: 80,
  qualifying_intents: ["interested", "booking"],
  hand_off: false,
};

export const QUALITY_TIERS = ["hot", "warm", "cold"] as const;
export type QualityTier = (typeof QUALITY_TIERS)[number];
export const HOT_FROM = 80;
const WARM_FROM = 50;

export const tierOf = (total: number): QualityTier =>
  total >= HOT_FROM ? "hot" : total >= WARM_FROM ? "warm" : "cold";

export const PRIORITIES = ["urgent", "high", "medium", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Who is hot, or waits for an answer, comes before who is merely warm. */
export function priorityOf(total: number, awaiting: boolean): Priority {
  const tier = tierOf(total);
  if (tier === "hot") return awaiting ? "urgent" : "high";
  if (tier === "warm") return awaiting ? "high" : "medium";
  return awaiting ? "medium" : "low";
}

/** An intent qualifies for so long, if it was understood with so much confidence. */
export const INTENT_DAYS = 14;
export const INTENT_CONFIDENCE = 60;
/** Who is qualified stays so until the score has fallen this far below the threshold: no coming and going. */
const SLACK = 10;

export type QualifiedBy = "score" | "intent";

/** By what somebody is a qualified lead; null: they are none. `intended`: a qualifying intent is recent enough. */
export function qualifiedBy(
  score: Pick<LeadScore, "total">,
  facts: Pick<LeadFacts, "declined" | "opted_out">,
  intended: boolean,
  settings: LeadScoreSettings,
): QualifiedBy | null {
  if (facts.opted_out || facts.declined) return null;
  if (score.total >= settings.qualified_from) return "score";
  return intended ? "intent" : null;
}

/** Whether somebody who was qualified has ceased to be. */
export function hasCooled(
  score: Pick<LeadScore, "total">,
  facts: Pick<LeadFacts, "declined" | "opted_out">,
  intended: boolean,
  settings: LeadScoreSettings,
): boolean {
  const eased = { ...settings, qualified_from: Math.max(1, settings.qualified_from - SLACK) };
  return qualifiedBy(score, facts, intended, eased) === null;
}
