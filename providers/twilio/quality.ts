import type twilio from "twilio";
import type { Quality } from "../../domain/warmup.ts";

/** Twilio's words for Meta's green, yellow and red. */
const RATINGS: Readonly<Record<string, Quality>> = {
  HIGH: "green",
  GREEN: "green",
  MEDIUM: "yellow",
  YELLOW: "yellow",
  LOW: "red",
  RED: "red",
};

/**
 * How WhatsApp rates a number of the account; null where Twilio tells no rating, or none that is known here.
 * Source: https://www.twilio.com/docs/whatsapp/api/senders
 */
export async function qualityOf(client: twilio.Twilio, address: string): Promise<Quality | null> {
  const senders = await client.messaging.v2.channelsSenders.list({ channel: "whatsapp", pageSize: 100 });
  const sender = senders.find(({ senderId }) => senderId === `whatsapp:${address}`);
  return RATINGS[sender?.properties?.qualityRating?.toUpperCase() ?? ""] ?? null;
}
