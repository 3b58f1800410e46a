/** When a sender will have worked off what waits for it: the pace, budgets and turns of sending, played forward. */
import { instantOf, localDay, MINUTE } from "./localTime.ts";
import { gapMs, hourLimit, HOUR, type Limits, type MinuteBucket, type SenderPace } from "./pace.ts";

export type ForecastSender = SenderPace &
  Limits & {
    /** What it has used lately, oldest first. */
    buckets: readonly MinuteBucket[];
    /** Epoch ms; not before then by its pace. */
    next_send_at: number;
    /**
     * While it warms up, what it may send today and on the days after, if each is healthy: another step follows a day
     * on which it has sent. None: warmup_day_limit holds every day.
     */
    warmup_budgets?: readonly number[];
  };

/** Messages of one campaign (or of none) that wait for a sender and may go in the same hours. */
export type ForecastQueue = {
  /** Queues of one lane are one to the sender; lanes of one priority take turns. */
  lane: string;
  /** Smaller goes first. */
  priority: number;
  /** The queue whose end is asked for; the others are in its way. */
  own: boolean;
  /** By when they are due (epoch ms), earliest first. */
  entries: readonly { due: number; parts: number; n: number }[];
  /** The first moment (epoch ms) at or after `at` at which these people may be messaged; null: none. */
  openFrom?: (at: number) => number | null;
};

export type Forecast = {
  /** Epoch ms of the first and last own message; null where none goes. */
  first: number | null;
  last: number | null;
  sent: number;
  /** Own messages that the sender does not come to before the end. */
  late: number;
};

type Line = ForecastQueue & { index: number; taken: number; shutUntil: number };

/**
 * Plays one sender forward from `now` until its own queues are empty, at the middle of a random pace. `zone` is the
 * workspace's, whose days its daily budget counts; `endsAt` is when its own messages expire.
 */
export function forecastSender(
  sender: ForecastSender,
  queues: readonly ForecastQueue[],
  on: { now: number; zone: string; endsAt: number },
): Forecast {
  const lines = queues.map((queue): Line => ({ ...queue, index: 0, taken: 0, shutUntil: 0 }));
  const budget = budgetOf(sender, on.zone, on.now);
  const served = new Map<string, number>();
  const forecast: Forecast = { first: null, last: null, sent: 0, late: 0 };
  let left = lines.filter((line) => line.own).reduce((sum, line) => sum + countOf(line), 0);
  let at = Math.max(on.now, sender.next_send_at);
  for (let turn = 0; left > 0 && at < on.endsAt; turn++) {
    const line = nextLine(lines, served, at);
    // Nothing is due: on to the first that will be, or for ever.
    const free = line === undefined ? Math.min(...lines.map(dueOf)) : budget.freeAt(at);
    if (line === undefined || free > at) {
      at = free;
      continue;
    }
    const opens = line.openFrom === undefined ? at : (line.openFrom(at) ?? Infinity);
    if (opens > at) {
      line.shutUntil = opens;
      continue;
    }
    served.set(line.lane, turn);
    budget.take(at);
    if (line.own) {
      forecast.first ??= at;
      forecast.last = at;
      forecast.sent++;
      left--;
    }
    at += gapMs(sender, takeFrom(line), 0.5);
  }
  return { ...forecast, late: left };
}

const countOf = (line: Line) => line.entries.reduce((sum, entry) => sum + entry.n, 0);
const dueOf = (line: Line) => Math.max(line.entries[line.index]?.due ?? Infinity, line.shutUntil);

/** The most urgent of what is due; of equals, the lane that had its turn longest ago, and in it what was due first. */
function nextLine(lines: readonly Line[], served: ReadonlyMap<string, number>, at: number): Line | undefined {
  let best: Line | undefined;
  const turnOf = (line: Line) => served.get(line.lane) ?? -1;
  for (const line of lines) {
    if (dueOf(line) > at) continue;
    const order =
      best === undefined
        ? -1
        : line.priority - best.priority || turnOf(line) - turnOf(best) || dueOf(line) - dueOf(best);
    if (order < 0) best = line;
  }
  return best;
}

/** Takes one message off a line that has one, and gives its parts. */
function takeFrom(line: Line): number {
  const { n, parts } = line.entries[line.index] as ForecastQueue["entries"][number];
  line.taken++;
  if (line.taken === n) {
    line.index++;
    line.taken = 0;
  }
  return parts;
}

/** The budgets as sending counts them: whole minutes of a rolling hour, and the workspace's local day. */
function budgetOf(sender: ForecastSender, zone: string, now: number) {
  const budgets = sender.warmup_budgets ?? [];
  let step = 0;
  const limitNow = () =>
    sender.warmup_budgets === undefined ? (sender.warmup_day_limit ?? Infinity) : (budgets[step] ?? Infinity);
  let perDay = Math.min(sender.max_per_day, limitNow());
  const perHour = hourLimit(sender);
  const possible = perHour > 0 && perDay > 0;
  let day = localDay(zone, now);
  const dayStart = instantOf(zone, day, 0);
  let usedDay = 0;
  let usedHour = 0;
  const minutes: MinuteBucket[] = [];
  let oldest = 0;
  const add = (minute: number, used: number) => {
    const last = minutes.at(-1);
    if (last?.minute === minute) last.used += used;
    else minutes.push({ minute, used });
    usedHour += used;
    usedDay += used;
  };
  for (const { minute, used } of sender.buckets) {
    add(minute, used);
    if (minute < dayStart) usedDay -= used;
  }
  const minuteOf = (at: number) => Math.floor(at / MINUTE) * MINUTE;
  const forget = (at: number) => {
    for (let first = minutes[oldest]; first && first.minute < minuteOf(at) - HOUR; first = minutes[++oldest])
      usedHour -= first.used;
    if (localDay(zone, at) === day) return;
    day = localDay(zone, at);
    if (usedDay > 0) step++;
    perDay = Math.min(sender.max_per_day, limitNow());
    usedDay = 0;
  };
  return {
    /** The first moment at or after `at` at which both budgets allow a message. */
    freeAt(at: number): number {
      if (!possible) return Infinity;
      forget(at);
      if (usedDay >= perDay) return instantOf(zone, day + 1, 0);
      if (usedHour < perHour) return at;
      return (minutes[oldest] as MinuteBucket).minute + HOUR + MINUTE;
    },
    take: (at: number) => add(minuteOf(at), 1),
  };
}
