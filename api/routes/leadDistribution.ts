import { z } from "@hono/zod-openapi";
import { countLeadScores } from "../../db/leadDistribution.ts";
import { QUALITY_TIERS, tierOf } from "../../domain/leadQuality.ts";
import { count } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";

const WIDTH = 10;
const LAST = 90;

const LeadDistribution = z
  .object({
    people: count("Those who have a score."),
    average: z.number().nullable().openapi({ description: "One decimal.", example: 31.4 }),
    tiers: z.record(z.enum(QUALITY_TIERS), z.int()).openapi({ example: { hot: 12, warm: 80, cold: 908 } }),
    buckets: z.array(
      z.object({
        from: z.int().openapi({ example: 80 }),
        to: z.int().openapi({ example: 89 }),
        people: z.int(),
      }),
    ),
  })
  .openapi("LeadDistribution");

/** How warm the people of a workspace are, all together. */
export const leadDistributionRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "getLeadDistribution",
      method: "get",
      path: "/v1/analytics/lead-scores",
      tag: "Analytics",
      summary: "Show how lead scores are distributed now",
      description: "By tens, 100 with the nineties, and by tier.",
      answer: LeadDistribution,
    },
    async ({ tx, auth }) => {
      const scores = await countLeadScores(tx, auth.workspaceId);
      const within = (is: (score: number) => boolean) =>
        scores.reduce((sum, { score, people }) => sum + (is(score) ? people : 0), 0);
      const people = within(() => true);
      const points = scores.reduce((sum, { score, people: n }) => sum + score * n, 0);
      const buckets = Array.from({ length: LAST / WIDTH + 1 }, (_, i) => {
        const [from, to] = [i * WIDTH, i * WIDTH === LAST ? 100 : i * WIDTH + WIDTH - 1];
        return { from, to, people: within((score) => score >= from && score <= to) };
      });
      return {
        people,
        average: people === 0 ? null : Math.round((10 * points) / people) / 10,
        tiers: {
          hot: within((score) => tierOf(score) === "hot"),
          warm: within((score) => tierOf(score) === "warm"),
          cold: within((score) => tierOf(score) === "cold"),
        },
        buckets,
      };
    },
  );
};
