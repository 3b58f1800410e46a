import { z } from "@hono/zod-openapi";
import type { WorkspaceScoring } from "../db/scoring.ts";
import type { ScoredLead } from "../db/leadScores.ts";
import { LANGUAGES } from "../domain/conversationSettings.ts";
import { INTENTS } from "../domain/language/labels.ts";
import { PRIORITIES, priorityOf, QUALITY_TIERS, tierOf } from "../domain/leadQuality.ts";
import { languageOfRegion, wordsOf } from "../domain/leadRules.ts";
import { FACTOR_NAMES, PARTS } from "../domain/leadScore.ts";
import { Id, Timestamp } from "./schemas.ts";

const points = (most: number) =>
  z
    .number()
    .int()
    .openapi({ description: `At most ${most}.` });

export const Breakdown = z
  .object({ engagement: points(40), profile: points(20), behavior: points(30), timing: points(10) })
  .openapi("LeadScoreBreakdown", {
    example: { engagement: 31, profile: 14, behavior: 21, timing: 9 },
  });

export const Language = z
  .enum(LANGUAGES)
  .optional()
  .openapi({ description: "Of the sentences; the workspace's where it is not given." });

const FactorPoints = z
  .object({
    factor: z.enum(FACTOR_NAMES),
    part: z.enum(PARTS),
    points: z.number().openapi({ description: "One decimal.", example: 16.8 }),
    most: z.number().openapi({ example: 20 }),
    text: z.string().openapi({ example: "Respuestas a sus mensajes: 2 (las antiguas cuentan menos)" }),
  })
  .openapi("LeadScoreFactor");

export const LeadScore = z
  .object({
    contact_id: Id,
    total_score: z
      .number()
      .int()
      .openapi({ description: "0 to 100: the sum of the breakdown.", example: 75 }),
    quality_tier: z.enum(QUALITY_TIERS).openapi({ description: "hot from 80, warm from 50." }),
    priority: z.enum(PRIORITIES),
    breakdown: Breakdown,
    insights: z.array(z.string()),
    next_actions: z.array(z.string()).openapi({ description: "The most pressing first, three at most." }),
    factors: z.array(FactorPoints).openapi({ description: "Where every point comes from." }),
    weights: z
      .enum(["usual", "fitted"])
      .openapi({ description: "fitted: to conversions of this workspace." }),
  })
  .openapi("LeadScore");

export const HotLead = LeadScore.extend({
  name: z.string().nullable(),
  last_activity_at: Timestamp.nullable(),
  qualified_at: Timestamp.nullable().openapi({ description: "Since when they are a qualified lead." }),
}).openapi("HotLead");

export const QualifiedLead = z
  .object({
    id: Id,
    contact_id: Id,
    at: Timestamp,
    qualified_by: z.enum(["score", "intent"]),
    score: z.number().int().openapi({ description: "At that moment." }),
    intent: z
      .enum(INTENTS)
      .nullable()
      .openapi({ description: "The last one that qualifies, if there was one." }),
    conversation_id: Id.nullable(),
    campaign_id: Id.nullable().openapi({
      description: "What they had answered within the seven days before.",
    }),
    ended_at: Timestamp.nullable().openapi({ description: "Null: they are one now." }),
    ended_by: z.enum(["cooled", "converted", "erased"]).nullable(),
  })
  .openapi("QualifiedLead");

export const PastScore = z
  .object({
    at: Timestamp,
    total_score: z.number().int(),
    breakdown: Breakdown,
    cause: z.enum(["event", "nightly", "weights"]).openapi({
      description: "weights: those of the score had changed, not what the person did.",
    }),
  })
  .openapi("PastLeadScore");

/** A score with its words. */
export function present(
  { facts, score }: ScoredLead,
  scoring: WorkspaceScoring,
  language = languageOfRegion(scoring.region),
) {
  const words = wordsOf({ facts, score, awaiting: facts.awaiting }, language);
  return {
    contact_id: facts.contact_id,
    total_score: score.total,
    quality_tier: tierOf(score.total),
    priority: priorityOf(score.total, facts.awaiting),
    breakdown: score.breakdown,
    insights: words.insights,
    next_actions: words.next_actions,
    factors: score.factors.map((factor) => ({ ...factor, text: words.factors[factor.factor] })),
    weights: scoring.fitted ? "fitted" : "usual",
  };
}
