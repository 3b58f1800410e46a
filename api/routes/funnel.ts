import { z } from "@hono/zod-openapi";
import { readFunnel } from "../../db/funnel.ts";
import { percent } from "../../domain/rates.ts";
import { filterOf, SentQuery, Span, spanOf } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";
import { Rate } from "../schemas.ts";

const STAGES = ["contacted", "reached", "read", "replied", "qualified", "purchased"] as const;

const Stage = z.object({
  stage: z.enum(STAGES),
  people: z.int().openapi({ example: 840 }),
  rate: Rate.openapi({ description: "Of those contacted." }),
});

const Funnel = Span.extend({ stages: z.array(Stage) }).openapi("Funnel");

/** From the first message to the purchase. */
export const funnelRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "getFunnel",
      method: "get",
      path: "/v1/analytics/funnel",
      tag: "Analytics",
      summary: "Show how far the people came who were written to in these days",
      description:
        "People, each once. Who answered has been reached and has read it, whatever the receipts say; qualified and purchased count from their first message in these days on, whether they answered or not.",
      query: SentQuery,
      answer: Funnel,
    },
    async ({ tx, auth, query }) => {
      const span = await spanOf(tx, auth.workspaceId, query);
      const figures = await readFunnel(tx, auth.workspaceId, span, filterOf(query));
      const stages = STAGES.map((stage) => ({
        stage,
        people: figures[stage],
        rate: percent(figures[stage], figures.contacted),
      }));
      return { ...span, stages };
    },
  );
};
