import { type Tx, inTransaction } from "../../db/connect.ts";
import { type Candidate, judge, type Judged } from "../../db/judge.ts";
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
} from "../../db/outbox.ts";
import type { Decision } from "../../domain/decide.ts";
import { sendRulesOf } from "../../domain/settings.ts";
import type { ActivityDeps } from "../deps.ts";
import type { IntendedCall } from "./calls.ts";
import { AHEAD_MS, allowed } from "./pacing.ts";
import { callsOf, type Plan, planOf, writePlans } from "./plans.ts";

export type IntentResult =
  | {
      kind: "sent";
      calls: IntendedCall[];
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
/** A slice that asks to send, and how many messages it has room for. */
export interface IntentRequest extends SliceClaim {
  room: number;
  /** People that a call of this content may have, where a larger one has been refused. */
  most?: ReadonlyMap<string, number>;
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
    const plans = asked.map(({ request, refusal }): { plan: Plan } | { refusal: IntentResult } => {
      if (refusal !== undefined) return { refusal };
      const sender = fenced.get(request.senderId) as FencedSender;
      const messages = bySender.get(sender.id) ?? [];
      if (messages.length === 0) return { refusal: { kind: seen.has(sender.id) ? "none" : "dry" } };
      const { epoch, most } = request;
      return { plan: planOf(sender, messages, { epoch, most, minuteMs: deps.retryMinuteMs }) };
    });
    const numbers = await writePlans(
      tx,
      plans.flatMap((one) => ("plan" in one ? one.plan : [])),
    );
    return plans.map((one): IntentResult => {
      if ("refusal" in one) return one.refusal;
      const { sender, groups, nextSendInMs } = one.plan;
      const used = groups.reduce((sum, group) => sum + group.messages.length, 0);
      return {
        kind: "sent",
        calls: callsOf(deps, one.plan, { numbers, deadline }),
        paceMs: Math.max(0, nextSendInMs - AHEAD_MS),
        providerAccountId: sender.provider_account_id,
        usedHour: sender.used_hour + used,
        usedDay: sender.used_day + used,
      };
    });
  });
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
  const allowance = allowed(sender, room, minuteMs);
  return allowance.kind === "some" ? { most: allowance.most } : { refusal: allowance };
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
      const decision =
        message.channel === "email" && message.content_sid === null ? NO_CONTENT : judgedAs(judged[index]);
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

const NO_CONTENT = { kind: "skip", reason: "content_failed", detail: "it has no content" } as const;

const judgedAs = (judged: Judged | undefined): Decision =>
  judged?.decide([]) ?? { kind: "skip", reason: "deleted", detail: "the contact is gone" };

function candidateOf(message: QueuedMessage): Candidate {
  return {
    contactId: message.contact_id,
    senderId: message.sender_id,
    address: message.address,
    expiresAt: message.expires_at,
    template: message.template_id === null ? null : { approval_status: message.approval_status ?? "deleted" },
    recipientHoldUntil: holdUntil(message),
    topicId: message.topic_id,
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
