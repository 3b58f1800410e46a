import { z } from "@hono/zod-openapi";
import { CAMPAIGN_STATES } from "../domain/receipts.ts";
import { EmailField } from "./emailInput.ts";
import { HinderedSenders } from "./hinderedSenders.ts";
import { Id, orNull, Timestamp } from "./schemas.ts";

const Counts = z.record(z.string(), z.number().int());

export const Campaign = z
  .object({
    id: Id,
    name: z.string(),
    type: z.string(),
    channel: z.string(),
    purpose: z.string(),
    state: z.enum(CAMPAIGN_STATES),
    state_reason: z.string().nullable(),
    message_template: z.string().nullable(),
    template_id: Id.nullable(),
    audience: z.record(z.string(), z.unknown()),
    sender_ids: z.array(Id),
    variables: z.record(z.string(), z.unknown()),
    metadata: z.record(z.string(), z.unknown()),
    scheduled_at: Timestamp.nullable(),
    local_time: z.string().nullable(),
    canary: z.record(z.string(), z.unknown()).nullable(),
    canary_result: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({
        description:
          "Null until it begins: phase (sending, held, stopped, continued), picked, figures (picked, open, sent, delivered, " +
          "failed, opted_out), reasons, began_at, judged_at, decided_by (limits, operator), released.",
      }),
    expires_at: Timestamp.nullable(),
    message_cost_minor: z.number().int().nullable(),
    conversion_value_minor: z.number().int().nullable(),
    currency: z.string().nullable(),
    planned_at: Timestamp.nullable().openapi({
      description: "Since when everyone in the audience has a row.",
    }),
    started_at: Timestamp.nullable(),
    completed_at: Timestamp.nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Campaign");

export const StartedCampaign = Campaign.extend({
  warnings: z.array(z.string()).openapi({
    description:
      "Of what is started and says something by e-mail: senders that are complained about, SPF, DKIM and DMARC, size, links and spam. It goes out all the same.",
  }),
}).openapi("StartedCampaign");

export const CampaignWithProgress = Campaign.extend({
  email: orNull(EmailField).openapi({ description: "What it says by e-mail, where no template does." }),
  progress: z.object({
    audience: z.number().int(),
    by_state: Counts,
    by_reason: Counts.openapi({ description: "Skipped, failed and cancelled ones by reason." }),
    held: Counts.openapi({ description: "Waiting ones by the rule that holds them." }),
    replied: z.number().int().openapi({ description: "People, once." }),
    per_minute: z.number().int().openapi({ description: "Accepted by the provider in the last minute." }),
    next_due_at: Timestamp.nullable(),
    estimated_end_at: Timestamp.nullable().openapi({
      description: "At the present rate; null while nothing is sent.",
    }),
    last_error_code: z.string().nullable(),
    hindered_senders: HinderedSenders,
  }),
}).openapi("CampaignWithProgress");
