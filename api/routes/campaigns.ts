import { z } from "@hono/zod-openapi";
import {
  type CampaignCounts,
  type CampaignRow,
  countCampaign,
  listCampaigns,
  updateDraft,
} from "../../db/campaigns.ts";
import { dropVariants } from "../../db/campaignVariants.ts";
import { databaseNow } from "../../db/connect.ts";
import type { EmailContent } from "../../domain/email/content.ts";
import { inputOf } from "../../domain/email/writeContent.ts";
import { DomainError } from "../../domain/errors.ts";
import { CAMPAIGN_STATES, type CampaignState } from "../../domain/receipts.ts";
import { CampaignChange, checkDraft, columnsOf, NewCampaign, refuseWordsOfOthers } from "../campaignInput.ts";
import { createCampaign, existingCampaign, move, start } from "../campaignMoves.ts";
import { Campaign, CampaignWithProgress, StartedCampaign } from "../campaignSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { MAX_EMAIL_BYTES } from "../emailInput.ts";
import { given } from "../given.ts";
import { hinderedSenders } from "../hinderedSenders.ts";
import { lookUpDomains, lookUpDomainsOf, mailWarnings, NO_DOMAINS } from "../mailWarnings.ts";
import type { Routes } from "../route.ts";
import { IdParams, Instant, PageQuery, pageOf } from "../schemas.ts";

export const StartCampaign = z
  .strictObject({ scheduled_at: Instant.optional().openapi({ description: "None: now." }) })
  .openapi("StartCampaign", { example: { scheduled_at: "2026-12-01T10:30:00-05:00" } });
const Reschedule = z
  .strictObject({ scheduled_at: Instant })
  .openapi("RescheduleCampaign", { example: { scheduled_at: "2026-12-01T10:30:00-05:00" } });

const Key = z.tuple([z.guid()]);

