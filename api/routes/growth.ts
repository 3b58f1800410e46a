import { z } from "@hono/zod-openapi";
import { readGrowth } from "../../db/growth.ts";
import { SUPPRESSION_REASONS } from "../../db/suppressions.ts";
import { percent } from "../../domain/rates.ts";
import { count, Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import type { Routes } from "../route.ts";
import { Rate } from "../schemas.ts";

const Growth = Span.extend({
  contacts_before: count("People at the first midnight, without those who were erased since."),
  new_contacts: count("People who came in these days, and are there."),
  lost_addresses: count("Addresses that may not be written to any more since these days."),
  growth_rate: Rate.openapi({ description: "new_contacts / contacts_before" }),
  churn_rate: Rate.openapi({ description: "lost_addresses / (contacts_before + new_contacts)" }),
  lost_by_reason: z.array(z.object({ reason: z.enum(SUPPRESSION_REASONS), addresses: z.int() })),
  data: z.array(
    z.object({
      day: z.iso.date().openapi({ example: "2026-11-20" }),
      new_contacts: z.int(),
      lost_addresses: z.int(),
    }),
  ),
}).openapi("Growth");

/** Who came, and who may not be written to any more. */
export const growthRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "getGrowth",
      method: "get",
      path: "/v1/analytics/growth",
      tag: "Analytics",
      summary: "Show by day who came and which addresses were lost",
      description:
        "Lost are addresses that opted out, complained, bounced, are invalid, or were blocked or erased, and have not been let go since; somebody may have several.",
      query: SpanQuery,
      answer: Growth,
    },
    async ({ tx, auth, query }) => {
      const span = await spanOf(tx, auth.workspaceId, query);
      const { contacts_before, lost, days } = await readGrowth(tx, auth.workspaceId, span);
      const new_contacts = days.reduce((sum, day) => sum + day.new_contacts, 0);
      const lost_addresses = days.reduce((sum, day) => sum + day.lost_addresses, 0);
      return {
        ...span,
        contacts_before,
        new_contacts,
        lost_addresses,
        growth_rate: percent(new_contacts, contacts_before),
        churn_rate: percent(lost_addresses, contacts_before + new_contacts),
        lost_by_reason: lost,
        data: days,
      };
    },
  );
};
