import { z } from "@hono/zod-openapi";
import { SENDER_KINDS } from "../domain/pace.ts";
import { Id, Timestamp, text } from "./schemas.ts";

export const CHANNELS = ["whatsapp", "sms", "email"] as const;

/** An outgoing identity as it is shown. */
export const Sender = z
  .object({
    id: Id,
    provider_account_id: Id.nullable().openapi({ description: "Null: the installation's own account." }),
    channel: z.enum(CHANNELS),
    address: z.string(),
    name: z.string().nullable(),
    country: z.string().nullable(),
    kind: z.enum(SENDER_KINDS),
    status: z
      .enum(["active", "paused", "stopped"])
      .openapi({ description: "stopped: the provider does not let it send any more." }),
    status_reason: z.string().nullable(),
    rotation_enabled: z.boolean(),
    rotation_priority: z.number().int(),
    last_used_at: Timestamp.nullable().openapi({ description: "When a new person was last given to it." }),
    max_per_hour: z.number().int(),
    max_per_day: z.number().int(),
    gap_min_ms: z.number().int().nullable(),
    gap_max_ms: z.number().int().nullable(),
    rate_per_second: z.number().nullable(),
    warmup_enabled: z.boolean(),
    warmup_day_limit: z
      .number()
      .int()
      .nullable()
      .openapi({ description: "What the warmup allows since local midnight; null: no warmup is under way." }),
    ip_pool_name: z.string().nullable().openapi({
      description:
        "Of e-mail: SendGrid's IP pool that it goes out by. One from-address may be several senders.",
    }),
    ip_pool_weight: z
      .number()
      .int()
      .openapi({ description: "Of e-mail: its share of new people, beside the other senders." }),
    reply_to: z.string().nullable(),
    asm_group_id: z
      .number()
      .int()
      .nullable()
      .openapi({ description: "Of e-mail: SendGrid's unsubscribe group." }),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Sender");

const gap = z.int().min(0).max(3_600_000).nullable().optional();
const changeable = {
  provider_account_id: Id.nullable().optional(),
  name: text(200).nullable().optional(),
  rotation_enabled: z.boolean().optional(),
  rotation_priority: z.int().min(-1000).max(1000).optional(),
  max_per_hour: z.int().min(0).max(1_000_000).optional(),
  max_per_day: z.int().min(0).max(10_000_000).optional(),
  gap_min_ms: gap.openapi({
    description: "With gap_max_ms: a random pause between messages. Wins over the rate.",
  }),
  gap_max_ms: gap,
  rate_per_second: z.number().min(0.001).max(1000).nullable().optional(),
  warmup_enabled: z
    .boolean()
    .optional()
    .openapi({ description: "Turned on it starts the sender's warmup; turned off it stops one under way." }),
  ip_pool_weight: z.int().min(1).max(1000).optional().openapi({
    description:
      "Of e-mail: its share of new people, beside the other senders. Less where it is complained about.",
  }),
  reply_to: z
    .string()
    .max(320)
    .nullable()
    .optional()
    .openapi({ description: "Of e-mail: where answers go, where the content does not say." }),
  asm_group_id: z.int().min(1).max(2_147_483_647).nullable().optional().openapi({
    description: "Of e-mail: SendGrid's unsubscribe group, where the content does not say.",
  }),
};
export const NewSenderBody = z
  .strictObject({
    channel: z.enum(CHANNELS),
    address: text(320).openapi({ description: "A phone number or short code; for e-mail the from-address." }),
    kind: z
      .enum(SENDER_KINDS)
      .optional()
      .openapi({ description: "Read from the address where it is not given." }),
    ip_pool_name: z.string().min(2).max(64).nullable().optional().openapi({
      description: "Of e-mail: SendGrid's IP pool; none: the account's own. A new pool warms up by the hour.",
    }),
    ...changeable,
  })
  .openapi("NewSender", {
    example: { channel: "whatsapp", address: "+573105550100", name: "Ventas 1", rotation_priority: 10 },
  });
export const SenderChange = z
  .strictObject({
    status: z.enum(["active", "paused"]).optional(),
    status_reason: text(200).nullable().optional(),
    ...changeable,
  })
  .openapi("SenderChange", { example: { status: "paused", status_reason: "Number under review" } });

export const SenderStats = z
  .object({
    sender_id: Id,
    used_hour: z.number().int().openapi({ description: "Messages in the last 60 minutes." }),
    used_day: z
      .number()
      .int()
      .openapi({ description: "Messages since midnight in the workspace's time zone." }),
    max_per_hour: z.number().int().openapi({
      description:
        "At present: a quarter of the sender's own while its e-mail is complained about (GET /v1/senders/{id}/health).",
    }),
    max_per_day: z.number().int(),
    warmup_day_limit: z.number().int().nullable(),
    remaining: z.number().int().openapi({ description: "What all limits together allow now." }),
    queued: z.number().int(),
    oldest_due_at: Timestamp.nullable(),
    next_send_at: Timestamp.nullable(),
    last_used_at: Timestamp.nullable(),
  })
  .openapi("SenderStats");
