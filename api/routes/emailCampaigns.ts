import { z } from "@hono/zod-openapi";
import { type CampaignRow, listCampaigns } from "../../db/campaigns.ts";
import { countCampaignMail } from "../../db/emailFigures.ts";
import type { Tx } from "../../db/connect.ts";
import { DomainError } from "../../domain/errors.ts";
import { bounceRate, deliveryRate, percent } from "../../domain/rates.ts";
import type { CampaignState } from "../../domain/receipts.ts";
import { NewCampaign } from "../campaignInput.ts";
import { createCampaign, existingCampaign, start } from "../campaignMoves.ts";
import { Campaign, StartedCampaign } from "../campaignSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { emailExample, MAX_EMAIL_BYTES } from "../emailInput.ts";
import { HinderedSenders, hinderedSenders } from "../hinderedSenders.ts";
import { lookUpDomains, lookUpDomainsOf, mailWarnings, NO_DOMAINS } from "../mailWarnings.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Rate } from "../schemas.ts";
import { StartCampaign } from "./campaigns.ts";

/** What a campaign's state is called for e-mail. */
const STATUS: Partial<Record<CampaignState, string>> = { running: "sending", completed: "sent" };

const NewEmailCampaign = NewCampaign.omit({ channel: true, message_template: true }).openapi(
  "NewEmailCampaign",
  {
    example: {
      name: "Altos de Los Rosales",
      email: emailExample,
      list_ids: ["0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20"],
      start: true,
    },
  },
);
const called = {
  status: z.string().openapi({
    description: "draft, scheduled, sending, sent, failed; paused and cancelled as they are.",
    example: "sending",
  }),
};
const EmailCampaign = Campaign.extend(called).openapi("EmailCampaign");
const StartedEmailCampaign = StartedCampaign.extend(called).openapi("StartedEmailCampaign");

const count = z.int();
const Analytics = z
  .object({
    campaign_id: Id,
    campaign_name: z.string(),
    status: z.string(),
    total_recipients: count,
    total_sent: count.openapi({ description: "Accepted by the provider." }),
    total_delivered: count,
    total_opened: count.openapi({
      description: "People who opened it, each once; programs are not among them.",
    }),
    total_machine_opened: count.openapi({
      description: "Opened only by programs that fetch pictures for everybody: in no rate.",
    }),
    total_clicked: count,
    total_bounced: count,
    total_failed: count,
    total_complained: count,
    total_unsubscribed: count,
    total_deferred: count,
    opens: count.openapi({ description: "How often, by people." }),
    clicks: count.openapi({ description: "How often." }),
    delivery_rate: Rate,
    open_rate: Rate,
    click_rate: Rate,
    click_to_open_rate: Rate,
    bounce_rate: Rate,
    complaint_rate: Rate,
    unsubscribe_rate: Rate,
    hindered_senders: HinderedSenders,
  })
  .openapi("EmailCampaignAnalytics");

const Key = z.tuple([z.guid()]);

