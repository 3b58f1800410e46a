import { z } from "@hono/zod-openapi";
import { type CampaignRow, campaignSenders } from "../db/campaigns.ts";
import type { Tx } from "../db/connect.ts";
import { hindranceOf } from "../domain/senderHindrance.ts";
import { Id, Timestamp } from "./schemas.ts";

export const HinderedSenders = z
  .array(
    z.object({
      sender_id: Id,
      effect: z.enum(["waits", "slowed"]).openapi({
        description: "waits: it sends nothing of this campaign at present; slowed: less than it could.",
      }),
      why: z.string(),
      since: Timestamp.nullable(),
    }),
  )
  .openapi({
    description:
      "Of the senders that have its people, those that are paused or stopped, or whose e-mail is complained about (GET /v1/senders/{id}/health).",
    example: [
      {
        sender_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20",
        effect: "slowed",
        why: "sends at 25 % of its hourly budget while its e-mail is complained about",
        since: "2026-11-27T15:00:00.000Z",
      },
    ],
  });

/** The senders of a campaign that do not send it at their full pace, and why; none once it is over. */
export async function hinderedSenders(
  tx: Tx,
  campaign: CampaignRow,
): Promise<z.infer<typeof HinderedSenders>> {
  const senders = await campaignSenders(tx, campaign.id);
  return senders.flatMap((sender) => {
    const hindrance = hindranceOf(sender, campaign);
    return hindrance === undefined ? [] : [{ sender_id: sender.id, ...hindrance }];
  });
}
