import { sql } from "kysely";
import { type AttemptState, deriveMessageState, type MessageState } from "../domain/receipts.ts";
import { afterRefusal } from "../domain/retry.ts";
import { type Refusal, refusalOfReceipt } from "../domain/twilioErrors.ts";
import { openAlert, resolveAlert, senderStopped, uncertainCause } from "./alerts.ts";
import {
  attemptKey,
  attemptStates,
  highestPerAttempt,
  raiseAttempts,
  type Receipt,
} from "./attemptReceipts.ts";
import { lockOpenCampaigns } from "./campaigns.ts";
import type { Tx } from "./connect.ts";
import { tellMessageStates } from "./conversationMessageEvents.ts";
import { slowSender, stopSender } from "./ledger.ts";
import { lockContacts } from "./locks.ts";
import { suppressAddress } from "./optOuts.ts";
import type { Cancelled } from "./suppressions.ts";

/** What workflows/handles.ts needs to wake a sender. */
export interface SenderToWake {
  id: string;
  workspace_id: string;
  channel: string;
}

export interface ReceiptContext {
  workspaceId: string;
  addressKey: Buffer;
  /** Minutes of the retry ladder are this many milliseconds long: 60,000 but for trials. */
  retryMinuteMs: number;
}

export interface MessageRow {
  id: string;
  contact_id: string;
  campaign_id: string | null;
  conversation_id: string | null;
  sender_id: string;
  channel: "whatsapp" | "sms" | "email";
  /** Null once its person is erased. */
  address: string | null;
  state: MessageState;
  attempts: number;
  refusals: number;
  holds: number;
  country: string | null;
}

interface Change {
  id: string;
  state: MessageState;
  at: Date;
  errorCode: string | null;
  reason: string | null;
  dueInMs: number | null;
  counts: boolean;
  holdsRecipient: boolean;
}

/**
 * Applies receipts in whatever order and number they come; part of the caller's transaction.
 * Returns the senders that have something to send again, the campaigns that lost messages, the receipts whose message does not exist here (yet), and the messages that do, by id.
 */
export async function applyReceipts(
  tx: Tx,
  on: ReceiptContext,
  receipts: readonly Receipt[],
): Promise<{
  retrying: SenderToWake[];
  campaigns: Cancelled["campaigns"];
  unmatched: Receipt[];
  messages: ReadonlyMap<string, MessageRow>;
}> {
  const best = highestPerAttempt(receipts);
  const refused = await lockPeopleToSuppress(tx, on, best);
  const open = await lockOpenCampaigns(
    tx,
    best.filter((receipt) => hasFailed(receipt.state)).map((receipt) => receipt.messageId),
  );
  const messages = await lockMessages(tx, on.workspaceId, [
    ...new Set(best.map((receipt) => receipt.messageId)),
  ]);
  const raised = await raiseAttempts(tx, on.workspaceId, best);
  const attempts = await attemptStates(
    tx,
    [...messages.values()].filter((m) => m.attempts > 1).map((m) => m.id),
  );

  const retrying = new Map<string, SenderToWake>();
  const campaigns: Cancelled["campaigns"] = [];
  const changes: Change[] = [];
  for (const receipt of best) {
    const message = messages.get(receipt.messageId);
    if (message === undefined || !raised.has(attemptKey(receipt))) continue;
    const states = attempts.get(message.id) ?? [receipt.state];
    const refusal = refused.get(attemptKey(receipt));
    if (refusal !== undefined) await heedForSender(tx, on, message, receipt, refusal);
    const goesOn = message.campaign_id === null || open.has(message.campaign_id);
    const change = changeOf(message, receipt, states, goesOn ? refusal : undefined, on.retryMinuteMs);
    if (change === undefined) continue;
    if (message.state === "uncertain") await resolveAlert(tx, on.workspaceId, uncertainCause(message.id));
    changes.push({ ...change, reason: refusal?.reason ?? null });
    if (change.state === "queued") {
      const { sender_id: id, channel } = message;
      retrying.set(id, { id, workspace_id: on.workspaceId, channel });
    }
    if (refusal?.outcome === "suppress" && message.address !== null) {
      const silenced = await suppressAddress(tx, on.addressKey, {
        workspaceId: on.workspaceId,
        contactId: message.contact_id,
        channel: message.channel,
        address: message.address,
        reason: refusal.suppress_reason ?? "invalid",
        source: "receipt",
      });
      campaigns.push(...silenced.campaigns);
    }
  }
  await writeChanges(tx, changes);
  await tellMessageStates(
    tx,
    changes.flatMap((change) => messages.get(change.id) ?? []),
  );
  return {
    retrying: [...retrying.values()],
    campaigns,
    unmatched: best.filter((receipt) => !messages.has(receipt.messageId)),
    messages,
  };
}

const hasFailed = (state: AttemptState) => state === "failed" || state === "undelivered";