/** Campaigns by e-mail: the same resource as /v1/campaigns, as those know it who come from programs for newsletters. */
export const emailCampaignRoutes: Routes = ({ route, consult }, { recordsOf }) => {
  const tag = "E-mail";

  route(
    {
      operationId: "listEmailCampaigns",
      method: "get",
      path: "/v1/email/campaigns",
      tag,
      summary: "List the campaigns by e-mail, newest first",
      query: PageQuery,
      answer: pageOf(EmailCampaign),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listCampaigns(tx, auth.workspaceId, { before, limit: limit + 1, channel: "email" });
      return pageFrom(rows.map(shown), limit, (row) => [row.id]);
    },
  );

  consult(
    {
      operationId: "createEmailCampaign",
      method: "post",
      path: "/v1/email/campaigns",
      tag,
      summary: "Create a campaign by e-mail, and send it with start: true",
      description: "As POST /v1/campaigns with channel: email.",
      body: NewEmailCampaign,
      maxBytes: MAX_EMAIL_BYTES,
      status: 201,
      answer: StartedEmailCampaign,
      errors: ["state_conflict"],
    },
    async (call) =>
      call.body.start ? lookUpDomains(call, recordsOf, { ...call.body, channel: "email" }) : NO_DOMAINS,
    async ({ tx, auth, body, consulted: domains, audit }) => {
      const campaign = await createCampaign(tx, auth, { ...body, channel: "email" });
      audit({ subject_id: campaign.id, change: { started: body.start } });
      return { ...shown(campaign), warnings: body.start ? await mailWarnings(tx, domains, campaign) : [] };
    },
  );

  route(
    {
      operationId: "getEmailCampaign",
      method: "get",
      path: "/v1/email/campaigns/{id}",
      tag,
      summary: "One campaign by e-mail",
      description:
        "GET /v1/campaigns/{id} has its content and progress, /links, /domains and /events what came of it.",
      params: IdParams,
      answer: EmailCampaign,
      errors: ["not_found"],
    },
    async ({ tx, auth, params: { id } }) => shown(await existing(tx, auth.workspaceId, id)),
  );

  consult(
    {
      operationId: "sendEmailCampaign",
      method: "post",
      path: "/v1/email/campaigns/{id}/send",
      tag,
      summary: "Send a draft, now or at a time",
      description: "As POST /v1/campaigns/{id}/start.",
      params: IdParams,
      body: StartCampaign,
      answer: StartedEmailCampaign,
      errors: ["not_found", "state_conflict"],
    },
    (call) => lookUpDomainsOf(call, recordsOf),
    async ({ tx, auth, params: { id }, body, consulted: domains, audit }) => {
      const campaign = await existing(tx, auth.workspaceId, id);
      audit({ subject_id: id });
      const warnings = await mailWarnings(tx, domains, campaign);
      return {
        ...shown(await start(tx, campaign, body.scheduled_at ?? campaign.scheduled_at)),
        warnings,
      };
    },
  );

  route(
    {
      operationId: "getEmailCampaignAnalytics",
      method: "get",
      path: "/v1/email/campaigns/{id}/analytics",
      tag,
      summary: "What became of a campaign's e-mails",
      params: IdParams,
      answer: Analytics,
      errors: ["not_found"],
    },
    async ({ tx, auth, params: { id } }) => {
      const campaign = await existing(tx, auth.workspaceId, id);
      const { opens, clicks, ...counted } = await countCampaignMail(tx, auth.workspaceId, id);
      const totals = Object.fromEntries(Object.entries(counted).map(([name, n]) => [`total_${name}`, n]));
      const { delivered, opened } = counted;
      return {
        campaign_id: id,
        campaign_name: campaign.name,
        status: statusOf(campaign),
        ...(totals as { [K in keyof typeof counted as `total_${K}`]: number }),
        opens,
        clicks,
        delivery_rate: deliveryRate(counted),
        open_rate: percent(opened, delivered),
        click_rate: percent(counted.clicked, delivered),
        click_to_open_rate: percent(counted.clicked, opened),
        bounce_rate: bounceRate(counted),
        complaint_rate: percent(counted.complained, delivered),
        unsubscribe_rate: percent(counted.unsubscribed, delivered),
        hindered_senders: await hinderedSenders(tx, campaign),
      };
    },
  );
};

async function existing(tx: Tx, workspaceId: string, id: string): Promise<CampaignRow> {
  const campaign = await existingCampaign(tx, workspaceId, id);
  if (campaign.channel === "email") return campaign;
  throw new DomainError("not_found", "There is no such campaign by e-mail.", {
    fix: "GET /v1/email/campaigns lists them.",
  });
}

const statusOf = ({ state }: CampaignRow) => STATUS[state as CampaignState] ?? state;
const shown = (campaign: CampaignRow) => ({ ...campaign, status: statusOf(campaign) });
