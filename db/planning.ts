import { sql } from "kysely";
import { heldLane } from "./canary.ts";
import type { Db, Tx } from "./connect.ts";

/** One person of the audience as planned: a row that waits, or one that says why there is none to send. */
export interface PlannedMessage {
  contactId: string;
  senderId: string | null;
  state: "queued" | "skipped";
  /** Only where the state is queued. */
  dueAt: Date | null;
  reason: string | null;
  detail: string | null;
  address: string | null;
  body: string | null;
  /** Of e-mail, whose content is each language's own; otherwise the campaign's. */
  contentSid?: string | null;
  /** Of e-mail: the language it is in. */
  language?: string;
  contentVariables: string | null;
  parts: number;
  /** Which wording of the campaign's text it has; none: the campaign's own. */
  variantId?: string | null;
  /** Only in a drip sequence: whose step this is. */
  enrollmentId?: string;
}

/** What all messages of a campaign share. */
export interface PlannedCampaign {
  id: string;
  workspace_id: string;
  channel: string;
  purpose: string;
  expires_at: Date | null;
  template_id: string | null;
  content_sid?: string | null;
  /** Set: everyone waits until the canary has been picked. */
  canary?: unknown;
  /** Only in a drip sequence: the step that these are the messages of. */
  step?: number;
}

/** Writes a page; people who have their row already are passed over. Returns how many rows it wrote. */
export async function insertPlanned(
  tx: Tx,
  campaign: PlannedCampaign,
  rows: readonly PlannedMessage[],
  priority: number,
): Promise<number> {
  const column = <T>(pick: (row: PlannedMessage) => T) => rows.map(pick);
  const lane = (campaign.canary ?? null) === null ? sql`${campaign.id}::uuid` : heldLane(campaign.id);
  const result = await sql`
    insert into messages (workspace_id, campaign_id, lane, direction, channel, purpose, priority, expires_at, template_id,
      contact_id, sender_id, state, due_at, reason, detail, address, body, content_sid, content_variables, parts,
      enrollment_id, step, variant_id)
    select ${campaign.workspace_id}::uuid, ${campaign.id}::uuid,
      case when u.state = 'queued' then ${lane} else ${campaign.id}::uuid end, 'out', ${campaign.channel},
      ${campaign.purpose}, ${priority}, ${campaign.expires_at}::timestamptz, ${campaign.template_id}::uuid,
      u.contact_id, u.sender_id, u.state, case when u.state = 'queued' then coalesce(u.due_at, now()) end, u.reason,
      case when u.detail is not null then jsonb_build_object(case u.state when 'queued' then 'held' else 'skipped' end, u.detail) end,
      u.address, u.body, coalesce(u.content_sid, ${campaign.content_sid ?? null}::text), u.content_variables::jsonb, u.parts, u.enrollment_id,
      ${campaign.step ?? null}::int, u.variant_id
    from unnest(${column((r) => r.contactId)}::uuid[], ${column((r) => r.senderId)}::uuid[],
      ${column((r) => r.state)}::text[], ${column((r) => r.dueAt)}::timestamptz[], ${column((r) => r.reason)}::text[],
      ${column((r) => r.detail)}::text[], ${column((r) => r.address)}::text[], ${column((r) => r.body)}::text[],
      ${column((r) => r.contentVariables)}::text[], ${column((r) => r.parts)}::smallint[],
      ${column((r) => r.enrollmentId ?? null)}::uuid[], ${column((r) => r.contentSid ?? null)}::text[],
      ${column((r) => r.variantId ?? null)}::uuid[])
      u (contact_id, sender_id, state, due_at, reason, detail, address, body, content_variables, parts, enrollment_id,
        content_sid, variant_id)
    on conflict (campaign_id, contact_id, enrollment_id, step) where campaign_id is not null do nothing`.execute(
    tx,
  );
  return Number(result.numAffectedRows ?? 0);
}

/** Opens the lanes in which these senders find a campaign; gives those that were new to it. */
export async function openLanes(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  senderIds: readonly string[],
): Promise<string[]> {
  if (senderIds.length === 0) return [];
  const rows = await tx
    .insertInto("campaign_senders")
    .values(
      senderIds.map((senderId) => ({
        workspace_id: workspaceId,
        campaign_id: campaignId,
        sender_id: senderId,
      })),
    )
    .onConflict((conflict) => conflict.columns(["sender_id", "campaign_id"]).doNothing())
    .returning("sender_id")
    .execute();
  return rows.map((row) => row.sender_id);
}

/**
 * The senders that may take a campaign's new people: active, in rotation, and among those it names if it names any; of
 * e-mail, those of the IP pool that its content asks for.
 */
export async function findPool(
  db: Db,
  of: {
    workspace_id: string;
    channel: string;
    sender_ids: readonly string[];
    ip_pool_name?: string | undefined;
  },
): Promise<string[]> {
  let query = db
    .selectFrom("senders")
    .select("id")
    .where("workspace_id", "=", of.workspace_id)
    .where("channel", "=", of.channel)
    .where("status", "=", "active")
    .where("rotation_enabled", "=", true)
    .where("removed_at", "is", null);
  if (of.ip_pool_name !== undefined) query = query.where("ip_pool_name", "=", of.ip_pool_name);
  if (of.sender_ids.length > 0) query = query.where("id", "in", [...of.sender_ids]);
  return (await query.orderBy("id").execute()).map((row) => row.id);
}
