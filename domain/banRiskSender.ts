/** How likely a number is burnt by what it sends: figures of its last hours, each weighed by points that add up. */
import { levelOf, type RiskLevel } from "./language/banRisk.ts";
import { meanSimilarity } from "./language/similarity.ts";
import { complaintsIn } from "./banRiskSenderWords.ts";
import { responseRate } from "./rates.ts";
import { WARMUP_LADDER, weighFailures } from "./warmup.ts";

/** What a sender did in a span of time, counted from its rows (db/senderFigures.ts). */
export type SenderFigures = {
  /** Messages that went to the provider. */
  total: number;
  /** Those of the busiest sixty minutes. */
  busiest_hour: number;
  /** Those since the local midnight of the workspace. */
  today: number;
  max_per_hour: number;
  /** Messages a day that a warmup allows at present; null where there is none. */
  ladder_today: number | null;
  /** Since the sender was set up. */
  age_days: number;
  /** Taken by the provider. */
  sent: number;
  delivered: number;
  /** How many failed or were refused, by the provider's code. */
  failures: Readonly<Record<string, number>>;
  /** Seconds between one message and the next, where less than ten minutes. */
  gaps: { n: number; mean: number; deviation: number };
  /** Texts of its own that it sent in campaigns, the newest; approved templates are alike by right. */
  texts: readonly string[];
  /** What people wrote to it, the newest. */
  replies: readonly string[];
  /** People, once each; who opted out did not reply. */
  replied: number;
  opted_out: number;
  recipients: number;
  /** Of those, who had never been written to before, nor written. */
  new_recipients: number;
};

export type SenderRisk = {
  /** 0–100. */
  risk_score: number;
  risk_level: RiskLevel;
  factors: string[];
  recommendations: string[];
  metrics: {
    total_messages: number;
    /** In the busiest sixty minutes. */
    messages_per_hour: number;
    /** Percent of what was sent, one decimal; null where nothing was. */
    response_rate: number | null;
    blocked_count: number;
  };
};

type Finding = { points: number; says: string; advice: string };

/** A person who has just been written to has not had time to answer: below this many, silence proves nothing. */
const SILENCE_PROVES = 50;
/** The warmup's ladder is what a number of that age is trusted with, whether it warms up or not. */
const TRUSTED_FROM_DAYS = WARMUP_LADDER.length;

/** Judges the figures of one sender. Pure. */
export function riskOfSender(figures: SenderFigures): SenderRisk {
  const { failed, blocked } = weighFailures(figures.failures);
  const findings = [
    ofVolume(figures),
    ofLadder(figures),
    ofGaps(figures),
    ofTexts(figures),
    ofDelivery(figures.delivered, failed + blocked),
    ofBlocks(figures, blocked),
    ofThrottling(figures),
    ofSilence(figures),
    ofOptOuts(figures),
    ofComplaints(figures),
    ofStrangers(figures),
  ].filter((finding) => finding !== undefined);
  findings.sort((a, b) => b.points - a.points);
  const risk_score = Math.min(
    100,
    findings.reduce((sum, { points }) => sum + points, 0),
  );
  const risk_level = levelOf(risk_score);
  return {
    risk_score,
    risk_level,
    factors: findings.map(({ says }) => says),
    recommendations: [...RESTS[risk_level], ...new Set(findings.map(({ advice }) => advice))],
    metrics: {
      total_messages: figures.total,
      messages_per_hour: figures.busiest_hour,
      response_rate: responseRate(figures),
      blocked_count: blocked,
    },
  };
}

const RESTS: Readonly<Record<RiskLevel, readonly string[]>> = {
  low: [],
  medium: [],
  high: ["Stop campaigns from this number for today and look at what came back"],
  critical: ["Stop sending for 24–48 hours"],
};

/** The least share that a count proves, at 95 % (Wilson's lower bound): one of twenty is not yet 5 %. */
function provenShare(n: number, of: number): number {
  return wilson(n, of, -1);
}

/** The greatest share that it leaves possible. */
function possibleShare(n: number, of: number): number {
  return wilson(n, of, 1);
}

function wilson(n: number, of: number, side: 1 | -1): number {
  if (of === 0) return side < 0 ? 0 : 1;
  const z = 1.645;
  const share = Math.min(1, n / of);
  const middle = share + (z * z) / (2 * of);
  const width = z * Math.sqrt((share * (1 - share) + (z * z) / (4 * of)) / of);
  return Math.min(1, Math.max(0, (middle + side * width) / (1 + (z * z) / of)));
}

const percent = (n: number, of: number) => Math.round((100 * n) / of);

/** The points of the highest step that a value is above. */
function pointsAt(value: number, steps: readonly (readonly [above: number, points: number])[]): number {
  return steps.findLast(([above]) => value > above)?.[1] ?? 0;
}

function found(points: number, says: string, advice: string): Finding | undefined {
  return points === 0 ? undefined : { points, says, advice };
}

