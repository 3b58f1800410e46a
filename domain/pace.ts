/** How fast one sender may go: the gap after each message, the budgets, and what "slow down" does to both. */

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const SENDER_KINDS = ["long_code", "toll_free", "short_code", "whatsapp", "email"] as const;
export type SenderKind = (typeof SENDER_KINDS)[number];

export const DEFAULT_MAX_PER_HOUR = 100;
export const DEFAULT_MAX_PER_DAY = 1_000;
/** E-mail is bounded by the warmup of its pool, not by a person's pace. */
export const EMAIL_MAX_PER_HOUR = 1_000_000;
export const EMAIL_MAX_PER_DAY = 10_000_000;
/** A person's pace, the default of WhatsApp numbers. */
export const HUMAN_GAP_MS: readonly [min: number, max: number] = [2_000, 5_000];
/**
 * What Twilio takes per second: SMS segments, WhatsApp messages; e-mail is paced by its budgets alone.
 * Source: https://www.twilio.com/docs/messaging/understand-rate-limits-and-message-queues
 */
export const PROVIDER_RATES: Readonly<Record<SenderKind, number>> = {
  long_code: 1,
  toll_free: 3,
  short_code: 100,
  whatsapp: 80,
  email: Infinity,
};

/** The columns of a sender that say how fast it goes; null = the default of its kind. */
export type SenderPace = {
  kind: SenderKind;
  gap_min_ms: number | null;
  gap_max_ms: number | null;
  rate_per_second: number | null;
  /** 1 = full pace; smaller after the provider has said slow down. */
  rate_factor: number;
};

/**
 * Milliseconds until the sender's next message. `parts` are the SMS segments of this one; `random` is in
 * [0, 1) and only read at a human pace. A gap that was set wins over a rate, a rate over the kind's default.
 */
export function gapMs(sender: SenderPace, parts: number, random: number): number {
  const gap = gapRange(sender);
  if (gap !== undefined) return Math.round((gap[0] + (gap[1] - gap[0]) * random) / sender.rate_factor);
  const rate = sender.rate_per_second ?? PROVIDER_RATES[sender.kind];
  const units = sender.kind === "whatsapp" || sender.kind === "email" ? 1 : parts;
  return (units * 1_000) / (rate * sender.rate_factor);
}

function gapRange(sender: SenderPace): readonly [number, number] | undefined {
  const { gap_min_ms: min, gap_max_ms: max } = sender;
  if (min !== null || max !== null) {
    const low = min ?? 0;
    return [low, Math.max(low, max ?? low)];
  }
  return sender.rate_per_second === null && sender.kind === "whatsapp" ? HUMAN_GAP_MS : undefined;
}

/** When the sender may send again (epoch ms) after a message due at `nextSendAt` goes out: time that passed idle is not saved up. */
export function nextSendAt(previous: number, now: number, gap: number): number {
  return Math.max(previous, now) + gap;
}

export type Limits = {
  /** E-mail warms up by the hour. */
  kind?: SenderKind;
  max_per_hour: number;
  max_per_day: number;
  /** Null when no warmup applies. */
  warmup_day_limit: number | null;
};

/** Messages sent in the rolling hour and in the workspace's local day. */
export type Used = { hour: number; day: number };

/** How many messages the budgets allow now; 0 or more. */
export function remaining(limits: Limits, used: Used): number {
  return Math.max(0, Math.min(hourLimit(limits) - used.hour, dayLimit(limits) - used.day));
}

/** SendGrid's ladder is by the hour: what a day of an e-mail warmup allows may not go out at once. */
export function hourLimit(limits: Limits): number {
  const { kind, max_per_hour, warmup_day_limit: day } = limits;
  return kind === "email" && day !== null ? Math.min(max_per_hour, Math.ceil(day / 24)) : max_per_hour;
}

function dayLimit(limits: Limits): number {
  return Math.min(limits.max_per_day, limits.warmup_day_limit ?? Infinity);
}

/** What was sent in one minute, by the minute's first instant (epoch ms). */
export type MinuteBucket = { minute: number; used: number };

/**
 * What a sender has used: minutes that still reach into the last 60, and those since `dayStart`, the
 * epoch ms at which the workspace's local day began.
 */
export function usedOf(buckets: readonly MinuteBucket[], now: number, dayStart: number): Used {
  let hour = 0;
  let day = 0;
  for (const bucket of buckets) {
    if (bucket.minute + MINUTE > now - HOUR) hour += bucket.used;
    if (bucket.minute >= dayStart) day += bucket.used;
  }
  return { hour, day };
}

/**
 * The first moment (epoch ms) at which the budgets allow a message again: `now` when they do already,
 * Infinity where a limit is 0. `nextDayStart` is when the workspace's next local day begins.
 */
export function budgetFreeAt(
  limits: Limits,
  buckets: readonly MinuteBucket[],
  now: number,
  dayStart: number,
  nextDayStart: number,
): number {
  if (hourLimit(limits) <= 0 || dayLimit(limits) <= 0) return Infinity;
  const used = usedOf(buckets, now, dayStart);
  const day = used.day < dayLimit(limits) ? now : nextDayStart;
  return Math.max(day, hourFreeAt(hourLimit(limits), used.hour, buckets, now));
}

function hourFreeAt(limit: number, used: number, buckets: readonly MinuteBucket[], now: number): number {
  let over = used - limit + 1;
  if (over <= 0) return now;
  const inHour = buckets.filter((bucket) => bucket.minute + MINUTE > now - HOUR);
  let free = now;
  for (const bucket of inHour.toSorted((a, b) => a.minute - b.minute)) {
    if (over <= 0) break;
    over -= bucket.used;
    free = bucket.minute + MINUTE + HOUR;
  }
  return free;
}

/** A provider that says slow down halves the pace, down to this. */
export const MIN_RATE_FACTOR = 1 / 64;
/** How much of the full pace comes back each minute. */
const CLIMB_PER_MINUTE = 0.1;

/** The rate factor after one more "slow down". */
export function slowedDown(factor: number): number {
  return Math.max(MIN_RATE_FACTOR, factor / 2);
}

/**
 * The rate factor now, of a sender that was slowed to `factor` at `slowedAt` (epoch ms); trials scale their waiting
 * times by a shorter minute.
 */
export function climbedBack(factor: number, slowedAt: number, now: number, minuteMs = MINUTE): number {
  const minutes = Math.max(0, now - slowedAt) / minuteMs;
  return Math.min(1, factor + CLIMB_PER_MINUTE * minutes);
}

/** Older minute buckets say nothing any more: the longest day, with an hour that a clock change adds, and one to spare. */
export const BUCKETS_KEPT_MS = 26 * HOUR;
