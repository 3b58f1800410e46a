import { heartbeat, Context } from "@temporalio/activity";
import { openAlert } from "../db/alerts.ts";
import { type CampaignRow, campaignSenders } from "../db/campaigns.ts";
import {
  beginCanary,
  canaryCause,
  canaryFigures,
  canaryOf,
  canaryResultOf,
  concludeCanary,
  markReleased,
  releaseHeld,
} from "../db/canary.ts";
import { inTransaction } from "../db/connect.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { type Canary, type CanaryFigures, type CanaryPhase, judgeCanary } from "../domain/canary.ts";
import { wakeSender } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

/** How the canary of a planned campaign stands. */
export interface CanaryLook {
  phase: CanaryPhase;
  figures: CanaryFigures | null;
  reasons: string[];
  /** ISO 8601; null while some of the canary are still to be sent, and once it is judged. */
  judgeAt: string | null;
  waitMs: number | null;
  /** The rest may go and has not been let go yet. */
  releasing: boolean;
}

/**
 * Takes the canary's next step where it is due: lets it go once all is planned, and judges it when it has been waited
 * for. True where the campaign's row has changed.
 */
export async function stepCanary(deps: ActivityDeps, campaign: CampaignRow, now: Date): Promise<boolean> {
  const canary = canaryOf(campaign);
  if (canary === null || campaign.state !== "running" || campaign.planned_at === null) return false;
  const result = canaryResultOf(campaign);
  if (result === null)
    return (await inTransaction(deps.db, (tx) => beginCanary(tx, campaign, canary))) !== undefined;
  if (result.phase !== "sending") return false;

  const { last_accepted_at, ...figures } = await canaryFigures(deps.db, campaign);
  const judgeAt = judgeTime(canary, figures, last_accepted_at);
  if (judgeAt === null || judgeAt > now.getTime()) return false;
  const verdict = judgeCanary(canary, figures);
  return inTransaction(deps.db, async (tx) => {
    const concluded = await concludeCanary(tx, campaign, verdict, figures);
    if (concluded && verdict.phase !== "continued") await openAlert(tx, canaryAlert(campaign, verdict));
    return concluded;
  });
}

/** Null while some are still to be sent. One that nobody accepted is judged at once. */
function judgeTime(canary: Canary, figures: CanaryFigures, lastAcceptedAt: Date | null): number | null {
  if (figures.open > 0) return null;
  return (lastAcceptedAt?.getTime() ?? Number.NEGATIVE_INFINITY) + canary.wait_minutes * 60_000;
}

const canaryAlert = (campaign: CampaignRow, { phase, reasons }: ReturnType<typeof judgeCanary>) => ({
  workspace_id: campaign.workspace_id,
  alert_type: "canary",
  severity: phase === "stopped" ? "high" : "medium",
  cause: canaryCause(campaign.id),
  subject_kind: "campaign",
  subject_id: campaign.id,
  suggestion: "Look at what came back, then POST /v1/campaigns/{id}/canary with continue or cancel.",
  detail: JSON.stringify({ reasons }),
});

export async function lookAtCanary(
  deps: ActivityDeps,
  campaign: CampaignRow,
  now: Date,
): Promise<CanaryLook | null> {
  const canary = canaryOf(campaign);
  const result = canaryResultOf(campaign);
  if (canary === null || result === null) return null;
  const { phase, reasons } = result;
  const releasing =
    phase === "continued" && !result.released && campaign.state === "running" && campaign.planned_at !== null;
  const judged = { phase, reasons, figures: result.figures, judgeAt: null, waitMs: null, releasing };
  if (phase !== "sending") return judged;
  const { last_accepted_at, ...figures } = await canaryFigures(deps.db, campaign);
  const at = judgeTime(canary, figures, last_accepted_at);
  if (at === null || !Number.isFinite(at)) return { ...judged, figures };
  const judgeAt = new Date(at).toISOString();
  return { ...judged, figures, judgeAt, waitMs: Math.max(0, at - now.getTime()) };
}

const BATCH = 5_000;

/** Lets the rest go, in batches, and tells its senders. What is interrupted goes on where it was. */
export async function releaseRest(deps: ActivityDeps, campaign: CampaignRow): Promise<number> {
  let released = 0;
  for (;;) {
    const batch = await releaseHeld(deps.db, campaign.id, BATCH);
    released += batch;
    heartbeat({ released });
    Context.current().cancellationSignal.throwIfAborted();
    if (batch === 0) break;
  }
  const senders = await campaignSenders(deps.db, campaign.id);
  await inTransaction(deps.db, async (tx) => {
    await markReleased(tx, campaign);
    await oweWake(tx, senders.map(wakeSender));
  });
  deps.kick();
  return released;
}
