import {
  type CountryCode,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";
import { AREAS, type Area } from "./areaCodes.ts";

export type Place = {
  /** ISO 3166; null where the number belongs to no country. */
  country: string | null;
  /** State of the United States by area code, as its two letters; absent elsewhere and for toll-free. */
  region?: string;
  /** IANA names, one or several: what is allowed must be allowed in all. Empty where nothing is known. */
  time_zones: string[];
};

const LONGEST_PREFIX = 4;
const areaByPrefix = new Map<string, Area>();
for (const [country, areas] of Object.entries(AREAS)) {
  for (const area of areas)
    for (const prefix of area.prefixes.split(" ")) areaByPrefix.set(country + prefix, area);
}
const zonesByCountry = new Map<string, string[]>();

/**
 * Where a number is at home: its country, and the zones its area code allows; a mobile of a country
 * without geographic mobile numbers may be anywhere in it. People carry numbers away, so a zone
 * known from elsewhere counts beside these. `country` spares a second parse where it is known.
 */
export function placeOfNumber(e164: string, country: string | null = countryOf(e164)): Place {
  if (country === null || !isSupportedCountry(country)) return { country, time_zones: [] };
  const area = areaOf(country, e164.slice(1 + getCountryCallingCode(country).length));
  if (!area) return { country, time_zones: zonesOfCountry(country) };
  const place: Place = { country, time_zones: [...area.zones] };
  if (area.region) place.region = area.region;
  return place;
}

/** All zones of a country (CLDR); empty where it is unknown. */
export function zonesOfCountry(country: string): string[] {
  let zones = zonesByCountry.get(country);
  if (!zones) {
    zones = new Intl.Locale(`und-${country}`).getTimeZones() ?? [];
    zonesByCountry.set(country, zones); // 0.25 ms each time it is asked anew
  }
  return [...zones];
}

function countryOf(e164: string): CountryCode | null {
  return parsePhoneNumberFromString(e164)?.country ?? null;
}

function areaOf(country: string, nationalNumber: string): Area | undefined {
  for (let length = LONGEST_PREFIX; length > 0; length--) {
    const area = areaByPrefix.get(country + nationalNumber.slice(0, length));
    if (area) return area;
  }
  return undefined;
}
