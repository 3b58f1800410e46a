/** A new sender's first days: how much it may send, and whether the next day may bring more. */

/** Messages a day of a new number, from day 1 to day 14. */
export const WARMUP_LADDER: readonly number[] = [
  20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 900, 1_000, 1_000,
];

/**
 * E-mails an hour of a new IP, from day 0 to day 35.
 * Source: https://www.twilio.com/docs/sendgrid/ui/sending-email/warming-up-an-ip-address (automated warmup)
 */
export const EMAIL_HOURLY_LADDER: readonly number[] = [
  20, 28, 39, 55, 77, 108, 151, 211, 295, 413, 579, 810, 1_000, 1_587, 2_222, 3_111, 4_356, 6_098, 8_583,
  11_953, 16_734, 23_427, 32_798, 45_917, 64_284, 89_998, 125_997, 176_395, 246_953, 345_735, 484_029,
  677_640, 948_696, 1_328_175, 1_859_444, 2_603_222,
];

/** What one day of a sender came to; counts. */
export type DayHealth = {
  sent: number;
  delivered: number;
  /** Failed and undelivered. */
  failed: number;
  /** People who opted out, complained or blocked the sender. */
  unwanted: number;
};

export type WarmupVerdict = "healthy" | "poor" | "bad" | "idle";

/** Percent of what was sent; the delivery threshold is that of the delivery alert. */
export const HEALTHY_DELIVERY = 90;
export const BAD_DELIVERY = 75;
export const HEALTHY_UNWANTED = 2;
export const BAD_UNWANTED = 5;

/**
 * How a day was. It is `idle` where nothing was sent or no receipt has come: that proves nothing about the
 * next step. Messages whose receipt is still out count neither way.
 */
export function judgeDay(health: DayHealth): WarmupVerdict {
  const unwanted = (100 * health.unwanted) / health.sent;
  if (unwanted >= BAD_UNWANTED) return "bad";
  const settled = health.delivered + health.failed;
  if (health.sent === 0 || settled === 0) return "idle";
  const delivery = (100 * health.delivered) / settled;
  if (delivery < BAD_DELIVERY) return "bad";
  return delivery < HEALTHY_DELIVERY || unwanted >= HEALTHY_UNWANTED ? "poor" : "healthy";
}

export type WarmupStep = {
  /** The day of the ladder to be on, from 1. */
  day: number;
  /** Messages allowed on it; null when the warmup is over. */
  limit: number | null;
  verdict: WarmupVerdict;
};

/**
 * The next morning: up after a healthy day, the same again after a poor or idle one, one step back after
 * a bad one. `day` is the day of the ladder that has just ended, from 1.
 */
export function nextWarmupStep(day: number, health: DayHealth, ladder = WARMUP_LADDER): WarmupStep {
  const verdict = judgeDay(health);
  const move = verdict === "healthy" ? 1 : verdict === "bad" ? -1 : 0;
  const next = Math.max(1, day + move);
  return { day: next, limit: warmupLimit(next, ladder), verdict };
}

/** Messages allowed on a day of the ladder, from 1; null after its last. */
export function warmupLimit(day: number, ladder = WARMUP_LADDER): number | null {
  return ladder[day - 1] ?? null;
}
