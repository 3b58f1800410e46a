import { z } from "@hono/zod-openapi";
import {
  type CampaignFigures,
  listCampaignFigures,
  listCampaignsOf,
  readCampaignFigures,
} from "../../db/campaignFigures.ts";
import { deliveryRate, engagementScore, readRate, replyRate, responseRate } from "../../domain/rates.ts";
import { CAMPAIGN_STATES } from "../../domain/receipts.ts";
import { Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import { existingCampaign } from "../campaignMoves.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Rate } from "../schemas.ts";

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

const Key = z.tuple([z.guid()]);

/** How campaigns did. */
export const campaignAnalyticsRoutes: Routes = ({ route }) => {
  const tag = "Analytics";
  route(
    {
      operationId: "listCampaignAnalytics",
      method: "get",
      path: "/v1/analytics/campaigns",
      tag,
      summary: "Show how the campaigns of these days did, as they stand now",
      description:
        "Those that were under way in them, the newest first, each with all that it has sent, not only in these days.",
      query: PageQuery.extend(SpanQuery.shape),
      answer: pageOf(CampaignAnalytics).extend(Span.shape),
    },
    async ({ tx, auth, query: { limit, cursor, ...asked } }) => {
      const span = await spanOf(tx, auth.workspaceId, asked);
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listCampaignsOf(tx, auth.workspaceId, span, { before, limit: limit + 1 });
      const page = pageFrom(rows, limit, (row) => [row.id]);
      const ids = page.data.map(({ id }) => id);
      const figures = await listCampaignFigures(tx, auth.workspaceId, ids);
      return {
        ...span,
        ...page,
        data: page.data.map((row) => shown(row, figures.get(row.id) as CampaignFigures)),
      };
    },
  );

  route(
    {
      operationId: "getCampaignAnalytics",
      method: "get",
      path: "/v1/analytics/campaigns/{id}",
      tag,
      summary: "Show how a campaign did, as it stands now",
      description: "Rates are percent with one decimal; null where there is nothing to compare with.",
      params: IdParams,
      answer: CampaignAnalytics,
    },
    async ({ tx, auth, params: { id } }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      return shown(campaign, await readCampaignFigures(tx, auth.workspaceId, id));
    },
  );
};

const shown = (
  { id, name, state }: { id: string; name: string; state: string },
  figures: CampaignFigures,
) => ({
  campaign_id: id,
  campaign_name: name,
  status: state,
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
});
