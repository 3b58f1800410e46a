import { z } from "@hono/zod-openapi";
import { Id, Timestamp, text } from "./schemas.ts";

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
  })
  .openapi("Message");

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
  .refine((body) => body.outcome === "sent" || body.provider_sid === undefined, {
    path: ["provider_sid"],
    error: "belongs to a message that was sent",
  })
  .openapi("MessageSettlement", {
    example: { outcome: "not_sent", note: "Not in the message log of the provider's console" },
  });
