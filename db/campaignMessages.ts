import { sql } from "kysely";
import { shownReason } from "./campaigns.ts";
import type { Db } from "./connect.ts";
import { listEnrollments } from "./enrollments.ts";
import { listAttempts } from "./messages.ts";

/** One recipient of a campaign: how it stands and why. */
export interface CampaignMessage {
  id: string;
  contact_id: string;
  /** Of a drip sequence. */
  step: number | null;
  contact_name: string | null;
  address: string | null;
  sender_id: string | null;
  sender_address: string | null;
  state: string;
  reason: string | null;
  detail: Record<string, unknown> | null;
  error_code: string | null;
  attempts: number;
  parts: number;
  due_at: Date | null;
  created_at: Date;
  intended_at: Date | null;
  accepted_at: Date | null;
  sent_at: Date | null;
  delivered_at: Date | null;
  read_at: Date | null;
  failed_at: Date | null;
  replied_at: Date | null;
  /** Which wording of the campaign's text they got; null: its own. */
  variant_id: string | null;
}

/** In the order of the contacts' ids, behind `after`. */
export async function listCampaignMessages(
  db: Db,
  of: { workspaceId: string; campaignId: string; state?: string | undefined; reason?: string | undefined },
  page: { after?: { contactId: string; id: string } | undefined; limit: number },
): Promise<CampaignMessage[]> {
  const { after } = page;
  const { rows } = await sql<CampaignMessage>`
    select m.id, m.contact_id, m.step, c.name as contact_name, m.address, m.sender_id, s.address as sender_address, m.state,
      ${shownReason(of.campaignId)} as reason, m.detail, m.error_code, m.attempts, m.parts, m.due_at, m.created_at, m.intended_at, m.accepted_at,
      m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.replied_at, m.variant_id
    from messages m join contacts c on c.id = m.contact_id left join senders s on s.id = m.sender_id
    where m.workspace_id = ${of.workspaceId} and m.campaign_id = ${of.campaignId}
      ${of.state === undefined ? sql`` : sql`and m.state = ${of.state}`}
      ${of.reason === undefined ? sql`` : sql`and ${shownReason(of.campaignId)} = ${of.reason}`}
      ${after === undefined ? sql`` : sql`and m.contact_id >= ${after.contactId} and (m.contact_id, m.id) > (${after.contactId}::uuid, ${after.id}::uuid)`}
    order by m.contact_id, m.id limit ${page.limit}`.execute(db);
  return rows;
}

/** Everything that is known of one person in one campaign, oldest first where there is an order. */
export interface Explanation {
  messages: CampaignMessage[];
  attempts: Awaited<ReturnType<typeof listAttempts>>;
  receipts: { provider_sid: string; status: string; received_at: Date }[];
  /** The person's places in it, where it is a drip sequence. */
  enrollments: Awaited<ReturnType<typeof listEnrollments>>;
  replies: { id: string; created_at: Date }[];
  consents: { channel: string; state: string; purpose: string; source: string; at: Date }[];
}

export async function explainMessage(
  db: Db,
  of: { workspaceId: string; campaignId: string; contactId: string },
): Promise<Explanation | undefined> {
  const { rows } = await sql<CampaignMessage>`
    select m.id, m.contact_id, m.step, c.name as contact_name, m.address, m.sender_id, s.address as sender_address, m.state,
      ${shownReason(of.campaignId)} as reason, m.detail, m.error_code, m.attempts, m.parts, m.due_at, m.created_at, m.intended_at, m.accepted_at,
      m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.replied_at, m.variant_id
    from messages m join contacts c on c.id = m.contact_id left join senders s on s.id = m.sender_id
    where m.workspace_id = ${of.workspaceId} and m.campaign_id = ${of.campaignId} and m.contact_id = ${of.contactId}
    order by m.step nulls first, m.id`.execute(db);
  const enrollments = await listEnrollments(db, of, { limit: 100 });
  const since = rows[0]?.created_at ?? enrollments[0]?.enrolled_at;
  if (since === undefined) return undefined;
  const attempts = await listAttempts(
    db,
    of.workspaceId,
    rows.map((row) => row.id),
  );
  const sids = attempts.flatMap((attempt) => attempt.provider_sid ?? []);
  const receipts = await findReceipts(db, of.workspaceId, sids);
  const replies = await db
    .selectFrom("messages")
    .select(["id", "created_at"])
    .where("workspace_id", "=", of.workspaceId)
    .where("contact_id", "=", of.contactId)
    .where("direction", "=", "in")
    .where("reason", "is distinct from", "automatic")
    .where("created_at", ">=", since)
    .orderBy("id")
    .limit(100)
    .execute();
  const consents = await db
    .selectFrom("consents")
    .select(["channel", "state", "purpose", "source", "at"])
    .where("workspace_id", "=", of.workspaceId)
    .where("contact_id", "=", of.contactId)
    .orderBy("at")
    .execute();
  return { messages: rows, attempts, receipts, enrollments, replies, consents };
}

/** By the key under which status callbacks are stored once: SID and status. */
async function findReceipts(
  db: Db,
  workspaceId: string,
  sids: readonly string[],
): Promise<Explanation["receipts"]> {
  if (sids.length === 0) return [];
  const statuses = ["queued", "sending", "sent", "delivered", "read", "undelivered", "failed", "canceled"];
  const keys = sids.flatMap((sid) => statuses.map((status) => `${sid}:${status}`));
  const rows = await db
    .selectFrom("webhook_events")
    .select(["dedupe_key", "received_at"])
    .where("workspace_id", "=", workspaceId)
    .where("provider", "=", "twilio")
    .where("dedupe_key", "in", keys)
    .orderBy("received_at")
    .execute();
  return rows.map(({ dedupe_key, received_at }) => {
    const [provider_sid = "", status = ""] = dedupe_key.split(":");
    return { provider_sid, status, received_at };
  });
}
