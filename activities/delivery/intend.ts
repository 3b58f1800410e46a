import { type Tx, inTransaction } from "../../db/connect.ts";
import { judge } from "../../db/judge.ts";
import { lockContacts } from "../../db/locks.ts";
import {
  type FencedSender,
  fenceSender,
  holdQueued,
  lockQueued,
  peekDue,
  type QueuedMessage,
  skipQueued,
  writeIntents,
} from "../../db/outbox.ts";
import { sendRulesOf } from "../../domain/settings.ts";
import { dialledPhone } from "../../domain/phone.ts";
import { climbedBack, gapMs, type SenderPace, remaining } from "../../domain/pace.ts";
import type { OutgoingMessage } from "../../providers/message.ts";
import type { ActivityDeps } from "../deps.ts";

/** A message whose intent is committed: it may be called for until its deadline. */
export interface Intended {
  message: QueuedMessage;
  n: number;
  outgoing: OutgoingMessage;
  /** From now, by the sender's pace. */
  offsetMs: number;
  /** A moment of performance.now(). */
  deadline: number;
}

export type IntentResult =
  | {
      kind: "sent";
      messages: Intended[];
      /** Until the next batch is worth a look. */
      paceMs: number;
      providerAccountId: string | null;
      usedHour: number;
      usedDay: number;
    }
  | { kind: "budget"; why: "hour_budget" | "day_budget"; waitMs: number }
  | { kind: "pace"; waitMs: number }
  | { kind: "dry" }
  /** There was something, but nothing of it may go now: look again. */
  | { kind: "none" }
  | { kind: "stopped"; why: "stopped" | "paused" | "superseded"; reason: string | null };

/** From the start of the transaction to the first byte of the call; later than that the call is not made. */
const DISPATCH_DEADLINE_MS = 2_000;
/** Intents are written at most this far ahead of the pace. */
const AHEAD_MS = 500;

/**
 * The intent transaction: under the sender's epoch, with people and messages locked, every due row is decided again;
 * those that may go get their attempt and their budget, the others their moment or their reason.
 */
export async function intend(
  deps: ActivityDeps,
  on: { senderId: string; epoch: number; room: number },
): Promise<IntentResult> {
  const deadline = performance.now() + DISPATCH_DEADLINE_MS;
  return inTransaction(deps.db, async (tx) => {
    const sender = await fenceSender(tx, on.senderId, on.epoch);
    if (sender === undefined) return { kind: "stopped", why: "superseded", reason: null };
    if (sender.stopped) return { kind: "stopped", why: "stopped", reason: "the stop switch is on" };
    if (sender.status !== "active") return { kind: "stopped", why: "paused", reason: sender.status_reason };
    if (sender.pace_wait_ms > AHEAD_MS) return { kind: "pace", waitMs: sender.pace_wait_ms - AHEAD_MS / 2 };
    const budget = remaining(sender, { hour: sender.used_hour, day: sender.used_day });
    if (budget === 0) return overBudget(sender);

    const most = Math.min(on.room, budget, roomInPace(sender));
    const due = await peekDue(tx, sender.id, most);
    if (due.length === 0) return { kind: "dry" };
    await lockContacts(
      tx,
      due.map((row) => row.contact_id),
    );
    const messages = await lockQueued(
      tx,
      sender.id,
      due.map((row) => row.id),
    );
    const going = await decideAgain(deps, tx, sender, messages);

    if (going.length === 0) return { kind: "none" };
    const { offsets, nextSendInMs } = spread(sender, going);
    const batch = going.slice(0, offsets.length);
    const numbers = await writeIntents(
      tx,
      { id: sender.id, workspaceId: sender.workspace_id, epoch: on.epoch, nextSendInMs },
      batch.map((message) => message.id),
    );
    return {
      kind: "sent",
      messages: batch.map((message, index) => {
        const n = numbers.get(message.id) as number;
        return {
          message,
          n,
          outgoing: outgoingOf(deps, sender, message, n),
          offsetMs: offsets[index] ?? 0,
          deadline,
        };
      }),
      paceMs: Math.max(0, nextSendInMs - AHEAD_MS),
      providerAccountId: sender.provider_account_id,
      usedHour: sender.used_hour + batch.length,
      usedDay: sender.used_day + batch.length,
    };
  });
}

