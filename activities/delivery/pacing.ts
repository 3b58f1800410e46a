import type { FencedSender } from "../../db/outbox.ts";
import { climbedBack, gapMs, remaining, type SenderPace } from "../../domain/pace.ts";

/** Intents are written at most this far ahead of the pace. */
export const AHEAD_MS = 500;

/** What a sender's budgets and pace allow now: so many messages, or none and why. */
export type Allowance =
  | { kind: "some"; most: number }
  | { kind: "budget"; why: "hour_budget" | "day_budget"; waitMs: number }
  | { kind: "pace"; waitMs: number };

/** @param room what the caller can take anyway */
export function allowed(sender: FencedSender, room: number, minuteMs: number): Allowance {
  if (sender.pace_wait_ms > AHEAD_MS) return { kind: "pace", waitMs: sender.pace_wait_ms - AHEAD_MS / 2 };
  const budget = remaining(sender, { hour: sender.used_hour, day: sender.used_day });
  return budget === 0
    ? overBudget(sender)
    : { kind: "some", most: Math.min(room, budget, roomInPace(sender, minuteMs)) };
}

function overBudget(sender: FencedSender): Allowance {
  const byDay =
    sender.used_day >= Math.min(sender.max_per_day, sender.warmup_day_limit ?? Number.POSITIVE_INFINITY);
  return byDay
    ? { kind: "budget", why: "day_budget", waitMs: sender.day_ends_ms }
    : { kind: "budget", why: "hour_budget", waitMs: sender.hour_frees_ms };
}

/** How many messages of one part the pace allows within the time that intents may be ahead. */
function roomInPace(sender: FencedSender, minuteMs: number): number {
  const gap = gapMs(paceOf(sender, minuteMs), 1, 0);
  if (gap <= 0) return Number.POSITIVE_INFINITY;
  return Math.floor((AHEAD_MS - Math.max(0, sender.pace_wait_ms)) / gap) + 1;
}

/** When each message goes, from now, and when the sender is free again. */
export function spread(
  sender: FencedSender,
  messages: readonly { parts: number }[],
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
