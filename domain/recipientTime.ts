/** When a campaign's message is due that is to reach each person at the same hour of their own day. */
import { DAY, instantOf, isTimeZone, localDay, localMinutes, MINUTE, offsetAt } from "./localTime.ts";

/** A schedule that is met no later than this counts as met in time: whoever was due then is due at once. */
const LATE_START_MS = 60 * MINUTE;

/**
 * The moment (epoch ms) from which local times count: the schedule where it was met, else the minute of the start
 * itself, so that a start at 10:30:20 still reaches those whose clocks show 10:30.
 */
export function localTimesFrom(scheduledAt: Date | null, startedAt: Date): number {
  const started = startedAt.getTime();
  const scheduled = scheduledAt?.getTime() ?? -Infinity;
  if (scheduled > started) return scheduled;
  return started - scheduled <= LATE_START_MS ? scheduled : Math.floor(started / MINUTE) * MINUTE;
}

/** Minutes of the day of "10:30". */
export function minuteOfDay(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

/** The zone a person is told the time in: what the client has set, else the first that the number allows. */
export function recipientZone(
  person: { time_zone: string | null; number_zones: readonly string[] },
  otherwise: string,
): string {
  const known = [person.time_zone, ...person.number_zones].find((zone) => zone !== null && isTimeZone(zone));
  return known ?? otherwise;
}

/**
 * The first instant (epoch ms) at or after `from` at which the zone's clock shows this minute of a day. Where clocks
 * jump over it that day, the first moment behind the jump; where they show it twice, the first that is not past.
 */
export function nextLocalTime(zone: string, minute: number, from: number): number {
  for (let day = localDay(zone, from); ; day++) {
    const at = showings(zone, day, minute).find((moment) => moment >= from);
    if (at !== undefined) return at;
  }
}

function showings(zone: string, day: number, minute: number): number[] {
  const first = instantOf(zone, day, minute);
  const setBack = (offsetAt(zone, first) - offsetAt(zone, first + DAY)) * MINUTE;
  const second = first + setBack;
  return setBack > 0 && localMinutes(zone, second) === localMinutes(zone, first) ? [first, second] : [first];
}
