/** A new sender's first days: how much it may send, and whether the next day may bring more. */
import { EMAIL_MAX_PER_DAY } from "./pace.ts";
import { saysNothingOfPeople } from "./sendgridErrors.ts";
import { TWILIO_REFUSALS } from "./twilioErrorTable.ts";

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

/** The same by days, as a warmup of e-mail has it; domain/pace.ts keeps each hour to its share. */
export const EMAIL_LADDER: readonly number[] = EMAIL_HOURLY_LADDER.map((perHour) => perHour * 24).filter(
  (perDay) => perDay <= EMAIL_MAX_PER_DAY,
);

/** Most of the days that a ladder may have, and of the messages on one of them. */
export const LONGEST_LADDER = 60;
export const HIGHEST_RUNG = 1_000_000;

/** How WhatsApp rates a number, as Twilio tells it. */
export const QUALITIES = ["green", "yellow", "red"] as const;
export type Quality = (typeof QUALITIES)[number];

/** What one day of a sender came to; counts. */
export type DayHealth = {
  /** Taken by the provider. */
  sent: number;
  delivered: number;
  /** Failed, undelivered or refused for the recipient's sake or the text's. */
  failed: number;
  /** People who opted out or complained, and messages that were blocked or filtered. */
  unwanted: number;
  /** Null where the provider tells none. */
  quality: Quality | null;
};

/** What failures say of the sender: the people not reached, and among them those who would not have it. */
export function weighFailures(byCode: Readonly<Record<string, number>>): { failed: number; blocked: number } {
  const weighed = { failed: 0, blocked: 0 };
  for (const [code, n] of Object.entries(byCode)) {
    if (saysNothingOfPeople(code)) continue;
    const refusal = TWILIO_REFUSALS.get(Number(code));
    if (refusal !== undefined && BLOCKS.has(refusal.reason)) weighed.blocked += n;
    if (refusal === undefined || refusal.scope === "address" || OWN_FAULTS.has(refusal.reason))
      weighed.failed += n;
  }
  return weighed;
}

const BLOCKS = new Set(["opted_out", "blocked_by_user", "blocked", "filtered", "marketing_withheld"]);
/** Of what is not about the address: a pace that was too fast or a template that does not fit says nothing here. */
const OWN_FAULTS = new Set(["filtered", "carrier_trouble", "expired"]);

export type WarmupVerdict = "healthy" | "poor" | "bad" | "alarming" | "idle";

/** Percent of what was settled or sent; below the first of each pair a day is poor, then bad, then alarming. */
export const DELIVERY_FLOORS = { poor: 90, bad: 75, alarming: 50 } as const;
export const UNWANTED_CEILINGS = { poor: 2, bad: 5, alarming: 10 } as const;
/** Fewer people than that prove nothing: on the first day one of twenty would be 5 %. */
export const UNWANTED_PEOPLE = { poor: 2, bad: 3, alarming: 5 } as const;
/** Fewer settled messages than that cannot end a warmup. */
const ALARMING_MESSAGES = 10;

const GRADES = ["healthy", "poor", "bad", "alarming"] as const;
type Grade = (typeof GRADES)[number];

/**
 * How a day was, and each figure that made it so. It is `idle` where nothing was sent or most receipts are still out:
 * that proves nothing about the next step. Replies are kept beside it and count neither way: who confirms orders gets none.
 */
export function judgeDay(health: DayHealth): { verdict: WarmupVerdict; reasons: string[] } {
  const findings = [ofUnwanted(health), ofQuality(health.quality), ofDelivery(health)].filter(
    (finding) => finding !== undefined,
  );
  const worst = GRADES[Math.max(0, ...findings.map(({ grade }) => GRADES.indexOf(grade)))] as Grade;
  if (worst !== "healthy")
    return {
      verdict: worst,
      reasons: findings.filter(({ grade }) => grade !== "healthy").map(({ why }) => why),
    };
  const settled = health.delivered + health.failed;
  if (health.sent === 0) return { verdict: "idle", reasons: ["nothing was sent"] };
  if (settled * 2 < health.sent)
    return { verdict: "idle", reasons: [`only ${settled} of ${health.sent} have a receipt`] };
  return { verdict: "healthy", reasons: findings.map(({ why }) => why) };
}

