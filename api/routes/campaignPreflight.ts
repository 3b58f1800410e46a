import { z } from "@hono/zod-openapi";
import { preflight } from "../../db/preflight.ts";
import type { CampaignRow } from "../../db/campaigns.ts";
import type { Tx } from "../../db/connect.ts";
import { findSequence } from "../../db/sequences.ts";
import { lookUpDomainsOf, mailWarnings } from "../mailWarnings.ts";
import type { Routes } from "../route.ts";
import { BanRisk } from "./banRisk.ts";
import { Id, IdParams, orNull, Timestamp } from "../schemas.ts";
import { existingCampaign } from "../campaignMoves.ts";

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
    text_risk: orNull(BanRisk).openapi({
      description: "How likely the text burns its numbers, and what would lower it; null where it has none.",
    }),
    warnings: z.array(z.string()),
  })
  .openapi("Preflight");

/** What a campaign would do; nothing of it is written. */
export const campaignPreflightRoutes: Routes = ({ consult }, deps) => {
  consult(
    {
      operationId: "preflightCampaign",
      method: "post",
      path: "/v1/campaigns/{id}/preflight",
      tag: "Campaigns",
      summary: "Who would get it, from which sender and when, and who not and why",
      description: "Of a drip sequence, its first step, for those whom its audience has at present.",
      params: IdParams,
      answer: Preflight,
      errors: ["not_found", "state_conflict"],
      changes: false,
    },
    (call) => lookUpDomainsOf(call, deps.recordsOf),
    async ({ tx, auth, params: { id }, consulted: domains }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      const begins = await asItBegins(tx, campaign);
      const { addressKey, sandboxed } = deps;
      const { warnings, ...report } = await preflight(tx, begins, { addressKey, sandboxed, now: new Date() });
      return { ...report, warnings: [...warnings, ...(await mailWarnings(tx, domains, campaign))] };
    },
  );
};

async function asItBegins(tx: Tx, campaign: CampaignRow): Promise<CampaignRow> {
  const step = (await findSequence(tx, campaign.workspace_id, campaign.id))?.steps[0];
  if (step === undefined) return campaign;
  const { message = null, template_id = null, channel = campaign.channel } = step;
  return { ...campaign, message_template: message, template_id, channel };
}
