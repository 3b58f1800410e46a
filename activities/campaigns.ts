import { Context, heartbeat } from "@temporalio/activity";
import {
  type CampaignCounts,
  type CampaignRow,
  campaignSenders,
  cancelRemaining,
  closeLanes,
  completeCampaign,
  countCampaign,
  findCampaign,
  moveCampaign,
} from "../db/campaigns.ts";
import { continueCanary } from "../db/canary.ts";
import { databaseNow, inTransaction } from "../db/connect.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import type { CampaignState } from "../domain/receipts.ts";
import { hindranceOf } from "../domain/senderHindrance.ts";
import { type CampaignInput, wakeSender } from "../workflows/handles.ts";
import { type CanaryLook, lookAtCanary, releaseRest, stepCanary } from "./canary.ts";
import { beating } from "./beating.ts";
import type { ActivityDeps } from "./deps.ts";

/** What the campaign's workflow goes by: the row, after every step that was due has been taken. */
export interface CampaignLook {
  state: CampaignState;
  reason: string | null;
  /** ISO 8601; only where the campaign waits for its time. */
  startsAt: string | null;
  waitMs: number;
  planned: boolean;
  counts: CampaignCounts;
  /** Why senders of this campaign do not send at present. */
  idleSenders: string[];
  /** Null where it has none or is not planned yet. */
  canary: CanaryLook | null;
}

export type CampaignCommand = "pause" | "resume" | "cancel" | "canary_continue";

export function campaignActivities(deps: ActivityDeps) {
  return {
    /** Takes the steps that are due (its time has come, nothing is open any more) and says how the campaign stands. */
    lookAtCampaign: beating(async (input: CampaignInput): Promise<CampaignLook> => {
      const campaign = await findCampaign(deps.db, input.workspaceId, input.campaignId);
      if (campaign === undefined) throw new Error("The campaign of this workflow does not exist");
      const clock = await databaseNow(deps.db);
      const stepped = await stepDue(deps, campaign, clock);
      const moved = await stepCanary(deps, stepped, clock);
      const now = moved ? await findCampaign(deps.db, input.workspaceId, input.campaignId) : stepped;
      return lookOf(deps, now ?? stepped, clock);
    }),

    /** An operator's word from Temporal UI; the API writes the same through the same function. */
    commandCampaign: beating(async (input: CampaignInput, command: CampaignCommand): Promise<boolean> => {
      if (command === "canary_continue")
        return (await continueCanary(deps.db, input.workspaceId, input.campaignId)) !== undefined;
      const to = ({ pause: "paused", resume: "running", cancel: "cancelled" } as const)[command];
      const moved = await moveCampaign(deps.db, input.workspaceId, input.campaignId, to, {
        ...(command === "resume" && { from: ["paused" as const] }),
        reason: command === "resume" ? null : "operator",
      });
      return moved !== undefined;
    }),

    /** Another time for a campaign that has not begun; false where it is not scheduled any more. */
    rescheduleCampaign: beating(async (input: CampaignInput, at: string): Promise<boolean> => {
      const moved = await moveCampaign(deps.db, input.workspaceId, input.campaignId, "scheduled", {
        from: ["scheduled"],
        scheduledAt: new Date(at),
      });
      return moved !== undefined;
    }),

    /** Senders hear that a campaign is theirs to send (again). */
    wakeCampaignSenders: beating(async (input: CampaignInput): Promise<number> => {
      const senders = await campaignSenders(deps.db, input.campaignId);
      await inTransaction(deps.db, (tx) => oweWake(tx, senders.map(wakeSender)));
      deps.kick();
      return senders.length;
    }),

    /** What a cancelled campaign has left queued ends as cancelled, in batches. */
    cancelQueuedMessages: beating(async (input: CampaignInput): Promise<number> => {
      let cancelled = 0;
      for (;;) {
        const batch = await cancelRemaining(deps.db, input.campaignId, 5_000);
        cancelled += batch;
        heartbeat({ cancelled });
        Context.current().cancellationSignal.throwIfAborted();
        if (batch === 0) return cancelled;
      }
    }),

    /** The rest of a campaign whose canary did well, or whom an operator lets go. */
    releaseCanaryRest: beating(async (input: CampaignInput): Promise<number> => {
      const campaign = await findCampaign(deps.db, input.workspaceId, input.campaignId);
      return campaign === undefined ? 0 : releaseRest(deps, campaign);
    }),

    closeCampaign: beating(async (input: CampaignInput): Promise<void> => {
      await closeLanes(deps.db, input.campaignId);
    }),
  };
}

/** A scheduled campaign whose time has come runs; a running one that is planned and has nothing open is completed. */
async function stepDue(deps: ActivityDeps, campaign: CampaignRow, clock: Date): Promise<CampaignRow> {
  if (campaign.state === "scheduled" && waitOf(campaign, clock) <= 0) {
    const started = await moveCampaign(deps.db, campaign.workspace_id, campaign.id, "running", {
      from: ["scheduled"],
    });
    return started ?? campaign;
  }
  if (campaign.state === "running" && campaign.planned_at !== null) {
    const completed = await inTransaction(deps.db, (tx) =>
      completeCampaign(tx, campaign.workspace_id, campaign.id),
    );
    return completed ?? campaign;
  }
  return campaign;
}

const waitOf = (campaign: CampaignRow, clock: Date) =>
  (campaign.scheduled_at?.getTime() ?? 0) - clock.getTime();

async function lookOf(deps: ActivityDeps, campaign: CampaignRow, clock: Date): Promise<CampaignLook> {
  const senders = await campaignSenders(deps.db, campaign.id);
  return {
    state: campaign.state as CampaignState,
    reason: campaign.state_reason,
    startsAt: campaign.state === "scheduled" ? (campaign.scheduled_at?.toISOString() ?? null) : null,
    waitMs: Math.max(0, waitOf(campaign, clock)),
    planned: campaign.planned_at !== null,
    counts: await countCampaign(deps.db, campaign.workspace_id, campaign.id),
    canary: await lookAtCanary(deps, campaign, clock),
    idleSenders: senders.flatMap((sender) => {
      const hindrance = hindranceOf(sender, campaign);
      return hindrance?.effect === "waits" ? [`${sender.id}: ${hindrance.why}`] : [];
    }),
  };
}
