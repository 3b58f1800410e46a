/** The hours in which a person may be messaged, by the law of their place or as the workspace sets. */
import type { Channel } from "./address.ts";
import { isHoliday } from "./holidays.ts";
import { instantOf, localMinutes, offsetAt, weekday } from "./localTime.ts";

/** Minutes of the local day, `to` exclusive; null = the whole day is quiet. */
export type Window = readonly [from: number, to: number] | null;
/** Seven windows, Monday first. */
export type Week = readonly Window[];

/**
 * Where a person may be. `region` is the postal code of a state ("FL") where it is known; all
 * `time_zones` are possible, so an hour must be allowed in each of them.
 */
export type Place = {
  country: string | null;
  region?: string | null;
  time_zones: readonly string[];
};

/** A workspace's own quiet hours. The laws of a place hold whatever is set here. */
export type QuietHours = {
  enabled: boolean;
  /** For places without a law of their own. */
  week: Week;
  /** Channels that `week` holds for; laws name their own. */
  channels: readonly Channel[];
  /** Used where no zone of a person is known. */
  time_zone: string;
  /** Laws too are off: only for a workspace that reaches nobody but its allowlist or a sandbox. */
  laws_off: boolean;
};

const HOUR = 60;
const hours = (from: number, to: number): Window => [from * HOUR, to * HOUR];
const everyDay = (window: Window): Week => Array<Window>(7).fill(window);
const withSunday = (week: Week, sunday: Window): Week => [...week.slice(0, 6), sunday];

/** Where neither the law nor the workspace says otherwise: every day from 9 to 20. */
export const DEFAULT_WEEK: Week = everyDay(hours(9, 20));

type Hours = { name: string; week: Week; channels?: readonly Channel[]; holidays?: string };

/** Calls and texts; the TCPA does not speak of e-mail. */
const TELEPHONE: readonly Channel[] = ["sms", "whatsapp", "voice"];

/** 47 CFR 64.1200(c)(1): 8 to 21 at the called party's location. */
const FEDERAL_WEEK = everyDay(hours(8, 21));
const TO_TWENTY = everyDay(hours(8, 20));

/**
 * States stricter than the TCPA, by their telephone solicitation acts: e.g. Fla. Stat. 501.616(6),
 * Md. Com. Law 14-4502, 15 Okla. Stat. 775C.4, Conn. Gen. Stat. 42-288a, Tex. Bus. & Com. Code 301.051;
 * nothing on Sundays in Alabama and Louisiana.
 */
const STATE_WEEKS: Readonly<Record<string, Week>> = {
  FL: TO_TWENTY,
  MD: TO_TWENTY,
  OK: TO_TWENTY,
  NJ: TO_TWENTY,
  MS: TO_TWENTY,
  CT: everyDay(hours(9, 20)),
  TX: withSunday(FEDERAL_WEEK, hours(12, 21)),
  AL: withSunday(FEDERAL_WEEK, null),
  LA: withSunday(FEDERAL_WEEK, null),
};

const FEDERAL: Hours = { name: "United States, 47 CFR 64.1200(c)", week: FEDERAL_WEEK, channels: TELEPHONE };
const STATES: ReadonlyMap<string, Hours> = new Map(
  Object.entries(STATE_WEEKS).map(([state, week]) => [
    state,
    { name: `United States, ${state}`, week, channels: TELEPHONE },
  ]),
);
/** Territories have country codes of their own and the same federal rule. */
const UNITED_STATES: ReadonlySet<string> = new Set(["US", "PR", "VI", "GU", "AS", "MP"]);

/** Ley 2300 de 2023, art. 3: Monday–Friday 7–19, Saturday 8–15, never on Sundays and holidays; any channel. */
const COLOMBIA: Hours = {
  name: "Colombia, Ley 2300",
  week: [...Array<Window>(5).fill(hours(7, 19)), hours(8, 15), null],
  holidays: "CO",
};

const NOWHERE: readonly Place[] = [{ country: null, time_zones: [] }];
const SEARCH_DAYS = 14;
const SEARCH_STEPS = 200;

export type QuietUntil = {
  /** The first instant (epoch ms) allowed in every place and zone; null where there is none within weeks. */
  until: number | null;
  /** Which rule says so and why: "Colombia, Ley 2300: Sunday". */
  detail: string;
};

