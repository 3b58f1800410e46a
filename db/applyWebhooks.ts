import { sql } from "kysely";
import { readStatusCallback } from "../domain/twilioWebhook.ts";
import type { Receipt } from "./attemptReceipts.ts";
import { applyCallEvent, CALL_EVENTS, type CallToWake } from "./callEvents.ts";
import { isRetryable, type Tx } from "./connect.ts";
import { applyMailEvents } from "./emailEvents.ts";
import type { ConversationToWake } from "./inbound.ts";
import { applyInboundEvent } from "./inboundEvents.ts";
import { applyReceipts, type ReceiptContext, type SenderToWake } from "./receipts.ts";
import type { Cancelled } from "./suppressions.ts";
import { markUnapplied, type WebhookEvent } from "./webhookEvents.ts";

/** What the caller owes to Temporal after the events, within the same transaction. */
export interface Applied {
  wakes: SenderToWake[];
  /** Those that lost messages to an opt-out, and may be through. */
  campaigns: Cancelled["campaigns"];
  conversations: ConversationToWake[];
  calls: CallToWake[];
}

/**
 * Applies events of one workspace that stand as applied, each kind within a savepoint: effects that fail are rolled
 * back and their events wait to be driven again. Part of the caller's transaction; it never fails for what an event says.
 */
export async function applyWebhookEvents(
  tx: Tx,
  on: ReceiptContext,
  events: readonly WebhookEvent[],
): Promise<Applied> {
  const wakes: SenderToWake[] = [];
  const campaigns: Applied["campaigns"] = [];
  const conversations: ConversationToWake[] = [];
  const calls: CallToWake[] = [];
  for (const [kind, applyBatch] of BATCHES) {
    const batch = events.filter((event) => event.kind === kind);
    const apply = (some: readonly WebhookEvent[]) =>
      atSavepoint(tx, some, async () => {
        const applied = await applyBatch(tx, on, some);
        wakes.push(...applied.retrying);
        campaigns.push(...applied.campaigns);
      });
    if (batch.length > 0 && !(await apply(batch)) && batch.length > 1) {
      // One of them is bad: the others must not wait for it.
      for (const event of batch) await apply([event]);
    }
  }
  for (const event of events.filter((one) => one.kind === "inbound"))
    await atSavepoint(tx, [event], async () => {
      const result = await applyInboundEvent(tx, on, event);
      if (result?.kind !== "stored") return;
      if (result.conversation !== null) conversations.push(result.conversation);
      if (result.sender !== null) wakes.push(result.sender);
      campaigns.push(...result.campaigns);
    });
  for (const event of events.filter((one) => CALL_EVENTS.has(one.kind))) {
    await atSavepoint(tx, [event], async () => {
      const call = await applyCallEvent(tx, on.workspaceId, event);
      if (call !== null) calls.push(call);
    });
  }
  return { wakes, campaigns, conversations, calls };
}

/** What comes by the thousand is applied together. */
const BATCHES = [
  ["status", applyStatuses],
  ["mail", applyMailEvents],
] as const;

async function atSavepoint(
  tx: Tx,
  events: readonly WebhookEvent[],
  apply: () => Promise<void>,
): Promise<boolean> {
  await sql`savepoint effects`.execute(tx);
  try {
    await apply();
    await sql`release savepoint effects`.execute(tx);
    return true;
  } catch (error) {
    // A connection that is gone fails here too, and with it the whole request: then nothing was stored.
    await sql`rollback to savepoint effects`.execute(tx);
    const { code, name } = error as { code?: string; name: string };
    // Lost against another transaction: all of it is done again at once, so that an opt-out does not wait for a redrive.
    if (isRetryable(error)) throw error;
    await markUnapplied(
      tx,
      events.map((event) => event.id),
      code ?? name,
    );
    return false;
  }
}

/** Receipts whose attempt cannot be told yet (the create call may not have answered) stay unapplied. */
async function applyStatuses(
  tx: Tx,
  on: ReceiptContext,
  events: readonly WebhookEvent[],
): Promise<Pick<Applied, "campaigns"> & { retrying: SenderToWake[] }> {
  const read = events.map((event) => ({ event, status: readStatusCallback(event.payload) }));
  const unnamed = read.flatMap(({ status }) => (status && status.attempt === null ? status.providerSid : []));
  const bySid = await findAttempts(tx, on.workspaceId, unnamed);
  const receipts: (Receipt & { eventId: string })[] = [];
  const waiting: string[] = [];
  for (const { event, status } of read) {
    if (status === undefined) continue;
    const attempt = status.attempt ?? bySid.get(status.providerSid);
    if (attempt === undefined) waiting.push(event.id);
    else receipts.push({ ...attempt, ...status, at: event.received_at, eventId: event.id });
  }
  const { retrying, campaigns, unmatched } = await applyReceipts(tx, on, receipts);
  const unknown = new Set(unmatched.map((receipt) => receipt.messageId));
  for (const receipt of receipts) if (unknown.has(receipt.messageId)) waiting.push(receipt.eventId);
  await markUnapplied(tx, waiting, "unknown_attempt");
  return { retrying, campaigns };
}

async function findAttempts(tx: Tx, workspaceId: string, sids: readonly string[]) {
  if (sids.length === 0) return new Map<string, { messageId: string; n: number }>();
  const { rows } = await sql<{ provider_sid: string; messageId: string; n: number }>`
    select provider_sid, message_id as "messageId", n from attempts
    where provider_sid = any(${sids as string[]}) and workspace_id = ${workspaceId}`.execute(tx);
  return new Map(rows.map(({ provider_sid, ...attempt }) => [provider_sid, attempt]));
}
