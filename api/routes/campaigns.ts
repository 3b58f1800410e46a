import { z } from "@hono/zod-openapi";
import {
  type CampaignCounts,
  type CampaignRow,
  campaignSenders,
  countCampaign,
  findCampaign,
  insertCampaign,
  listCampaigns,
  moveCampaign,
  updateDraft,
} from "../../db/campaigns.ts";
import { type Audience, countAudience, resolveAudience } from "../../db/audiences.ts";
import { databaseNow, type Tx } from "../../db/connect.ts";
import { insertSequence } from "../../db/sequences.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { identifySteps } from "../../domain/dripEdit.ts";
import type { EmailContent } from "../../domain/email/content.ts";
import { inputOf } from "../../domain/email/writeContent.ts";
import { DomainError } from "../../domain/errors.ts";
import { CAMPAIGN_STATES, type CampaignState } from "../../domain/receipts.ts";
import { wakeCampaign, wakeSender } from "../../workflows/handles.ts";
import {
  Campaign,
  CampaignChange,
  CampaignWithProgress,
  checkDraft,
  checkStartable,
  columnsOf,
  NewCampaign,
  refuseWordsOfOthers,
} from "../campaignInput.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { MAX_EMAIL_BYTES } from "../emailInput.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import { IdParams, Instant, PageQuery, pageOf } from "../schemas.ts";
import { checkSteps, sequenceOf } from "../sequenceInput.ts";

const StartCampaign = z
  .strictObject({ scheduled_at: Instant.optional().openapi({ description: "None: now." }) })
  .openapi("StartCampaign", { example: { scheduled_at: "2026-12-01T10:30:00-05:00" } });
const Reschedule = z
  .strictObject({ scheduled_at: Instant })
  .openapi("RescheduleCampaign", { example: { scheduled_at: "2026-12-01T10:30:00-05:00" } });

const Key = z.tuple([z.guid()]);

export async function existingCampaign(tx: Tx, workspaceId: string, id: string): Promise<CampaignRow> {
  const campaign = await findCampaign(tx, workspaceId, id);
  if (campaign !== undefined) return campaign;
  throw new DomainError("not_found", "There is no such campaign.", { fix: "GET /v1/campaigns lists them." });
}

/** A state that does not allow it is a conflict that names both. */
async function move(
  tx: Tx,
  campaign: CampaignRow,
  to: CampaignState,
  change: Parameters<typeof moveCampaign>[4] = {},
): Promise<CampaignRow> {
  const moved = await moveCampaign(tx, campaign.workspace_id, campaign.id, to, change);
  if (moved === undefined) {
    throw new DomainError("state_conflict", `A campaign that is ${campaign.state} cannot become ${to}.`, {
      details: { state: campaign.state },
      fix: "GET the campaign to see its state.",
    });
  }
  // Its senders too: the workflow may not see a pause that was short, and they may have run dry in it.
  const senders = to === "running" ? await campaignSenders(tx, campaign.id) : [];
  const counted = campaign.state === "draft" && campaign.type === "broadcast";
  const people = counted ? await audienceSize(tx, moved) : undefined;
  await oweWake(tx, [wakeCampaign(moved, people), ...senders.map(wakeSender)]);
  return moved;
}

/** For the head of the run in Temporal UI. */
async function audienceSize(tx: Tx, campaign: CampaignRow): Promise<number> {
  return countAudience(tx, await resolveAudience(tx, campaign.workspace_id, campaign.audience as Audience));
}

async function addSequence(
  tx: Tx,
  campaign: CampaignRow,
  { steps: given, settings }: ReturnType<typeof sequenceOf>,
  createdBy: string,
): Promise<void> {
  await checkSteps(tx, campaign, given);
  const { steps, lastId } = identifySteps([], given, 0);
  await insertSequence(tx, campaign, { steps, lastStepId: lastId, settings, createdBy });
}

async function start(tx: Tx, campaign: CampaignRow, scheduledAt: Date | null): Promise<CampaignRow> {
  await checkStartable(tx, campaign);
  const later = scheduledAt !== null && scheduledAt > (await databaseNow(tx));
  const from: CampaignState[] = ["draft"];
  return later
    ? move(tx, campaign, "scheduled", { from, scheduledAt })
    : move(tx, campaign, "running", { from });
}

export const campaignRoutes: Routes = ({ route }) => {
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

  route(
    {
      operationId: "createCampaign",
      method: "post",
      path: "/v1/campaigns",
      tag,
      summary: "Create a campaign, and start it with start: true",
      body: NewCampaign,
      maxBytes: MAX_EMAIL_BYTES,
      status: 201,
      answer: Campaign,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, body: { start: startsNow, type, channel, sequence, ...input }, audit }) => {
      if (type === "broadcast" && sequence !== undefined)
        throw new DomainError("validation", "Only a campaign of type drip has a sequence.", {
          field: "sequence",
          fix: "Give type: drip, or leave the sequence out.",
        });
      if (type === "broadcast") refuseWordsOfOthers(channel, input);
      const campaign = await insertCampaign(tx, {
        ...given(await columnsOf(input)),
        name: input.name,
        type,
        channel,
        workspace_id: auth.workspaceId,
        created_by: auth.keyId,
      });
      audit({ subject_id: campaign.id, change: { started: startsNow } });
      await checkDraft(tx, campaign);
      if (type === "drip") await addSequence(tx, campaign, sequenceOf({ ...input, sequence }), auth.keyId);
      return startsNow ? start(tx, campaign, campaign.scheduled_at) : campaign;
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
        progress: { ...counts, estimated_end_at: estimatedEnd(campaign, counts) },
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
      const changed = await updateDraft(tx, auth.workspaceId, id, given(await columnsOf(body, before)));
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
      audit({ subject_id: id, change: { fields: Object.keys(body) } });
      return changed;
    },
  );

  route(
    {
      operationId: "startCampaign",
      method: "post",
      path: "/v1/campaigns/{id}/start",
      tag,
      summary: "Start a draft, now or at a time",
      params: IdParams,
      body: StartCampaign,
      answer: Campaign,
      errors: ["not_found", "state_conflict"],
    },
    async ({ tx, auth, params: { id }, body, audit }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      audit({ subject_id: id });
      return start(tx, campaign, body.scheduled_at ?? campaign.scheduled_at);
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
