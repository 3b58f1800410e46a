import { type Insertable, sql } from "kysely";
import { PAUSES_FROM, UNWATCHED, type Watch, type WatchState } from "../domain/banRiskWatch.ts";
import type { SenderRisk } from "../domain/banRiskSender.ts";
import { type CampaignRow, moveCampaign } from "./campaigns.ts";
import type { Db, Tx } from "./connect.ts";
import type { Alerts, SenderRisks } from "./schema.ts";

export function findSenderRisk(db: Db, workspaceId: string, senderId: string) {
  return db
    .selectFrom("sender_risks")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("sender_id", "=", senderId)
    .executeTakeFirst();
}

type Of = { workspaceId: string; senderId: string };

/** How a sender is watched, locked until the transaction ends: a check and an operator's word come one after the other. */
export async function lockWatch(tx: Tx, { workspaceId, senderId }: Of): Promise<Watch> {
  const row = await tx
    .selectFrom("sender_risks")
    .select(["state", "braked_at", "calm_since", "override_until"])
    .where("workspace_id", "=", workspaceId)
    .where("sender_id", "=", senderId)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? UNWATCHED : { ...row, state: row.state as WatchState };
}

/** Writes what a check found; an operator's override stands beside it untouched. */
export async function writeRisk(
  tx: Tx,
  { workspaceId, senderId }: Of,
  { metrics, ...risk }: SenderRisk,
  watch: Omit<Watch, "override_until"> & { assessed_at: Date },
): Promise<void> {
  const row: Insertable<SenderRisks> = {
    workspace_id: workspaceId,
    sender_id: senderId,
    ...risk,
    metrics: JSON.stringify(metrics),
    ...watch,
  };
  const { workspace_id: _workspace, sender_id: _sender, ...change } = row;
  await tx
    .insertInto("sender_risks")
    .values(row)
    .onConflict((conflict) => conflict.column("sender_id").doUpdateSet(change))
    .execute();
}

/** An operator's word that nothing is to be paused for a while; the brake, if there is one, is let go. */
export async function overrideRisk(
  tx: Tx,
  { workspaceId, senderId }: Of,
  by: { keyId: string; reason: string; until: Date; now: Date },
) {
  const override = {
    override_until: by.until,
    override_reason: by.reason,
    overridden_by: by.keyId,
    state: "watched",
    braked_at: null,
    calm_since: null,
  };
  return tx
    .insertInto("sender_risks")
    .values({
      workspace_id: workspaceId,
      sender_id: senderId,
      risk_score: 0,
      risk_level: "low",
      assessed_at: by.now,
      ...override,
    })
    .onConflict((conflict) => conflict.column("sender_id").doUpdateSet(override))
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Pauses the campaigns that run with rows of this sender; gives those that it paused. */
export async function pauseCampaignsOf(
  tx: Tx,
  { workspaceId, senderId }: Of,
  reason: string,
): Promise<CampaignRow[]> {
  const { rows } = await sql<{ id: string }>`
    select k.id from campaign_senders cs join campaigns k on k.id = cs.campaign_id
    where cs.sender_id = ${senderId} and k.workspace_id = ${workspaceId} and k.state = 'running'
    order by k.id`.execute(tx);
  const paused: CampaignRow[] = [];
  for (const { id } of rows) {
    const campaign = await moveCampaign(tx, workspaceId, id, "paused", { from: ["running"], reason });
    if (campaign !== undefined) paused.push(campaign);
  }
  return paused;
}

export const riskCause = (senderId: string) => `ban_risk:${senderId}`;

/** Says why campaigns were paused and what to do; nothing of any text or person. */
export function riskAlert(
  { workspaceId, senderId }: Of,
  { risk_score, factors, recommendations }: SenderRisk,
  campaignIds: readonly string[],
): Insertable<Alerts> {
  return {
    workspace_id: workspaceId,
    alert_type: "ban_risk",
    severity: "critical",
    cause: riskCause(senderId),
    subject_kind: "sender",
    subject_id: senderId,
    metric_value: risk_score,
    threshold_value: PAUSES_FROM,
    suggestion: `${recommendations.slice(0, 3).join(". ")}. Then resume the campaigns; to go on regardless, POST /v1/senders/{id}/ban-risk/override with a reason.`,
    detail: JSON.stringify({ factors, recommendations, paused_campaign_ids: campaignIds }),
  };
}
