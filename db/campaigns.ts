import { type Insertable, sql, type Updateable } from "kysely";
import { type CampaignState, campaignStatesBefore } from "../domain/receipts.ts";
import { DEFAULT_SETTINGS } from "../domain/settings.ts";
import type { Db, Tx } from "./connect.ts";
import type { Campaigns } from "./schema.ts";

export function insertCampaign(tx: Tx, campaign: Insertable<Campaigns>) {
  return tx.insertInto("campaigns").values(campaign).returningAll().executeTakeFirstOrThrow();
}

export function findCampaign(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("campaigns")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
}

export type CampaignRow = NonNullable<Awaited<ReturnType<typeof findCampaign>>>;

/** Newest first, behind the id of the last one seen. */
export function listCampaigns(
  db: Db,
  workspaceId: string,
  page: {
    before?: string | undefined;
    limit: number;
    state?: string | undefined;
    channel?: string | undefined;
  },
) {
  let query = db.selectFrom("campaigns").selectAll().where("workspace_id", "=", workspaceId);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.state !== undefined) query = query.where("state", "=", page.state);
  if (page.channel !== undefined) query = query.where("channel", "=", page.channel);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** Changes a draft; undefined where it is none any more. */
export function updateDraft(tx: Tx, workspaceId: string, id: string, change: Updateable<Campaigns>) {
  return tx
    .updateTable("campaigns")
    .set({ ...change, updated_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("state", "=", "draft")
    .returningAll()
    .executeTakeFirst();
}

/**
 * The only place where a campaign changes its state; undefined where the state it is in does not allow it.
 * `from` narrows further, for steps that are meant for one state alone.
 */
export function moveCampaign(
  tx: Db,
  workspaceId: string,
  id: string,
  to: CampaignState,
  change: { from?: CampaignState[]; reason?: string | null; scheduledAt?: Date | null } = {},
): Promise<CampaignRow | undefined> {
  const before = change.from ?? campaignStatesBefore(to);
  return tx
    .updateTable("campaigns")
    .set({
      state: to,
      state_reason: change.reason ?? null,
      updated_at: sql`now()`,
      ...(change.scheduledAt !== undefined && { scheduled_at: change.scheduledAt }),
      ...(to === "running" && {
        started_at: sql`coalesce(started_at, now())`,
        // A sequence goes on: its messages expire one by one.
        expires_at: sql`case when type = 'drip' then expires_at else coalesce(expires_at, now() + make_interval(
          days => coalesce((select (w.settings ->> 'expires_after_days')::int from workspaces w where w.id = ${workspaceId}),
            ${DEFAULT_SETTINGS.expires_after_days}::int))) end`,
        paused_at: null,
      }),
      ...(to === "paused" && { paused_at: sql`now()` }),
      ...((to === "completed" || to === "cancelled" || to === "failed") && { completed_at: sql`now()` }),
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("state", "in", before)
    .returningAll()
    .executeTakeFirst();
}

/**
 * Moves the planning cursor on, or ends planning with null, if nobody else has moved it and the campaign runs: what
 * makes a page planned once. False where the campaign was paused or ended, or another planner is at work.
 */
export async function advancePlan(
  tx: Tx,
  campaignId: string,
  from: string | null,
  to: string | null,
): Promise<boolean> {
  const row = await tx
    .updateTable("campaigns")
    .set(to === null ? { planned_at: sql<Date>`now()` } : { plan_cursor: to })
    .where("id", "=", campaignId)
    .where("state", "=", "running")
    .where("planned_at", "is", null)
    .where(sql<boolean>`plan_cursor is not distinct from ${from}::uuid`)
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

export interface CampaignCounts {
  audience: number;
  /** By state of the message; only states that occur. */
  by_state: Record<string, number>;
  /** Skipped and cancelled ones by reason. */
  by_reason: Record<string, number>;
  /** People, once. */
  replied: number;
  /** Accepted by the provider in the last minute. */
  per_minute: number;
  /** Held rows by rule, with the first moment at which one of them may go. */
  held: Record<string, number>;
  next_due_at: Date | null;
  last_error_code: string | null;
}

/**
 * Of a message `m` of this campaign: what waits for the canary, for somebody who was paused in a sequence, or for a
 * sender that starts no campaign at present (db/emailHealth.ts), says so, whatever else it would wait for.
 */
export const shownReason = (campaignId: string) => sql<string | null>`
  case when m.due_at is null then m.reason
    when m.lane = m.enrollment_id then 'enrollment_paused'
    when m.lane <> m.campaign_id then 'canary'
    when m.sender_id = any(array(
      select h.sender_id from campaign_senders cs join campaigns k on k.id = cs.campaign_id
      join email_sender_health h on h.sender_id = cs.sender_id
      where cs.campaign_id = ${campaignId} and h.holds_since < k.started_at)) then 'sender_health'
    else m.reason end`;

/** Counts a campaign from its rows: one scan of them, so callers that repeat it do so at growing intervals. */
export async function countCampaign(
  db: Db,
  workspaceId: string,
  campaignId: string,
): Promise<CampaignCounts> {
  const { rows } = await sql<{
    state: string;
    reason: string | null;
    n: number;
    replied: number;
    per_minute: number;
    next_due_at: Date | null;
    last_error: string | null;
  }>`
    select state, ${shownReason(campaignId)} as reason, count(*) as n, count(replied_at) as replied,
      min(due_at) filter (where lane = campaign_id) as next_due_at,
      count(*) filter (where accepted_at > now() - interval '1 minute') as per_minute,
      (max(array[to_char(failed_at, 'YYYYMMDDHH24MISSUS'), error_code]) filter (where error_code is not null))[2] as last_error
    from messages m where workspace_id = ${workspaceId} and campaign_id = ${campaignId}
    group by 1, 2`.execute(db);
  const counts: CampaignCounts = {
    audience: 0,
    by_state: {},
    by_reason: {},
    replied: 0,
    per_minute: 0,
    held: {},
    next_due_at: null,
    last_error_code: null,
  };
  for (const row of rows) {
    counts.audience += row.n;
    counts.replied += row.replied;
    counts.per_minute += row.per_minute;
    counts.by_state[row.state] = (counts.by_state[row.state] ?? 0) + row.n;
    const reasons = row.state === "queued" ? counts.held : counts.by_reason;
    if (row.reason !== null) reasons[row.reason] = (reasons[row.reason] ?? 0) + row.n;
    counts.last_error_code = row.last_error ?? counts.last_error_code;
    if (row.next_due_at !== null && (counts.next_due_at === null || row.next_due_at < counts.next_due_at))
      counts.next_due_at = row.next_due_at;
  }
  return counts;
}

/** Whether anything of a campaign may still go out or is not known to have: what keeps it from being completed. */
export async function hasOpenMessages(db: Db, campaignId: string): Promise<boolean> {
  const { rows } = await sql<{ open: boolean }>`
    select exists (select from messages where campaign_id = ${campaignId}
      and state in ('queued', 'sending', 'uncertain')) as open`.execute(db);
  return rows[0]?.open ?? false;
}

/**
 * The campaigns of these messages that go on (running or paused), and stay so until the transaction ends: what is
 * queued again within it is still there to be sent, or to be cancelled with the rest. Before any message is locked.
 */
export async function lockOpenCampaigns(tx: Tx, messageIds: readonly string[]): Promise<Set<string>> {
  if (messageIds.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    select id from campaigns
    where id in (select campaign_id from messages where id = any(${messageIds as string[]}::uuid[]))
      and state in ('running', 'paused')
    order by id for share`.execute(tx);
  return new Set(rows.map((row) => row.id));
}

/** Ends a running campaign that is planned and has nothing open; undefined where it is not so far. */
export async function completeCampaign(
  tx: Tx,
  workspaceId: string,
  id: string,
): Promise<CampaignRow | undefined> {
  // Locked before it looks: a receipt that queues a retry holds the row, or finds the campaign completed.
  const { rows } = await sql`
    select from campaigns where id = ${id} and workspace_id = ${workspaceId} and state = 'running'
      and planned_at is not null for no key update`.execute(tx);
  if (rows.length === 0 || (await hasOpenMessages(tx, id))) return undefined;
  return moveCampaign(tx, workspaceId, id, "completed", { from: ["running"] });
}

/** Running campaigns of this sender that are planned and have nothing open: their workflows may end them. */
export async function findFinishable(db: Db, senderId: string) {
  return db
    .selectFrom("campaign_senders as cs")
    .innerJoin("campaigns as k", "k.id", "cs.campaign_id")
    .select(["k.id", "k.workspace_id", "k.name", "k.channel", "k.type"])
    .where("cs.sender_id", "=", senderId)
    .where("k.state", "=", "running")
    .where("k.planned_at", "is not", null)
    .where(
      sql<boolean>`not exists (select from messages m where m.campaign_id = k.id
        and m.state in ('queued', 'sending', 'uncertain'))`,
    )
    .execute();
}

/** Takes a batch of what a cancelled campaign has left queued; 0 when nothing is left. */
export async function cancelRemaining(db: Db, campaignId: string, limit: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with batch as (
      select id from messages where campaign_id = ${campaignId} and due_at is not null
      order by id limit ${limit} for no key update
    ), done as (
      update messages m set state = 'cancelled', due_at = null, reason = 'campaign_cancelled'
      from batch where m.id = batch.id returning m.id
    )
    select count(*) as n from done`.execute(db);
  return rows[0]?.n ?? 0;
}

/** The senders that hold rows of a campaign. */
export function campaignSenders(db: Db, campaignId: string) {
  return db
    .selectFrom("campaign_senders as cs")
    .innerJoin("senders as s", "s.id", "cs.sender_id")
    .leftJoin("email_sender_health as h", "h.sender_id", "s.id")
    .select(["s.id", "s.workspace_id", "s.channel", "s.status", "s.status_reason"])
    .select(["h.level", "h.level_since", "h.holds_since"])
    .where("cs.campaign_id", "=", campaignId)
    .execute();
}

/** A campaign that has ended is no lane any more. */
export async function closeLanes(db: Db, campaignId: string): Promise<void> {
  await db.deleteFrom("campaign_senders").where("campaign_id", "=", campaignId).execute();
}

/** The running campaigns that these messages belong to. */
export function findCampaignsOf(db: Db, messageIds: readonly string[]) {
  return db
    .selectFrom("campaigns")
    .select(["id", "workspace_id", "name", "channel", "type"])
    .where("state", "=", "running")
    .where("id", "in", (messages) =>
      messages
        .selectFrom("messages")
        .select("campaign_id")
        .$narrowType<{ campaign_id: string }>()
        .where(sql<boolean>`id = any(${messageIds as string[]}::uuid[])`),
    )
    .execute();
}
