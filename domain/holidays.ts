/** Public holidays of the countries whose contact rules depend on them. */
import Holidays from "date-holidays";
import { DAY } from "./localTime.ts";

const calendars = new Map<string, Holidays>();
/** A pure memo: the holidays of a country's year as days since 1970-01-01. */
const years = new Map<string, ReadonlySet<number>>();

/** Whether a local day (since 1970-01-01) is a public holiday, with those moved to a Monday (Ley 51 de 1983) on that Monday. */
export function isHoliday(country: string, day: number): boolean {
  const year = new Date(day * DAY).getUTCFullYear();
  return holidaysOf(country, year).has(day);
}

function holidaysOf(country: string, year: number): ReadonlySet<number> {
  const key = `${country}${year}`;
  const known = years.get(key);
  if (known !== undefined) return known;
  const days = new Set(
    calendarOf(country)
      .getHolidays(year)
      .filter((holiday) => holiday.type === "public")
      .map((holiday) => Date.parse(`${holiday.date.slice(0, 10)}T00:00Z`) / DAY),
  );
  years.set(key, days);
  return days;
}

function calendarOf(country: string): Holidays {
  const known = calendars.get(country);
  if (known !== undefined) return known;
  const fresh = new Holidays(country);
  calendars.set(country, fresh);
  return fresh;
}