function overBudget(sender: FencedSender): IntentResult {
  const byDay =
    sender.used_day >= Math.min(sender.max_per_day, sender.warmup_day_limit ?? Number.POSITIVE_INFINITY);
  return byDay
    ? { kind: "budget", why: "day_budget", waitMs: sender.day_ends_ms }
    : { kind: "budget", why: "hour_budget", waitMs: sender.hour_frees_ms };
}

/** Decides every row again, with the facts of this moment; gives those that may go. */
async function decideAgain(
  deps: ActivityDeps,
  tx: Tx,
  sender: FencedSender,
  messages: readonly QueuedMessage[],
): Promise<QueuedMessage[]> {
  const going: QueuedMessage[] = [];
  const holds: Parameters<typeof holdQueued>[1][number][] = [];
  const skips: Parameters<typeof skipQueued>[1][number][] = [];
  for (const [purpose, rows] of Map.groupBy(messages.filter(isOpen), (message) => message.purpose)) {
    const judged = await judge(
      tx,
      {
        workspaceId: sender.workspace_id,
        channel: sender.channel,
        purpose,
        rules: sendRulesOf(sender),
        addressKey: deps.addressKey,
        sandboxed: deps.providers.sandboxed,
        now: sender.now,
      },
      rows.map((message) => ({
        contactId: message.contact_id,
        senderId: sender.id,
        address: message.address,
        expiresAt: message.expires_at,
        template:
          message.template_id === null ? null : { approval_status: message.approval_status ?? "deleted" },
        recipientHoldUntil: holdUntil(message),
      })),
    );
    // One person has one message in a batch: the second is judged once the first counts.
    const taken = new Set<string>();
    for (const [index, message] of rows.entries()) {
      if (taken.has(message.contact_id)) continue;
      const decision = judged[index]?.decide([]) ?? {
        kind: "skip",
        reason: "deleted",
        detail: "the contact is gone",
      };
      if (decision.kind === "hold") holds.push({ id: message.id, ...decision });
      else if (decision.kind === "skip") skips.push({ id: message.id, ...decision });
      else {
        taken.add(message.contact_id);
        going.push(message);
      }
    }
  }
  await holdQueued(tx, holds);
  await skipQueued(tx, skips);
  return going;
}

/** A campaign may have been paused between the look and the lock. */
const isOpen = (message: QueuedMessage) =>
  message.campaign_id === null || message.campaign_state === "running";

function holdUntil(message: QueuedMessage): Date | null {
  const until = message.detail?.recipient_hold_until;
  return until === undefined ? null : new Date(until);
}

/** How many messages of one part the pace allows within the time that intents may be ahead. */
function roomInPace(sender: FencedSender): number {
  const gap = gapMs(paceOf(sender), 1, 0);
  if (gap <= 0) return Number.POSITIVE_INFINITY;
  return Math.floor((AHEAD_MS - Math.max(0, sender.pace_wait_ms)) / gap) + 1;
}

/** When each message goes, from now, and when the sender is free again. */
function spread(
  sender: FencedSender,
  messages: readonly QueuedMessage[],
): { offsets: number[]; nextSendInMs: number } {
  const pace = paceOf(sender);
  const offsets: number[] = [];
  let at = Math.max(0, sender.pace_wait_ms);
  for (const message of messages) {
    if (at > AHEAD_MS) break;
    offsets.push(at);
    at += gapMs(pace, message.parts, Math.random());
  }
  return { offsets, nextSendInMs: at };
}

function paceOf(sender: FencedSender): SenderPace {
  const slowed = sender.slowed_at?.getTime() ?? 0;
  return {
    kind: sender.kind,
    gap_min_ms: sender.gap_min_ms,
    gap_max_ms: sender.gap_max_ms,
    rate_per_second: sender.rate_per_second,
    rate_factor: climbedBack(sender.rate_factor, slowed, sender.now.getTime()),
  };
}

function outgoingOf(
  deps: ActivityDeps,
  sender: FencedSender,
  message: QueuedMessage,
  n: number,
): OutgoingMessage {
  return {
    channel: message.channel,
    from: sender.address,
    to: dialledPhone(message.address, message.phone_type),
    body: message.body,
    contentSid: message.content_sid,
    contentVariables: message.content_variables,
    media: message.media ?? [],
    statusCallback: `${deps.publicUrl}/webhooks/twilio/status?workspace=${sender.workspace_id}&attempt=${message.id}.${n}`,
  };
}