function ofVolume({ busiest_hour, max_per_hour }: SenderFigures) {
  const points = pointsAt(busiest_hour / max_per_hour, [
    [1, 12],
    [1.5, 20],
  ]);
  const half = Math.max(1, Math.round(max_per_hour / 2));
  return found(
    points,
    `Very high message volume: ${busiest_hour}/hour (limit ${max_per_hour})`,
    `Send below ${half}/hour`,
  );
}

function ofLadder({ today, ladder_today, age_days }: SenderFigures) {
  const day = Math.floor(age_days);
  const trusted = ladder_today ?? (day < TRUSTED_FROM_DAYS ? WARMUP_LADDER[day] : undefined);
  if (trusted === undefined) return undefined;
  const points = pointsAt(today / trusted, [
    [1, 10],
    [2, 20],
  ]);
  return found(
    points,
    `Too many messages for a number of ${day} days: ${today} today (ladder ${trusted})`,
    `Send at most ${trusted} today and let the number warm up`,
  );
}

/** People do not write by the clock. */
function ofGaps({ gaps: { n, mean, deviation } }: SenderFigures) {
  if (n < 20 || mean <= 0) return undefined;
  const variation = deviation / mean;
  return found(
    variation < 0.1 ? 8 : 0,
    `Regular gaps: every ${mean.toFixed(1)} s (variation ${Math.round(100 * variation)} %)`,
    "Leave a random pause between messages, such as 2–5 s",
  );
}

function ofTexts({ texts }: SenderFigures) {
  const similarity = texts.length < 10 ? null : meanSimilarity(texts);
  if (similarity === null) return undefined;
  const points = pointsAt(similarity, [
    [0.7, 8],
    [0.85, 12],
  ]);
  return found(
    points,
    `Very similar texts: ${Math.round(100 * similarity)} %`,
    "Use variants of the text that are less than 70 % alike",
  );
}

function ofDelivery(delivered: number, lost: number) {
  const settled = delivered + lost;
  const points = pointsAt(provenShare(lost, settled), [
    [0.1, 10],
    [0.2, 18],
    [0.4, 25],
  ]);
  return found(
    points,
    `Low delivery: ${settled === 0 ? 0 : percent(delivered, settled)} % of ${settled} (limit 90 %)`,
    "Clean the list: leave out numbers that were not reached",
  );
}

function ofBlocks({ total, failures }: SenderFigures, blocked: number) {
  const points = pointsAt(provenShare(blocked, total), [
    [0.015, 12],
    [0.03, 22],
    [0.07, 35],
  ]);
  const codes = Object.entries(failures)
    .filter(([code, n]) => n > 0 && weighFailures({ [code]: n }).blocked > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 4)
    .map(([code, n]) => `${code}: ${n}`);
  return found(
    points,
    `Blocked or filtered: ${blocked} of ${total}, ${total === 0 ? 0 : percent(blocked, total)} % (${codes.join(", ")})`,
    "Write only to people who expect it, and take out what filters object to",
  );
}

/** The provider said slow down: 63018 of WhatsApp, 20429 of the account, 30001 of a queue that is full. */
function ofThrottling({ total, failures }: SenderFigures) {
  const slowed = ["63018", "20429", "30001"].reduce((sum, code) => sum + (failures[code] ?? 0), 0);
  const points = pointsAt(provenShare(slowed, total), [
    [0.03, 6],
    [0.15, 12],
  ]);
  return found(
    points,
    `Told to slow down: ${slowed} of ${total} messages (63018)`,
    "Lower max_per_hour or lengthen the pause between messages",
  );
}

function ofSilence({ sent, replied }: SenderFigures) {
  if (sent < SILENCE_PROVES) return undefined;
  const possible = possibleShare(replied, sent);
  const points = possible < 0.025 ? 10 : possible < 0.05 ? 6 : replied / sent < 0.05 ? 4 : 0;
  return found(
    points,
    `Low response rate: ${percent(replied, sent)} %`,
    "Ask a question that is easy to answer, of people who know you",
  );
}

function ofOptOuts({ opted_out, recipients }: SenderFigures) {
  const points = pointsAt(provenShare(opted_out, recipients), [
    [0.015, 8],
    [0.03, 16],
    [0.07, 25],
  ]);
  return found(
    points,
    `Opt-outs: ${opted_out} of ${recipients} people, ${recipients === 0 ? 0 : percent(opted_out, recipients)} %`,
    "Write less often, and only to those who opted in",
  );
}

function ofComplaints({ replies, recipients }: SenderFigures) {
  const complaints = complaintsIn(replies);
  const points = pointsAt(provenShare(complaints, recipients), [
    [0.005, 8],
    [0.02, 15],
  ]);
  return found(
    points,
    `Complaints in replies: ${complaints} of ${replies.length}`,
    "Say who you are and where you have the number from",
  );
}

function ofStrangers({ recipients, new_recipients }: SenderFigures) {
  if (recipients < SILENCE_PROVES) return undefined;
  const points = new_recipients / recipients > 0.8 ? 5 : 0;
  return found(
    points,
    `New recipients: ${percent(new_recipients, recipients)} %`,
    "Mix in people who have answered before",
  );
}
