import { z } from "@hono/zod-openapi";
import { readCampaignFigures } from "../../db/campaignFigures.ts";
import { deliveryRate, engagementScore, readRate, replyRate, responseRate } from "../../domain/rates.ts";
import { CAMPAIGN_STATES } from "../../domain/receipts.ts";
import { existingCampaign } from "../campaignMoves.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, Rate } from "../schemas.ts";

const count = z.int();

const CampaignAnalytics = z
  .object({
    campaign_id: Id,
    campaign_name: z.string(),
    status: z.enum(CAMPAIGN_STATES),
    analytics: z.object({
      total_messages: count.openapi({
        description: "All that went out: those that the provider has answered about, refused ones too.",
      }),
      delivered_count: count,
      read_count: count.openapi({ description: "By read receipt; e-mails that somebody opened." }),
      replied_count: count.openapi({ description: "People, once." }),
      failed_count: count,
      clicked_count: count.openapi({ description: "Messages of which a link was clicked." }),
      leads_generated: count.openapi({
        description: "People who became a qualified lead within seven days of answering it.",
      }),
      response_rate: Rate.openapi({ description: "replied / total" }),
      delivery_rate: Rate.openapi({ description: "delivered / total" }),
      read_rate: Rate.openapi({ description: "read / delivered" }),
      reply_rate: Rate.openapi({ description: "replied / delivered" }),
      engagement_score: Rate.openapi({
        description: "0 to 100: 0.2 delivery + 0.3 read + 0.5 min(100, 4 × reply).",
      }),
    }),
  })
  .openapi("CampaignAnalytics");

/** How a campaign did. */
export const campaignAnalyticsRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "getCampaignAnalytics",
      method: "get",
      path: "/v1/analytics/campaigns/{id}",
      tag: "Analytics",
      summary: "Show how a campaign did, as it stands now",
      description: "Rates are percent with one decimal; null where there is nothing to compare with.",
      params: IdParams,
      answer: CampaignAnalytics,
    },
    async ({ tx, auth, params: { id } }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      const figures = await readCampaignFigures(tx, auth.workspaceId, id);
      return {
        campaign_id: id,
        campaign_name: campaign.name,
        status: campaign.state,
        analytics: {
          total_messages: figures.sent,
          delivered_count: figures.delivered,
          read_count: figures.read,
          replied_count: figures.replied,
          failed_count: figures.failed,
          clicked_count: figures.clicked,
          leads_generated: figures.leads,
          response_rate: responseRate(figures),
          delivery_rate: deliveryRate(figures),
          read_rate: readRate(figures),
          reply_rate: replyRate(figures),
          engagement_score: engagementScore(figures),
        },
      };
    },
  );
};
