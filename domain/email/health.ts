/**
 * How receiving servers and people take what a sender sends, judged by its figures alone. Complaints decide what it may
 * go on doing: Gmail and Yahoo ask for less than 0.10 % and turn senders away from 0.30 % on
 * (https://support.google.com/a/answer/81126). Bounces and deferrals warn.
 */
export const HEALTH_LEVELS = ["ok", "warn", "slow", "stop"] as const;
/** warn: an alert; slow: a quarter of its hourly budget, and campaigns that are started now wait; stop: out of service. */
export type HealthLevel = (typeof HEALTH_LEVELS)[number];

/** Of its hourly budget, what a sender has left while its level is slow or worse. */
export const SLOWED = 0.25;

/** Whether a sender at this level is slowed, and starts no campaign. */
export const isSlowed = (level: string | null): boolean => level === "slow" || level === "stop";

/** Percent of delivered messages that were complained about, from which on a level holds. */
export const COMPLAINT_LIMITS = { warn: 0.08, slow: 0.1, stop: 0.3 } as const;
/** Percent of the messages that servers answered for, which they refused for good or for now. */
export const BOUNCE_LIMIT = 10;
/** Percent of the messages to a domain of which a server said "later". */
export const DEFERRAL_LIMIT = 25;

/** A level is left only where the rate is so much below its limit: at the limit it would go to and fro. */
const LEAVES_AT = 0.8;
/** From so many deliveries on, and so many complaints, a rate says something. */
const LEAST_DELIVERED = 1_000;
const LEAST_COMPLAINED = 3;
const LEAST_ANSWERED = 200;

/** Hours back that are looked at: what goes wrong now, today, and what Gmail remembers. */
export const HEALTH_HOURS = [6, 24, 168] as const;

/** What happened within some hours at one receiving domain, or at all of them together. */
export interface MailFigures {
  processed: number;
  deferred: number;
  delivered: number;
  bounced: number;
  blocked: number;
  complained: number;
}

export interface HealthWindow extends MailFigures {
  hours: number;
  /** Null: all domains together. */
  domain: string | null;
}

/** Percent; null where there is nothing to compare with. */
export interface MailRates {
  complaint_rate: number | null;
  bounce_rate: number | null;
  deferral_rate: number | null;
}

export interface HealthFinding {
  metric: "complaint_rate" | "bounce_rate" | "deferral_rate";
  hours: number;
  domain: string | null;
  value: number;
  limit: number;
}

export interface HealthVerdict {
  level: HealthLevel;
  /** What the level comes from, the worst first, and what only warns. */
  findings: HealthFinding[];
}

/** Two decimals: complaints are counted in hundredths of a percent. */
const percent = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 10_000) / 100;

export function ratesOf(figures: MailFigures): MailRates {
  const answered = figures.delivered + figures.bounced + figures.blocked;
  return {
    complaint_rate: percent(figures.complained, figures.delivered),
    bounce_rate: percent(figures.bounced + figures.blocked, answered),
    deferral_rate: percent(figures.deferred, figures.processed),
  };
}

/**
 * The level of a sender that was at `before`, from its figures of each window, of all domains and of each one: the worst
 * counts. A level is taken at once and left a fifth below its limit; a window with too few deliveries says nothing.
 */
export function judgeMailHealth(before: HealthLevel, windows: readonly HealthWindow[]): HealthVerdict {
  const findings = windows.flatMap(findingsOf).toSorted(byWeight);
  const worst = Math.max(0, ...windows.map((window) => meaningful(window) ?? 0));
  const complaints = levelAt(worst, before);
  const warns = findings.some(({ metric }) => metric !== "complaint_rate");
  return { level: complaints === "ok" && warns ? "warn" : complaints, findings };
}

const METRICS = ["complaint_rate", "bounce_rate", "deferral_rate"];
const byWeight = (a: HealthFinding, b: HealthFinding) =>
  METRICS.indexOf(a.metric) - METRICS.indexOf(b.metric) || b.value - a.value;

function meaningful(window: MailFigures): number | undefined {
  if (window.delivered < LEAST_DELIVERED || window.complained < LEAST_COMPLAINED) return undefined;
  return (window.complained / window.delivered) * 100;
}

function levelAt(rate: number, before: HealthLevel): HealthLevel {
  const held = HEALTH_LEVELS.indexOf(before);
  const reached = (["stop", "slow", "warn"] as const).find((level) => {
    const limit = COMPLAINT_LIMITS[level];
    return rate >= (HEALTH_LEVELS.indexOf(level) <= held ? limit * LEAVES_AT : limit);
  });
  return reached ?? "ok";
}

function findingsOf(window: HealthWindow): HealthFinding[] {
  const { hours, domain } = window;
  const findings: HealthFinding[] = [];
  const complaints = meaningful(window);
  if (complaints !== undefined && complaints >= COMPLAINT_LIMITS.warn)
    findings.push({
      metric: "complaint_rate",
      hours,
      domain,
      value: rounded(complaints),
      limit: limitReached(complaints),
    });
  const { bounce_rate, deferral_rate } = ratesOf(window);
  const answered = window.delivered + window.bounced + window.blocked;
  if (answered >= LEAST_ANSWERED && bounce_rate !== null && bounce_rate > BOUNCE_LIMIT)
    findings.push({ metric: "bounce_rate", hours, domain, value: bounce_rate, limit: BOUNCE_LIMIT });
  if (window.processed >= LEAST_ANSWERED && deferral_rate !== null && deferral_rate > DEFERRAL_LIMIT)
    findings.push({ metric: "deferral_rate", hours, domain, value: deferral_rate, limit: DEFERRAL_LIMIT });
  return findings;
}

const rounded = (value: number) => Math.round(value * 100) / 100;
const limitReached = (rate: number) =>
  Object.values(COMPLAINT_LIMITS).findLast((limit) => rate >= limit) ?? COMPLAINT_LIMITS.warn;
