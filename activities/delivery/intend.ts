import { type Tx, inTransaction } from "../../db/connect.ts";
import { type Candidate, judge } from "../../db/judge.ts";
import { tellMessageStates } from "../../db/conversationMessageEvents.ts";
import { lockContacts } from "../../db/locks.ts";
import {
  type DueRow,
  type FencedSender,
  fenceSenders,
  holdQueued,
  readQueued,
  peekDue,
  type QueuedMessage,
  type SliceClaim,
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
  | { kind: "stopped"; why: Stop; reason: string | null };

/** The stop switch, an operator, the provider, another slice. */
type Stop = "stopped" | "paused" | "sender_stopped" | "superseded";

/** From the start of the transaction to the first byte of the call; later than that the call is not made. */
export const DISPATCH_DEADLINE_MS = 2_000;
/** Intents are written at most this far ahead of the pace. */
const AHEAD_MS = 500;

/** A slice that asks to send, and for how many calls it has room. */
export interface IntentRequest extends SliceClaim {
  room: number;
}

/**
 * The intent transaction, for slices of one workspace and channel together: under each sender's epoch, with people and
 * messages locked, every due row is decided again; those that may go get their attempt and their budget, the others
 * their moment or their reason. Answers come in the order of the requests.
 */
export async function intend(
  deps: ActivityDeps,
  requests: readonly IntentRequest[],
): Promise<IntentResult[]> {
  const deadline = performance.now() + DISPATCH_DEADLINE_MS;
  return inTransaction(deps.db, async (tx) => {
    const fenced = await fenceSenders(tx, requests);
    const asked = requests.map((request) => ({
      request,
      ...allowanceOf(fenced.get(request.senderId), request.room, deps.retryMinuteMs),
    }));
    const looking = asked.flatMap(({ request, most }) =>
      most === undefined ? [] : [{ id: request.senderId, most }],
    );
    const due = looking.length === 0 ? [] : await peekDue(tx, looking);
    const going = due.length === 0 ? [] : await decideDue(deps, tx, fenced, due);

    const seen = new Set(due.map((row) => row.sender_id));
    const bySender = Map.groupBy(going, (message) => message.sender_id);
    const plans = asked.map(({ request, refusal }) => {
      if (refusal !== undefined) return { refusal };
      const sender = fenced.get(request.senderId) as FencedSender;
      const messages = bySender.get(sender.id) ?? [];
      if (messages.length === 0) return { refusal: { kind: seen.has(sender.id) ? "none" : "dry" } as const };
      const { offsets, nextSendInMs } = spread(sender, messages, deps.retryMinuteMs);
      return { request, sender, messages: messages.slice(0, offsets.length), offsets, nextSendInMs };
    });
    const numbers = await writePlans(tx, plans);
    return plans.map((plan): IntentResult => {
      if (plan.refusal !== undefined) return plan.refusal;
      const { sender, messages, offsets, nextSendInMs } = plan;
      return {
        kind: "sent",
        messages: messages.flatMap((message, index) => {
          const n = numbers.get(message.id);
          // Withdrawn since it was read: there is no attempt, so there must be no call.
          if (n === undefined) return [];
          const outgoing = outgoingOf(deps, sender, message, n);
          return [{ message, n, outgoing, offsetMs: offsets[index] ?? 0, deadline }];
        }),
        paceMs: Math.max(0, nextSendInMs - AHEAD_MS),
        providerAccountId: sender.provider_account_id,
        usedHour: sender.used_hour + messages.length,
        usedDay: sender.used_day + messages.length,
      };
    });
  });
}

type Plan =
  | { refusal: IntentResult }
  | {
      refusal?: undefined;
      request: IntentRequest;
      sender: FencedSender;
      messages: QueuedMessage[];
      offsets: number[];
      nextSendInMs: number;
    };

async function writePlans(tx: Tx, plans: readonly Plan[]): Promise<Map<string, number>> {
  const going = plans.filter((plan) => plan.refusal === undefined);
  const first = going[0];
  if (first === undefined) return new Map();
  return writeIntents(
    tx,
    first.sender.workspace_id,
    going.map(({ request, messages, nextSendInMs }) => ({
      senderId: request.senderId,
      epoch: request.epoch,
      nextSendInMs,
      messageIds: messages.map((message) => message.id),
    })),
  );
}

/** How many messages a sender may take now, or why none. */
function allowanceOf(
  sender: FencedSender | undefined,
  room: number,
  minuteMs: number,
): { most: number; refusal?: undefined } | { most?: undefined; refusal: IntentResult } {
  const stopped = (why: Stop, reason: string | null) => ({
    refusal: { kind: "stopped" as const, why, reason },
  });
  if (sender === undefined) return stopped("superseded", null);
  if (sender.stopped) return stopped("stopped", "the stop switch is on");
  if (sender.status === "stopped") return stopped("sender_stopped", sender.status_reason);
  if (sender.status !== "active") return stopped("paused", sender.status_reason);
  if (sender.pace_wait_ms > AHEAD_MS)
    return { refusal: { kind: "pace", waitMs: sender.pace_wait_ms - AHEAD_MS / 2 } };
  const budget = remaining(sender, { hour: sender.used_hour, day: sender.used_day });
  return budget === 0
    ? { refusal: overBudget(sender) }
    : { most: Math.min(room, budget, roomInPace(sender, minuteMs)) };
}

function overBudget(sender: FencedSender): IntentResult {
  const byDay =
    sender.used_day >= Math.min(sender.max_per_day, sender.warmup_day_limit ?? Number.POSITIVE_INFINITY);
  return byDay
    ? { kind: "budget", why: "day_budget", waitMs: sender.day_ends_ms }
    : { kind: "budget", why: "hour_budget", waitMs: sender.hour_frees_ms };
}

/** Locks the people and then the rows, and decides every row again with the facts of this moment; gives those that may go. */
async function decideDue(
  deps: ActivityDeps,
  tx: Tx,
  senders: ReadonlyMap<string, FencedSender>,
  due: readonly DueRow[],
): Promise<QueuedMessage[]> {
  await lockContacts(
    tx,
    due.map((row) => row.contact_id),
  );
  const turn = new Map(due.map((row, index) => [row.id, index]));
  const byTurn = (a: QueuedMessage, b: QueuedMessage) => (turn.get(a.id) ?? 0) - (turn.get(b.id) ?? 0);
  const messages = (await readQueued(tx, due)).filter(isOpen).sort(byTurn);
  const sender = senders.values().next().value as FencedSender;
  const rules = sendRulesOf(sender);
  const going: QueuedMessage[] = [];
  const holds: Parameters<typeof holdQueued>[1][number][] = [];
  const skips: Parameters<typeof skipQueued>[1][number][] = [];
  // One person gets one message at a time: the next is judged once the first counts.
  const taken = new Set<string>();
  for (const [purpose, rows] of Map.groupBy(messages, (message) => message.purpose)) {
    const judged = await judge(
      tx,
      {
        workspaceId: sender.workspace_id,
        channel: sender.channel,
        purpose,
        rules,
        addressKey: deps.addressKey,
        sandboxed: deps.providers.sandboxed,
        now: sender.now,
      },
      rows.map(candidateOf),
    );
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
  const skipped = new Set(skips.map((one) => one.id));
  await tellMessageStates(
    tx,
    messages.filter((message) => skipped.has(message.id)),
  );
  // The pace may cut the tail off: it must be the least urgent.
  return going.sort(byTurn);
}

function candidateOf(message: QueuedMessage): Candidate {
  return {
    contactId: message.contact_id,
    senderId: message.sender_id,
    address: message.address,
    expiresAt: message.expires_at,
    template: message.template_id === null ? null : { approval_status: message.approval_status ?? "deleted" },
    recipientHoldUntil: holdUntil(message),
    confirmsOptOut: message.detail?.confirms === "opt_out",
  };
}

/** A campaign may have been paused between the look and the lock. */
const isOpen = (message: QueuedMessage) =>
  message.campaign_id === null || message.campaign_state === "running";

function holdUntil(message: QueuedMessage): Date | null {
  const until = message.detail?.recipient_hold_until;
  return until === undefined ? null : new Date(until);
}

/** How many messages of one part the pace allows within the time that intents may be ahead. */
function roomInPace(sender: FencedSender, minuteMs: number): number {
  const gap = gapMs(paceOf(sender, minuteMs), 1, 0);
  if (gap <= 0) return Number.POSITIVE_INFINITY;
  return Math.floor((AHEAD_MS - Math.max(0, sender.pace_wait_ms)) / gap) + 1;
}

/** When each message goes, from now, and when the sender is free again. */
function spread(
  sender: FencedSender,
  messages: readonly QueuedMessage[],
  minuteMs: number,
): { offsets: number[]; nextSendInMs: number } {
  const pace = paceOf(sender, minuteMs);
  const offsets: number[] = [];
  let at = Math.max(0, sender.pace_wait_ms);
  for (const message of messages) {
    if (at > AHEAD_MS) break;
    offsets.push(at);
    at += gapMs(pace, message.parts, Math.random());
  }
  return { offsets, nextSendInMs: at };
}

function paceOf(sender: FencedSender, minuteMs: number): SenderPace {
  const slowed = sender.slowed_at?.getTime() ?? 0;
  return {
    kind: sender.kind,
    gap_min_ms: sender.gap_min_ms,
    gap_max_ms: sender.gap_max_ms,
    rate_per_second: sender.rate_per_second,
    rate_factor: climbedBack(sender.rate_factor, slowed, sender.now.getTime(), minuteMs),
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