export const campaignRoutes: Routes = ({ route, consult }, { recordsOf }) => {
  const tag = "Campaigns";

  route(
    {
      operationId: "listCampaigns",
      method: "get",
      path: "/v1/campaigns",
      tag,
      summary: "List the campaigns, newest first",
      query: PageQuery.extend({ state: z.enum(CAMPAIGN_STATES).optional() }),
      answer: pageOf(Campaign),
    },
    async ({ tx, auth, query: { limit, cursor, state } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listCampaigns(tx, auth.workspaceId, { before, limit: limit + 1, state });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  consult(
    {
      operationId: "createCampaign",
      method: "post",
      path: "/v1/campaigns",
      tag,
      summary: "Create a campaign, and start it with start: true",
      body: NewCampaign,
      maxBytes: MAX_EMAIL_BYTES,
      status: 201,
      answer: StartedCampaign,
      errors: ["state_conflict"],
    },
    async (call) => (call.body.start ? lookUpDomains(call, recordsOf, call.body) : NO_DOMAINS),
    async ({ tx, auth, body, consulted: domains, audit }) => {
      const campaign = await createCampaign(tx, auth, body);
      audit({ subject_id: campaign.id, change: { started: body.start } });
      return { ...campaign, warnings: body.start ? await mailWarnings(tx, domains, campaign) : [] };
    },
  );

  route(
    {
      operationId: "getCampaign",
      method: "get",
      path: "/v1/campaigns/{id}",
      tag,
      summary: "One campaign with its progress",
      params: IdParams,
      answer: CampaignWithProgress,
      errors: ["not_found"],
    },
    async ({ tx, auth, params: { id } }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      const counts = await countCampaign(tx, auth.workspaceId, id);
      const email = campaign.email === null ? null : inputOf(campaign.email as unknown as EmailContent);
      return {
        ...campaign,
        email,
        progress: {
          ...counts,
          estimated_end_at: estimatedEnd(campaign, counts),
          hindered_senders: await hinderedSenders(tx, campaign),
        },
      };
    },
  );

  route(
    {
      operationId: "updateCampaign",
      method: "patch",
      path: "/v1/campaigns/{id}",
      tag,
      summary: "Change a draft",
      params: IdParams,
      body: CampaignChange,
      maxBytes: MAX_EMAIL_BYTES,
      answer: Campaign,
      errors: ["not_found", "state_conflict"],
    },
    async ({ tx, auth, params: { id }, body, audit }) => {
      const before = await existingCampaign(tx, auth.workspaceId, id);
      if (before.type === "broadcast") refuseWordsOfOthers(before.channel, body);
      const changed = await updateDraft(
        tx,
        auth.workspaceId,
        id,
        given(await columnsOf(tx, auth.workspaceId, body, before)),
      );
      if (changed === undefined) {
        throw new DomainError(
          "state_conflict",
          `A campaign that is ${before.state} is not a draft any more.`,
          {
            fix: "Cancel it and create another, or pause it.",
          },
        );
      }
      await checkDraft(tx, changed);
      if (body.message_template !== undefined || body.template_id !== undefined)
        await dropVariants(tx, { workspaceId: auth.workspaceId, campaignId: id });
      audit({ subject_id: id, change: { fields: Object.keys(body) } });
      return changed;
    },
  );

  consult(
    {
      operationId: "startCampaign",
      method: "post",
      path: "/v1/campaigns/{id}/start",
      tag,
      summary: "Start a draft, now or at a time",
      description: "POST /v1/campaigns/{id}/preflight gives the same warnings, and more, before it.",
      params: IdParams,
      body: StartCampaign,
      answer: StartedCampaign,
      errors: ["not_found", "state_conflict"],
    },
    (call) => lookUpDomainsOf(call, recordsOf),
    async ({ tx, auth, params: { id }, body, consulted: domains, audit }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      audit({ subject_id: id });
      const warnings = await mailWarnings(tx, domains, campaign);
      return { ...(await start(tx, campaign, body.scheduled_at ?? campaign.scheduled_at)), warnings };
    },
  );

  const command = (name: "pause" | "resume" | "cancel", to: CampaignState, summary: string) =>
    route(
      {
        operationId: `${name}Campaign`,
        method: "post",
        path: `/v1/campaigns/{id}/${name}`,
        tag,
        summary,
        params: IdParams,
        answer: Campaign,
        errors: ["not_found", "state_conflict"],
      },
      async ({ tx, auth, params: { id }, audit }) => {
        const campaign = await existingCampaign(tx, auth.workspaceId, id);
        audit({ subject_id: id });
        if (name !== "resume") return move(tx, campaign, to, { reason: "api" });
        const early = campaign.started_at === null && (campaign.scheduled_at ?? 0) > (await databaseNow(tx));
        return move(tx, campaign, early ? "scheduled" : to, { from: ["paused"] });
      },
    );
  command("pause", "paused", "Pause: nothing more goes out until it is resumed");
  command("resume", "running", "Resume a paused campaign");
  command("cancel", "cancelled", "Cancel for good: what is queued is not sent");

  route(
    {
      operationId: "rescheduleCampaign",
      method: "post",
      path: "/v1/campaigns/{id}/reschedule",
      tag,
      summary: "Give a scheduled campaign another time",
      params: IdParams,
      body: Reschedule,
      answer: Campaign,
      errors: ["not_found", "state_conflict"],
    },
    async ({ tx, auth, params: { id }, body: { scheduled_at }, audit }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      if (scheduled_at <= (await databaseNow(tx))) {
        throw new DomainError("validation", "A campaign cannot be scheduled into the past.", {
          field: "scheduled_at",
          fix: "Give a moment that is still to come, or cancel the schedule and start it now.",
        });
      }
      audit({ subject_id: id });
      return move(tx, campaign, "scheduled", { from: ["scheduled"], scheduledAt: scheduled_at });
    },
  );
};

/** At the rate of the last minute; null where there is none, or nothing is left. */
function estimatedEnd(campaign: CampaignRow, counts: CampaignCounts): Date | null {
  const left = counts.by_state["queued"] ?? 0;
  if (campaign.state !== "running" || left === 0 || counts.per_minute === 0) return null;
  return new Date(Date.now() + (left / counts.per_minute) * 60_000);
}