/**
 * The first moment at or after `now` at which all places allow a message; null where there is none
 * within weeks. It is `now` itself when nothing forbids it.
 */
export function nextAllowed(
  now: Date,
  places: readonly Place[],
  quiet: QuietHours,
  channel: Channel,
): Date | null {
  const held = quietUntil(now.getTime(), places, quiet, channel);
  if (held === undefined) return now;
  return held.until === null ? null : new Date(held.until);
}

/** Undefined when a message is allowed at `at` (epoch ms), else until when and why it is not. */
export function quietUntil(
  at: number,
  places: readonly Place[],
  quiet: QuietHours,
  channel: Channel,
): QuietUntil | undefined {
  const first = firstQuiet(at, places, quiet, channel);
  if (first === undefined) return undefined;
  let next: { until: number } | undefined = first;
  let until = at;
  // Each place may push the moment into the quiet hours of another; what all allow is a fixed point.
  for (let step = 0; next !== undefined; step++) {
    if (step === SEARCH_STEPS || next.until === Infinity) return { ...first, until: null };
    until = next.until;
    next = firstQuiet(until, places, quiet, channel);
  }
  return { ...first, until };
}

function firstQuiet(
  at: number,
  places: readonly Place[],
  quiet: QuietHours,
  channel: Channel,
): { until: number; detail: string } | undefined {
  for (const place of places.length === 0 ? NOWHERE : places) {
    const rule = hoursOf(place, quiet, channel);
    if (rule === undefined) continue;
    let known = false;
    for (const zone of place.time_zones) {
      if (Number.isNaN(offsetAt(zone, at))) continue;
      known = true;
      const held = quietIn(rule, zone, at);
      if (held !== undefined) return held;
    }
    const held = known ? undefined : quietIn(rule, quiet.time_zone, at);
    if (held !== undefined) return held;
  }
  return undefined;
}

function hoursOf(place: Place, quiet: QuietHours, channel: Channel): Hours | undefined {
  const law = quiet.laws_off ? undefined : lawOf(place);
  if (law !== undefined && (law.channels === undefined || law.channels.includes(channel))) return law;
  return quiet.enabled && quiet.channels.includes(channel) ? ownHours(quiet) : undefined;
}

function lawOf(place: Place): Hours | undefined {
  if (place.country === "CO") return COLOMBIA;
  if (place.country === null || !UNITED_STATES.has(place.country)) return undefined;
  return (place.region ? STATES.get(place.region) : undefined) ?? FEDERAL;
}

/** One object per settings object, so that a row costs no allocation. */
const own = new WeakMap<QuietHours, Hours>();

function ownHours(quiet: QuietHours): Hours {
  const known = own.get(quiet);
  if (known !== undefined) return known;
  const fresh: Hours = { name: "hours of the workspace", week: quiet.week };
  own.set(quiet, fresh);
  return fresh;
}

function quietIn(rule: Hours, zone: string, at: number): ReturnType<typeof firstQuiet> {
  const local = localMinutes(zone, at);
  const today = Math.floor(local / (24 * HOUR));
  const minute = local - today * 24 * HOUR;
  const window = windowOn(rule, today);
  if (window !== null && minute >= window[0] && minute < window[1]) return undefined;

  const detail = `${rule.name}: ${whyQuiet(rule, today, window)}`;
  for (let day = today; day < today + SEARCH_DAYS; day++) {
    const opens = windowOn(rule, day);
    if (opens === null || (day === today && minute >= opens[0])) continue;
    return { until: instantOf(zone, day, opens[0]), detail };
  }
  return { until: Infinity, detail };
}

function windowOn(rule: Hours, day: number): Window {
  if (rule.holidays !== undefined && isHoliday(rule.holidays, day)) return null;
  return rule.week[weekday(day)] ?? null;
}

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

function whyQuiet(rule: Hours, day: number, window: Window): string {
  if (window !== null) return `outside ${clock(window[0])}–${clock(window[1])}`;
  if (rule.holidays !== undefined && isHoliday(rule.holidays, day)) return "holiday";
  return String(WEEKDAYS[weekday(day)]);
}

function clock(minute: number): string {
  return `${Math.floor(minute / HOUR)}:${String(minute % HOUR).padStart(2, "0")}`;
}
