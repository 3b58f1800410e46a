import { type RawBuilder, sql } from "kysely";
import type { Canary, CanaryFigures, CanaryPhase, CanaryVerdict } from "../domain/canary.ts";
import { resolveAlert } from "./alerts.ts";
import { type CampaignRow, moveCampaign } from "./campaigns.ts";
import type { Db, Tx } from "./connect.ts";
import { PRIORITIES } from "./outbox.ts";

/** How a campaign's canary stands: campaigns.canary_result, null until the canary begins. */
export interface CanaryResult {
  phase: CanaryPhase;
  picked: number;
  reasons: string[];
  figures: CanaryFigures | null;
  began_at: string | null;
  judged_at: string | null;
  /** Who let the rest go: the limits or an operator. */
  decided_by: "limits" | "operator" | null;
  /** Whether the rest has been let go, to its last row. */
  released: boolean;
}

export const canaryOf = (campaign: CampaignRow) => campaign.canary as Canary | null;
export const canaryResultOf = (campaign: CampaignRow) => campaign.canary_result as CanaryResult | null;

/**
 * The lane in which the rest of a campaign waits while its canary is out: no sender looks into it, so it costs the send
 * path nothing, and its rows are queued like all others to whoever cancels or erases them.
 */
export const heldLane = (campaignId: string): RawBuilder<string> =>
  sql<string>`md5('held until the canary is judged: ' || ${campaignId}::uuid::text)::uuid`;

/** What waits in that lane, along the index of what is due. */
const heldRows = (campaignId: string) => sql`
  m.sender_id in (select sender_id from campaign_senders where campaign_id = ${campaignId})
    and m.priority = ${PRIORITIES.bulk} and m.lane = ${heldLane(campaignId)} and m.due_at is not null`;

/**
 * Lets the canary go, once: a share of what waits, in an order that the campaign's id decides. Gives how many that were,
 * or undefined where it has begun already or the campaign does not run.
 */
export async function beginCanary(
  tx: Tx,
  campaign: CampaignRow,
  canary: Canary,
): Promise<number | undefined> {
  const begun = await writeResult(tx, campaign, sql<boolean>`canary_result is null`, {
    phase: "sending",
    picked: 0,
    reasons: [],
    figures: null,
    began_at: new Date().toISOString(),
    judged_at: null,
    decided_by: null,
    released: false,
  });
  if (!begun) return undefined;
  const most =
    canary.count === undefined
      ? sql`(select ceil(count(*) * ${canary.share ?? 0}::float8 / 100)::bigint from held)`
      : sql`${canary.count}::bigint`;
  const { rows } = await sql<{ n: number }>`
    with held as (
      select m.id, md5(m.campaign_id::text || m.contact_id::text) as turn from messages m where ${heldRows(campaign.id)}
    ), picked as (
      select id from held order by turn, id limit ${most}
    ), locked as (
      select m.id from messages m where m.id in (select id from picked) order by m.id for no key update
    ), gone as (
      update messages m set lane = m.campaign_id from locked where m.id = locked.id and m.due_at is not null returning m.id
    )
    select count(*) as n from gone`.execute(tx);
  const picked = rows[0]?.n ?? 0;
  await writeResult(tx, campaign, sql<boolean>`true`, { picked });
  return picked;
}

/** The canary's figures until its rest is let go: until then its rows are those in the campaign's own lane. */
export async function canaryFigures(
  db: Db,
  campaign: CampaignRow,
): Promise<CanaryFigures & { last_accepted_at: Date | null }> {
  const { rows } = await sql<Omit<CanaryFigures, "picked"> & { last_accepted_at: Date | null }>`
    select count(*) filter (where m.due_at is not null or m.state = 'sending') as open,
      count(*) filter (where m.state in ('accepted', 'sent', 'delivered', 'read', 'failed', 'undelivered')) as sent,
      count(*) filter (where m.state in ('delivered', 'read')) as delivered,
      count(*) filter (where m.state in ('failed', 'undelivered')) as failed,
      count(*) filter (where exists (select from consents c where c.contact_id = m.contact_id
        and c.channel = m.channel and c.state = 'opted_out' and c.at >= m.intended_at)) as opted_out,
      max(m.accepted_at) as last_accepted_at
    from messages m
    where m.campaign_id = ${campaign.id} and m.workspace_id = ${campaign.workspace_id} and m.lane = m.campaign_id
      and (m.due_at is not null or m.intended_at is not null)`.execute(db);
  const [figures] = rows;
  if (figures === undefined) throw new Error("A query without groups gives one row");
  return { picked: canaryResultOf(campaign)?.picked ?? 0, ...figures };
}

