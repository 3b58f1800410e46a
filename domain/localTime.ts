/** Local clock time as plain numbers: cheap enough to be asked for every row of a campaign. */
import { IANAZone } from "luxon";

export const MINUTE = 60_000;
export const DAY = 86_400_000;
const MINUTES_A_DAY = 1_440;
/** Every change of a zone's offset since 1972 falls on a quarter of an hour (UTC). */
const SLOT = 15 * MINUTE;
const KEPT_ZONES = 1_000;
const KEPT_SLOTS = 512;

/** A pure memo: offset in minutes by zone and quarter of an hour; forgotten when it grows. */
const offsets = new Map<string, Map<number, number>>();

/** Minutes that the zone's clocks are ahead of UTC at an instant (epoch ms); NaN for a zone that does not exist. */
export function offsetAt(zone: string, at: number): number {
  const slot = Math.floor(at / SLOT);
  const known = slotsOf(zone);
  const offset = known.get(slot);
  if (offset !== undefined) return offset;
  if (known.size >= KEPT_SLOTS) known.clear();
  const fresh = IANAZone.create(zone).offset(slot * SLOT);
  known.set(slot, fresh);
  return fresh;
}

function slotsOf(zone: string): Map<number, number> {
  const known = offsets.get(zone);
  if (known !== undefined) return known;
  if (offsets.size >= KEPT_ZONES) offsets.clear();
  const fresh = new Map<number, number>();
  offsets.set(zone, fresh);
  return fresh;
}

export function isTimeZone(zone: string): boolean {
  return !Number.isNaN(offsetAt(zone, 0));
}

/** Minutes of the local clock since 1970-01-01 00:00 local. */
export function localMinutes(zone: string, at: number): number {
  return Math.floor(at / MINUTE) + offsetAt(zone, at);
}

/** Days of the local calendar since 1970-01-01. */
export function localDay(zone: string, at: number): number {
  return Math.floor(localMinutes(zone, at) / MINUTES_A_DAY);
}

/** Weekday of a local day, Monday = 0. */
export function weekday(day: number): number {
  return (day + 3) % 7;
}

/** Weeks begin on Monday; the same number for all days of one week. */
export function weekOf(day: number): number {
  return Math.floor((day + 3) / 7);
}

/** First day of the week after the one that `day` lies in. */
export function nextMonday(day: number): number {
  return day + 7 - weekday(day);
}

/**
 * The first instant (epoch ms) at which the local clock shows the given minute of a day or, where the
 * clocks jump over it, a later one.
 */
export function instantOf(zone: string, day: number, minute: number): number {
  const local = day * MINUTES_A_DAY + minute;
  const before = offsetAt(zone, local * MINUTE - DAY);
  const after = offsetAt(zone, local * MINUTE + DAY);
  let at = (local - Math.max(before, after)) * MINUTE;
  // More than one step only on the days around a clock change.
  while (localMinutes(zone, at) < local) at += MINUTE;
  return at;
}

/** The instant as ISO 8601 to the minute on the zone's own clock: `2026-03-02T08:00-05:00`. */
export function localIso(zone: string, at: number): string {
  const offset = offsetAt(zone, at);
  const clock = new Date(at + offset * MINUTE).toISOString().slice(0, 16);
  const ahead = Math.abs(offset);
  const hh = String(Math.floor(ahead / 60)).padStart(2, "0");
  return `${clock}${offset < 0 ? "-" : "+"}${hh}:${String(ahead % 60).padStart(2, "0")}`;
}