/** People are locked before their rows; only a refusal that ends in a suppression needs it. */
async function lockPeopleToSuppress(
  tx: Tx,
  on: ReceiptContext,
  receipts: readonly Receipt[],
): Promise<Map<string, Refusal>> {
  const failed = receipts.filter((receipt) => hasFailed(receipt.state));
  if (failed.length === 0) return new Map();
  const { rows } = await sql<{ id: string; contact_id: string; country: string | null }>`
    select m.id, m.contact_id, c.country from messages m join contacts c on c.id = m.contact_id
    where m.workspace_id = ${on.workspaceId} and m.id = any(${failed.map((r) => r.messageId)}::uuid[])`.execute(
    tx,
  );
  const people = new Map(rows.map((row) => [row.id, row]));
  const refusals = new Map(
    failed.map((receipt) => {
      const code = receipt.errorCode === null ? null : Number(receipt.errorCode);
      const { country = null } = people.get(receipt.messageId) ?? {};
      return [attemptKey(receipt), receipt.refusal ?? refusalOfReceipt(code, country)] as const;
    }),
  );
  const toSuppress = failed.filter((receipt) => refusals.get(attemptKey(receipt))?.outcome === "suppress");
  await lockContacts(
    tx,
    toSuppress.flatMap((receipt) => people.get(receipt.messageId)?.contact_id ?? []),
  );
  return refusals;
}

async function lockMessages(
  tx: Tx,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, MessageRow>> {
  const { rows } = await sql<MessageRow>`
    select id, contact_id, campaign_id, conversation_id, sender_id, channel, address, state, attempts, refusals,
      coalesce((detail ->> 'holds')::int, 0) as holds
    from messages where id = any(${ids as string[]}::uuid[]) and workspace_id = ${workspaceId}
    order by id for no key update`.execute(tx);
  return new Map(rows.map((row) => [row.id, row]));
}

/** What a refusal says about the sender holds for it, whichever message it came with. */
async function heedForSender(
  tx: Tx,
  on: ReceiptContext,
  message: MessageRow,
  receipt: Receipt,
  refusal: Refusal,
): Promise<void> {
  if (refusal.outcome === "hold_sender")
    await slowSender(
      tx,
      message.sender_id,
      ((refusal.hold_seconds ?? 1) * on.retryMinuteMs) / 60,
      on.retryMinuteMs,
    );
  if (refusal.outcome !== "stop_sender") return;
  const stopped = await stopSender(tx, message.sender_id, `${refusal.meaning} (code ${receipt.errorCode})`);
  if (stopped) await openAlert(tx, senderStopped(on.workspaceId, message.sender_id, refusal.fix));
}

/** Without a refusal there is no retry: the attempt ends the message as it ended itself. */
function changeOf(
  message: MessageRow,
  receipt: Receipt,
  states: readonly AttemptState[],
  refusal: Refusal | undefined,
  retryMinuteMs: number,
): Change | undefined {
  const next =
    refusal === undefined
      ? undefined
      : afterRefusal(refusal, { refusals: message.refusals, holds: message.holds });
  const again = receipt.n === message.attempts && (next?.next === "wait" || next?.next === "move");
  const { state } = deriveMessageState(message.state, states, again);
  if (state === message.state) return undefined;
  const waits = state === "queued" && next?.next === "wait" ? next : undefined;
  return {
    id: message.id,
    state,
    at: receipt.at,
    errorCode: receipt.errorCode,
    reason: refusal?.reason ?? null,
    dueInMs: state === "queued" ? ((waits?.delay_ms ?? 0) * retryMinuteMs) / 60_000 : null,
    counts: waits?.counts ?? false,
    holdsRecipient: waits?.holds === "recipient",
  };
}

/**
 * A message that is not queued has no due_at: a proof of an earlier attempt withdraws the retry that waits. Who has read
 * one has another lead score.
 */
async function writeChanges(tx: Tx, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    with written as (
    update messages m set state = u.state, reason = u.reason, error_code = coalesce(u.error_code, m.error_code),
      due_at = clock_timestamp() + u.due_in_ms * interval '1 millisecond',
      refusals = m.refusals + case when u.counts then 1 else 0 end,
      detail = case when u.holds then coalesce(m.detail, '{}') || jsonb_build_object(
          'holds', coalesce((m.detail ->> 'holds')::int, 0) + 1,
          'recipient_hold_until', clock_timestamp() + u.due_in_ms * interval '1 millisecond')
        else m.detail end,
      accepted_at = case when u.state in ('queued', 'cancelled') then m.accepted_at else coalesce(m.accepted_at, u.at) end,
      sent_at = case when u.state in ('sent', 'delivered', 'read') then coalesce(m.sent_at, u.at) else m.sent_at end,
      delivered_at = case when u.state in ('delivered', 'read') then coalesce(m.delivered_at, u.at) else m.delivered_at end,
      read_at = case when u.state = 'read' then coalesce(m.read_at, u.at) else m.read_at end,
      failed_at = case when u.state in ('failed', 'undelivered') then u.at end
    from unnest(${changes.map((c) => c.id)}::uuid[], ${changes.map((c) => c.state)}::text[],
      ${changes.map((c) => c.at)}::timestamptz[], ${changes.map((c) => c.errorCode)}::text[],
      ${changes.map((c) => c.reason)}::text[], ${changes.map((c) => c.dueInMs)}::float8[],
      ${changes.map((c) => c.counts)}::bool[], ${changes.map((c) => c.holdsRecipient)}::bool[])
      u (id, state, at, error_code, reason, due_in_ms, counts, holds)
    where m.id = u.id
    returning m.workspace_id, m.contact_id, m.state
    )
    insert into lead_score_marks (workspace_id, contact_id)
    select workspace_id, contact_id from written where state = 'read'`.execute(tx);
}
