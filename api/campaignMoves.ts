import { type Audience, countAudience, resolveAudience } from "../db/audiences.ts";
import {
  type CampaignRow,
  campaignSenders,
  findCampaign,
  insertCampaign,
  moveCampaign,
} from "../db/campaigns.ts";
import { databaseNow, type Tx } from "../db/connect.ts";
import { insertSequence } from "../db/sequences.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { identifySteps } from "../domain/dripEdit.ts";
import { DomainError } from "../domain/errors.ts";
import type { CampaignState } from "../domain/receipts.ts";
import { wakeCampaign, wakeSender } from "../workflows/handles.ts";
import {
  checkDraft,
  checkStartable,
  columnsOf,
  type NewCampaign,
  refuseWordsOfOthers,
} from "./campaignInput.ts";
import { given } from "./given.ts";
import { checkSteps, sequenceOf } from "./sequenceInput.ts";

export async function existingCampaign(tx: Tx, workspaceId: string, id: string): Promise<CampaignRow> {
  const campaign = await findCampaign(tx, workspaceId, id);
  if (campaign !== undefined) return campaign;
  throw new DomainError("not_found", "There is no such campaign.", { fix: "GET /v1/campaigns lists them." });
}

/** Writes a campaign, and starts it where it asks for that. */
export async function createCampaign(
  tx: Tx,
  auth: { workspaceId: string; keyId: string },
  { start: startsNow, type, channel, sequence, ...input }: NewCampaign,
): Promise<CampaignRow> {
  if (type === "broadcast" && sequence !== undefined)
    throw new DomainError("validation", "Only a campaign of type drip has a sequence.", {
      field: "sequence",
      fix: "Give type: drip, or leave the sequence out.",
    });
  if (type === "broadcast") refuseWordsOfOthers(channel, input);
  const campaign = await insertCampaign(tx, {
    ...given(await columnsOf(tx, auth.workspaceId, input)),
    name: input.name,
    type,
    channel,
    workspace_id: auth.workspaceId,
    created_by: auth.keyId,
  });
  await checkDraft(tx, campaign);
  if (type === "drip") await addSequence(tx, campaign, sequenceOf({ ...input, sequence }), auth.keyId);
  return startsNow ? start(tx, campaign, campaign.scheduled_at) : campaign;
}

/** A state that does not allow it is a conflict that names both. */
export async function move(
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

export async function start(tx: Tx, campaign: CampaignRow, scheduledAt: Date | null): Promise<CampaignRow> {
  await checkStartable(tx, campaign);
  const later = scheduledAt !== null && scheduledAt > (await databaseNow(tx));
  const from: CampaignState[] = ["draft"];
  return later
    ? move(tx, campaign, "scheduled", { from, scheduledAt })
    : move(tx, campaign, "running", { from });
}
