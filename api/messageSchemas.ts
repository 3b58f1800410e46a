import { z } from "@hono/zod-openapi";
import { EmailField } from "./emailInput.ts";
import { Id, Instant, Timestamp, text } from "./schemas.ts";

export const Attempt = z
  .object({
    n: z.number().int(),
    intended_at: Timestamp.openapi({ description: "Written before the call to the provider." }),
    settled_at: Timestamp.nullable(),
    outcome: z.string().openapi({ description: "open, uncertain, accepted, refused or not_sent." }),
    settled_by: z
      .string()
      .nullable()
      .openapi({ description: "answer, receipt, listing, deadline or operator:<key id>." }),
    receipt_state: z.string().nullable(),
    receipt_at: Timestamp.nullable(),
    provider_sid: z.string().nullable(),
    error_code: z.string().nullable().openapi({ description: "The provider's own code." }),
    call_id: Id.nullable().openapi({ description: "Of e-mail: the call that it went out with." }),
  })
  .openapi("Attempt");

export const Message = z
  .object({
    id: Id,
    contact_id: Id,
    campaign_id: Id.nullable(),
    conversation_id: Id.nullable(),
    sender_id: Id.nullable(),
    template_id: Id.nullable(),
    direction: z.enum(["out", "in"]),
    channel: z.string(),
    purpose: z.string(),
    state: z.string(),
    reason: z.string().nullable(),
    answer: z.string().openapi({ description: "How it stands and why, as one sentence." }),
    detail: z.record(z.string(), z.unknown()).nullable(),
    error_code: z.string().nullable().openapi({ description: "The provider's own code." }),
    address: z.string().nullable(),
    body: z.string().nullable(),
    parts: z.number().int().openapi({ description: "Segments, for SMS." }),
    due_at: Timestamp.nullable(),
    expires_at: Timestamp.nullable(),
    created_at: Timestamp,
    intended_at: Timestamp.nullable(),
    accepted_at: Timestamp.nullable(),
    sent_at: Timestamp.nullable(),
    delivered_at: Timestamp.nullable(),
    read_at: Timestamp.nullable(),
    failed_at: Timestamp.nullable(),
    replied_at: Timestamp.nullable(),
    attempts: z.array(Attempt),
    fallback: z
      .object({
        channel: z.string(),
        due_at: Timestamp.nullable().openapi({
          description: "When it goes out for want of a delivery; null: after a refusal only.",
        }),
        outcome: z
          .enum(["waiting", "sent", "not_needed", "dropped"])
          .openapi({ description: "`dropped`: it may not go out, or could not." }),
        reason: z.string().nullable(),
        message_id: Id.nullable(),
      })
      .nullable(),
  })
  .openapi("Message");

const Value = z.union([z.string().max(1000), z.number(), z.boolean()]);
const MOST_SECONDS = 90 * 24 * 3600;

const words = {
  body: text(1600).optional().openapi({
    description: "Text with {variables} and {variables|fallbacks}; or name a template_id.",
  }),
  template_id: Id.optional(),
};

export const NewMessage = z
  .strictObject({
    channel: z.enum(["whatsapp", "sms", "email"]),
    to: text(320).optional().openapi({
      description:
        "A phone number as people write it, or an e-mail address; who is new becomes a contact. Or name a contact_id.",
    }),
    contact_id: Id.optional(),
    ...words,
    email: EmailField.optional().openapi({
      description: "Of an e-mail, in place of body; or name a template_id.",
    }),
    variables: z
      .record(z.string().max(100), Value)
      .default({})
      .openapi({ description: "A contact's own values win." }),
    purpose: z.enum(["transactional", "marketing"]).default("transactional"),
    expires_at: Instant.optional().openapi({
      description: "What is not sent by then is skipped; after the workspace's expires_after_days.",
    }),
    expires_in_seconds: z.int().min(1).max(MOST_SECONDS).optional(),
    fallback: z
      .strictObject({
        channel: z.enum(["whatsapp", "sms"]),
        ...words,
        after_minutes: z
          .int()
          .min(1)
          .max(MOST_SECONDS / 60)
          .optional()
          .openapi({
            description: "Without a delivery so long after the message was due; none: after a refusal only.",
          }),
      })
      .optional()
      .openapi({ description: "Goes out once, on the other channel, where the message does not arrive." }),
  })
  .openapi("NewMessage", {
    example: {
      channel: "sms",
      to: "+573105550199",
      body: "Hola {name|amigo}, tu código es {code}.",
      variables: { code: "4821" },
      expires_in_seconds: 600,
    },
  });
export type NewMessage = z.infer<typeof NewMessage>;

export const SettleBody = z
  .strictObject({
    outcome: z.enum(["sent", "not_sent"]).openapi({
      description: "What the provider's log shows. `not_sent` lets the message go out again.",
    }),
    provider_sid: z
      .string()
      .regex(/^(SM|MM)[0-9a-f]{32}$/, "must be a message SID: SM or MM and 32 hexadecimal digits")
      .optional()
      .openapi({ description: "The provider's id of the message, where it was sent." }),
    note: text(1000).openapi({ description: "How you know." }),
  })
  .openapi("MessageSettlement", {
    example: { outcome: "not_sent", note: "Not in the message log of the provider's console" },
  });
