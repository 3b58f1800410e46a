import { z } from "@hono/zod-openapi";
import { findSpan, type Span as ReadSpan, type SpanAsked } from "../db/analyticsSpan.ts";
import type { Tx } from "../db/connect.ts";
import type { SentFilter } from "../db/sentMessages.ts";
import { DomainError } from "../domain/errors.ts";
import { isTimeZone } from "../domain/localTime.ts";
import {
  deliveryRate,
  engagementScore,
  failureRate,
  readRate,
  replyRate,
  responseRate,
  type SentFigures,
} from "../domain/rates.ts";
import { Id, Rate, Timestamp } from "./schemas.ts";
import { CHANNELS } from "./templateInput.ts";

const MOST_DAYS = 90;

export const MessageChannel = z.enum(CHANNELS);

/** Which days are looked at. */
export const SpanQuery = z.object({
  days: z.coerce.number().int().min(1).max(MOST_DAYS).default(7).openapi({
    type: "integer",
    minimum: 1,
    maximum: MOST_DAYS,
    default: 7,
    description: "Local days, today or `until` the last of them.",
  }),
  until: z.iso
    .date("must be a day, such as 2026-11-20")
    .optional()
    .openapi({ description: "The last day; none: today.", example: "2026-11-20" }),
  time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, "must be a zone of the IANA database, such as America/Bogota")
    .optional()
    .openapi({ description: "Whose days they are; none: the workspace's.", example: "America/Bogota" }),
});

/** Which days, and what of all that went out in them. */
export const SentQuery = SpanQuery.extend({ channel: MessageChannel.optional(), sender_id: Id.optional() });

/** Which days were looked at. */
export const Span = z.object({
  time_zone: z.string().openapi({ example: "America/Mexico_City" }),
  from: Timestamp.openapi({ description: "The first local midnight." }),
  to: Timestamp.openapi({ description: "Not included: now, or the local midnight after `until`." }),
});

export const count = (description?: string) =>
  z.int().openapi(description === undefined ? { example: 120 } : { description, example: 120 });

/** Figures of what went out in a span. */
export const SentCounts = z.object({
  sent: count("All that went out: those that the provider has answered about, refused ones too."),
  delivered: count("An answer proves it, where no receipt came."),
  read: count("By read receipt; e-mails that somebody opened."),
  replied: count("People, once."),
  failed: count(),
});

export const SentRates = z.object({
  delivery_rate: Rate.openapi({ description: "delivered / sent" }),
  read_rate: Rate.openapi({ description: "read / delivered" }),
  reply_rate: Rate.openapi({ description: "replied / delivered" }),
  response_rate: Rate.openapi({ description: "replied / sent" }),
  failure_rate: Rate.openapi({ description: "failed / sent" }),
  engagement_score: Rate.openapi({
    description: "0 to 100: 0.2 delivery + 0.3 read + 0.5 min(100, 4 × reply).",
  }),
});

/** A local day. */
export const DayFigures = SentCounts.extend({
  day: z.iso.date().openapi({ example: "2026-11-20" }),
  received: count(),
  ...SentRates.shape,
}).openapi("DayFigures");

/** One of our numbers on a channel. */
export const NumberAnalytics = SentCounts.extend({
  sender_id: Id,
  number: z.string().openapi({ example: "+573001234567" }),
  channel: z.enum(["whatsapp", "sms"]),
  name: z.string().nullable(),
  status: z.string(),
  received: count(),
  ...SentRates.shape,
}).openapi("NumberAnalytics");

export const ratesOf = (figures: SentFigures) => ({
  delivery_rate: deliveryRate(figures),
  read_rate: readRate(figures),
  reply_rate: replyRate(figures),
  response_rate: responseRate(figures),
  failure_rate: failureRate(figures),
  engagement_score: engagementScore(figures),
});

export const filterOf = ({ channel, sender_id }: z.infer<typeof SentQuery>): SentFilter => ({
  channel,
  senderIds: sender_id === undefined ? undefined : [sender_id],
});

/** @throws DomainError `not_found` where the workspace is gone. */
export async function spanOf(tx: Tx, workspaceId: string, asked: SpanAsked): Promise<ReadSpan> {
  const span = await findSpan(tx, workspaceId, asked);
  if (span === undefined) throw new DomainError("not_found", "The workspace is gone.");
  return span;
}