type Finding = { grade: Grade; why: string };

function ofDelivery({ delivered, failed }: DayHealth): Finding | undefined {
  const settled = delivered + failed;
  if (settled === 0) return undefined;
  const rate = (100 * delivered) / settled;
  const below = (grade: "poor" | "bad" | "alarming") => rate < DELIVERY_FLOORS[grade];
  const grade: Grade =
    below("alarming") && settled >= ALARMING_MESSAGES
      ? "alarming"
      : below("bad")
        ? "bad"
        : below("poor")
          ? "poor"
          : "healthy";
  return { grade, why: `delivery ${percent(rate)} of ${settled} (healthy from ${DELIVERY_FLOORS.poor} %)` };
}

function ofUnwanted({ sent, unwanted }: DayHealth): Finding | undefined {
  if (unwanted === 0) return undefined;
  const rate = sent === 0 ? 100 : (100 * unwanted) / sent;
  const reached = (grade: "poor" | "bad" | "alarming") =>
    rate >= UNWANTED_CEILINGS[grade] && unwanted >= UNWANTED_PEOPLE[grade];
  const grade: Grade = reached("alarming")
    ? "alarming"
    : reached("bad")
      ? "bad"
      : reached("poor")
        ? "poor"
        : "healthy";
  const why = `${unwanted} opted out, complained or blocked, ${percent(rate)} (healthy below ${UNWANTED_CEILINGS.poor} %)`;
  return { grade, why };
}

function ofQuality(quality: Quality | null): Finding | undefined {
  if (quality === null) return undefined;
  const grade = ({ green: "healthy", yellow: "poor", red: "bad" } as const)[quality];
  return { grade, why: `quality rating ${quality}` };
}

const percent = (rate: number) => `${rate.toFixed(1)} %`;

/** What becomes of a warmup at a day's end. */
export type WarmupDecision = "next" | "hold" | "step_back" | "stop" | "finish";

export type WarmupStep = {
  decision: WarmupDecision;
  /** The day of the ladder to be on, from 1. */
  day: number;
  verdict: WarmupVerdict;
  reasons: string[];
};

/**
 * The next morning: up after a healthy day, the same again after a poor or idle one, one step back after a bad one; the
 * end after an alarming one or the second bad one in a row. `day` is the one of the ladder that has just ended, from 1.
 */
export function nextWarmupStep(
  on: { day: number; ladder: readonly number[]; wasBad: boolean },
  health: DayHealth,
): WarmupStep {
  const { verdict, reasons } = judgeDay(health);
  const step = (decision: WarmupDecision, day = on.day) => ({ decision, day, verdict, reasons });
  if (verdict === "alarming" || (verdict === "bad" && on.wasBad)) return step("stop");
  if (verdict === "bad") return step("step_back", Math.max(1, on.day - 1));
  if (verdict !== "healthy") return step("hold");
  return on.day >= on.ladder.length ? step("finish") : step("next", on.day + 1);
}

/** Messages allowed on a day of a ladder, from 1; null after its last. */
export function warmupLimit(day: number, ladder = WARMUP_LADDER): number | null {
  return ladder[day - 1] ?? null;
}

/** A sender's warmup as planning looks at it. */
export type WarmupOutlook = {
  state: string;
  ladder: readonly number[];
  day: number;
  max_per_day: number;
  /** Its warmup_day_limit: what it may have sent today. */
  limit: number;
};

/**
 * What a sender may send today and on each day after, if each is healthy; behind the last, its own limits hold. A
 * warmup that is not running keeps its budget.
 */
export function upcomingBudgets({ state, ladder, day, max_per_day, limit }: WarmupOutlook): number[] {
  const next = state === "running" ? ladder.slice(day) : Array<number>(LONGEST_LADDER).fill(limit);
  return [limit, ...next].map((budget) => Math.min(budget, max_per_day));
}

/** How many more it can take today and on each day after, when so many are used today and so many wait already. */
export function roomsOf(budgets: readonly number[], used: number, waiting: number): number[] {
  let ahead = waiting;
  return budgets.map((budget, day) => {
    const room = Math.max(0, day === 0 ? budget - used : budget);
    const taken = Math.min(room, ahead);
    ahead -= taken;
    return room - taken;
  });
}
