/** When a workspace answers: its opening hours on its own clock. */
import { isHoliday } from "./holidays.ts";
import { instantOf, localDay, localMinutes, weekday } from "./localTime.ts";

export type BusinessHours = {
  enabled: boolean;
  /** [from, to] in minutes of the local day, Monday first; null: closed. */
  week: readonly (readonly number[] | null)[];
  /** Country whose public holidays are closed as well. */
  holidays: string | null;
};

const MINUTES_A_DAY = 1_440;
const SEARCH_DAYS = 31;

/** Whether somebody is there at this moment; always, where hours are not set. */
export function isOpen(hours: BusinessHours, zone: string, at: Date): boolean {
  if (!hours.enabled) return true;
  const local = localMinutes(zone, at.getTime());
  const opening = openingOf(hours, Math.floor(local / MINUTES_A_DAY));
  if (opening === null) return false;
  const minute = local % MINUTES_A_DAY;
  return minute >= opening.from && minute < opening.to;
}

/** The first moment from `at` on at which somebody is there; null where there is none within a month. */
export function opensAt(hours: BusinessHours, zone: string, at: Date): Date | null {
  if (isOpen(hours, zone, at)) return at;
  const today = localDay(zone, at.getTime());
  for (let day = today; day <= today + SEARCH_DAYS; day++) {
    const opening = openingOf(hours, day);
    if (opening === null) continue;
    const from = instantOf(zone, day, opening.from);
    if (from > at.getTime()) return new Date(from);
  }
  return null;
}

/** When the doors closed that are closed at this moment; null where they are open, or have not been for a month. */
export function closedSince(hours: BusinessHours, zone: string, at: Date): Date | null {
  if (isOpen(hours, zone, at)) return null;
  const today = localDay(zone, at.getTime());
  for (let day = today; day >= today - SEARCH_DAYS; day--) {
    const opening = openingOf(hours, day);
    if (opening === null) continue;
    const to = instantOf(zone, day, opening.to);
    if (to <= at.getTime()) return new Date(to);
  }
  return null;
}

/** By when an answer is due that may take so many minutes: they count from when somebody is there. Null: no limit. */
export function answerDue(hours: BusinessHours, zone: string, at: Date, minutes: number | null): Date | null {
  if (minutes === null) return null;
  const from = opensAt(hours, zone, at) ?? at;
  return new Date(from.getTime() + minutes * 60_000);
}

function openingOf(hours: BusinessHours, day: number): { from: number; to: number } | null {
  if (hours.holidays !== null && isHoliday(hours.holidays, day)) return null;
  const [from, to] = hours.week[weekday(day)] ?? [];
  return from === undefined || to === undefined ? null : { from, to };
}
