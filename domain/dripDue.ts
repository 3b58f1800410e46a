/** When a person's next step is due. */
import { DateTime, Duration } from "luxon";
import type { SequenceSettings, Step } from "./dripSequence.ts";
import { instantOf, localDay, MINUTE, weekday } from "./localTime.ts";
import { minuteOfDay, nextLocalTime } from "./recipientTime.ts";

/** From when delays of one person count. */
export interface DripAnchors {
  /** Epoch milliseconds. */
  enrolledAt: number;
  /** When the step before was sent or given up; null before the first. */
  lastStepAt: number | null;
}

/** The moment (epoch ms) that a step is due for somebody whose clocks are `zone`'s. */
export function dueOf(
  step: Step,
  anchors: DripAnchors,
  zone: string,
  from: SequenceSettings["delays_from"] = "previous",
): number {
  const { enrolledAt, lastStepAt } = anchors;
  const delayed = afterDelay(step, from === "enrollment" ? enrolledAt : (lastStepAt ?? enrolledAt), zone);
  // Counted from the enrollment, a step may come to stand before the one that was held back: it follows that.
  const at = Math.max(delayed, lastStepAt ?? enrolledAt);
  if (step.at_local_time !== undefined) {
    // The minute counts as a whole, so that a delay that ends at 10:30:20 still meets 10:30.
    const minute = Math.floor(at / MINUTE) * MINUTE;
    return Math.max(at, nextLocalTime(zone, minuteOfDay(step.at_local_time), minute));
  }
  return step.window === undefined ? at : nextInWindow(step.window, zone, at);
}

/** Hours are hours; days of a duration are days of the person's calendar. */
function afterDelay(step: Step, from: number, zone: string): number {
  if (step.delay_hours !== undefined) return from + Math.round(step.delay_hours * 60 * MINUTE);
  if (step.delay === undefined) return from;
  return DateTime.fromMillis(from, { zone }).plus(Duration.fromISO(step.delay)).toMillis();
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

function nextInWindow(window: NonNullable<Step["window"]>, zone: string, at: number): number {
  for (let day = localDay(zone, at); ; day++) {
    if (window.days !== undefined && !window.days.includes(DAYS[weekday(day)] as (typeof DAYS)[number]))
      continue;
    if (at < instantOf(zone, day, minuteOfDay(window.to)))
      return Math.max(at, instantOf(zone, day, minuteOfDay(window.from)));
  }
}

/** What became of the message of the step before. */
export interface PreviousMessage {
  state: string;
  /** Epoch ms; while it is queued. */
  dueAt: number | null;
  /** When it last went out to the provider. */
  intendedAt: number | null;
}

/** Seconds that a message may take on its way out before the next step is moved for them. */
const TOLERATED_MS = MINUTE;
const OPEN = ["queued", "sending", "uncertain"];

/**
 * Until when a step that is due has to wait because the one before has not gone out, or went out late: its delay counts
 * from then. Null where it may be taken. One that is held up is looked at again in growing intervals.
 */
export function heldUntil(
  step: Step,
  anchors: DripAnchors,
  previous: PreviousMessage,
  on: { zone: string; from: SequenceSettings["delays_from"]; now: number },
): number | null {
  const { lastStepAt } = anchors;
  const after = (at: number) =>
    dueOf(step, { ...anchors, lastStepAt: Math.max(at, lastStepAt ?? at) }, on.zone, on.from);
  if (OPEN.includes(previous.state)) {
    const waited = on.now - (lastStepAt ?? on.now);
    const lookAgain = on.now + Math.min(Math.max(waited / 4, 1_000), 5 * MINUTE);
    return Math.max(after(Math.max(previous.dueAt ?? on.now, on.now)), lookAgain);
  }
  const until = previous.intendedAt === null ? on.now : after(previous.intendedAt);
  return until > on.now + TOLERATED_MS ? until : null;
}
