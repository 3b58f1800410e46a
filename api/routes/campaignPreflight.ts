import { z } from "@hono/zod-openapi";
import { preflight } from "../../db/preflight.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, Timestamp } from "../schemas.ts";
import { existingCampaign } from "./campaigns.ts";

const Counts = z.record(z.string(), z.number().int());
const Preflight = z
  .object({
    audience: z.number().int(),
    judged: z
      .number()
      .int()
      .openapi({ description: "Fewer than the audience where it is too large to judge at once." }),
    would_send: z.number().int(),
    held: Counts.openapi({ description: "Would wait for a lawful moment, by rule." }),
    skipped: Counts.openapi({ description: "Would get nothing, by reason." }),
    parts: z.number().int().openapi({ description: "SMS segments, or WhatsApp messages." }),
    cost_minor: z.number().int().nullable(),
    senders: z.number().int(),
    first_send_at: Timestamp.nullable(),
    last_send_at: Timestamp.nullable().openapi({
      description:
        "With present paces and budgets, what waits for these senders already, everybody's hours and the canary's wait.",
    }),
    unreached: z
      .number()
      .int()
      .openapi({ description: "People whom no sender comes to before their messages expire." }),
    by_sender: z.array(
      z.object({
        sender_id: Id,
        messages: z.number().int(),
        first_send_at: Timestamp.nullable(),
        last_send_at: Timestamp.nullable(),
      }),
    ),
    warnings: z.array(z.string()),
  })
  .openapi("Preflight");

/** What a campaign would do; nothing of it is written. */
export const campaignPreflightRoutes: Routes = ({ route }, deps) => {
  route(
    {
      operationId: "preflightCampaign",
      method: "post",
      path: "/v1/campaigns/{id}/preflight",
      tag: "Campaigns",
      summary: "Who would get it, from which sender and when, and who not and why",
      params: IdParams,
      answer: Preflight,
      errors: ["not_found", "state_conflict"],
      changes: false,
    },
    async ({ tx, auth, params: { id } }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      return preflight(tx, campaign, {
        addressKey: deps.addressKey,
        sandboxed: deps.sandboxed,
        now: new Date(),
      });
    },
  );
};