/** Writes what the limits say, unless an operator or another judge was first; a canary that did harm pauses the campaign. */
export async function concludeCanary(
  tx: Tx,
  campaign: CampaignRow,
  verdict: CanaryVerdict,
  figures: CanaryFigures,
): Promise<boolean> {
  const written = await writeResult(tx, campaign, sql<boolean>`canary_result ->> 'phase' = 'sending'`, {
    ...verdict,
    figures,
    judged_at: new Date().toISOString(),
    ...(verdict.phase === "continued" && { decided_by: "limits" }),
  });
  if (written && verdict.phase === "stopped") {
    const reason = `${PAUSED_BY} ${verdict.reasons.join(", ")}`;
    await moveCampaign(tx, campaign.workspace_id, campaign.id, "paused", { from: ["running"], reason });
  }
  return written;
}

/** What an alert about a campaign's canary is known by. */
export const canaryCause = (campaignId: string) => `canary:${campaignId}`;

const PAUSED_BY = "canary:";

/**
 * An operator lets the rest go, also before the canary is judged; the campaign runs again where its canary had paused
 * it. Undefined where it has no canary, has ended, or the rest is going already.
 */
export async function continueCanary(
  tx: Db,
  workspaceId: string,
  campaignId: string,
  keyId: string | null = null,
): Promise<CampaignRow | undefined> {
  const fresh: CanaryResult = {
    phase: "continued",
    picked: 0,
    reasons: [],
    figures: null,
    began_at: null,
    judged_at: null,
    decided_by: "operator",
    released: false,
  };
  const decided = await tx
    .updateTable("campaigns")
    .set({
      canary_result: sql`${JSON.stringify(fresh)}::jsonb || coalesce(canary_result, '{}')
        || '{"phase": "continued", "decided_by": "operator"}'`,
      updated_at: sql`now()`,
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", campaignId)
    .where("canary", "is not", null)
    .where("state", "in", ["scheduled", "running", "paused"])
    .where(sql<boolean>`coalesce(canary_result ->> 'phase', '') <> 'continued'`)
    .returningAll()
    .executeTakeFirst();
  if (decided === undefined) return undefined;
  await resolveAlert(tx, workspaceId, canaryCause(campaignId), keyId);
  if (decided.state !== "paused" || decided.state_reason?.startsWith(PAUSED_BY) !== true) return decided;
  return (await moveCampaign(tx, workspaceId, campaignId, "running", { from: ["paused"] })) ?? decided;
}

/** Lets a batch of the rest go; 0 when nothing waits any more. */
export async function releaseHeld(db: Db, campaignId: string, limit: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with batch as (
      select m.id from messages m where ${heldRows(campaignId)} order by m.id limit ${limit} for no key update
    ), gone as (
      update messages m set lane = m.campaign_id from batch where m.id = batch.id returning m.id
    )
    select count(*) as n from gone`.execute(db);
  return rows[0]?.n ?? 0;
}

export async function markReleased(db: Db, campaign: { id: string; workspace_id: string }): Promise<void> {
  await writeResult(db, campaign, sql<boolean>`canary_result ->> 'phase' = 'continued'`, { released: true });
}

async function writeResult(
  db: Db,
  campaign: { id: string; workspace_id: string },
  where: RawBuilder<boolean>,
  change: Partial<CanaryResult>,
): Promise<boolean> {
  const row = await db
    .updateTable("campaigns")
    .set({
      canary_result: sql`coalesce(canary_result, '{}') || ${JSON.stringify(change)}::jsonb`,
      updated_at: sql`now()`,
    })
    .where("workspace_id", "=", campaign.workspace_id)
    .where("id", "=", campaign.id)
    .where("state", "=", "running")
    .where(where)
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}
