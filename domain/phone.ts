import {
  type CountryCode,
  isSupportedCountry,
  parsePhoneNumberWithError,
  type PhoneNumber,
} from "libphonenumber-js/max";
import { canonicalPhone } from "./address.ts";

/** ISO 3166 code of a country whose national numbers can be read. */
export type Region = CountryCode;

export const PHONE_TYPES = [
  "mobile",
  "landline",
  "mobile_or_landline",
  "toll_free",
  "voip",
  "other",
] as const;
export type PhoneType = (typeof PHONE_TYPES)[number];

export const PHONE_REASONS = [
  "blank",
  "excel_mangled",
  "not_a_number",
  "extension",
  "too_short",
  "too_long",
  "needs_region",
  "wrong_region",
  "ambiguous",
  "invalid",
] as const;
export type PhoneReason = (typeof PHONE_REASONS)[number];

export type ParsedPhone =
  | {
      ok: true;
      /** What is dialled. */
      e164: string;
      /** What is compared; see canonicalPhone. */
      canonical: string;
      /** Null where the number belongs to no country (+800 …). */
      country: Region | null;
      type: PhoneType;
    }
  | { ok: false; reason: PhoneReason };

/** Where our customers' files come from: a number that is national there is not read as another country's. */
const NEIGHBOURS: readonly Region[] = [
  ...(["CO", "MX", "BR", "AR", "CL", "PE", "EC", "US", "ES", "GT", "CR", "PA", "DO", "VE"] as const),
  ...(["UY", "PY", "BO", "SV", "HN", "NI", "CU", "PT"] as const),
];

type CommonNumbers = { country: Region; code: string; type: PhoneType; shape: RegExp };

/**
 * Most numbers in our customers' files: the mobiles of Colombia, the largest area codes of Mexico. The library says the
 * same of every one of them (phone.test.ts), but takes 10 µs, a third of what reading a row takes.
 */
export const COMMON: readonly CommonNumbers[] = [
  { country: "CO", code: "57", type: "mobile", shape: /^573(?:0[0-5]|1\d|2[0-3]|5[01])\d{7}$/ },
  { country: "MX", code: "52", type: "mobile_or_landline", shape: /^52(?:33|5[56]|81)\d{8}$/ },
];

const EXCEL_NUMBER = /^\+?\d(?:[.,]\d+)?E\+?\d{1,2}$/i;
const EXCEL_ERROR = /^#(?:#+|[¡¿]?(?:DIV\/0|N\/[AD]|[\p{L}]{3,12}))[!?]?$/u;
const NOTHING_GIVEN =
  /^(?:n\/?a|n\/?d|s\/?n|s\/t|no|none|null|nan|undefined|x+|0+|ninguno|nenhum|nada|pendiente|pendente|desconocido|unknown|no (?:tiene|aplica|registra|number|phone)|n[aã]o tem|(?:sin|sem)(?: (?:tel[eé]fono|telefone|n[uú]mero|celular|m[oó]vil|whatsapp|dato))?)$/;
const EXTENSION = /\d\s*(?:ext|extensi[oó]n|anexo|ramal|int|x)[.:\s]*\d{1,6}$/i;
const NUMBER_SIGNS = /^\(?\+?[\d\s().\p{Pd}]+$/u;

/**
 * Reads a phone number as people, spreadsheets and WhatsApp write it: with `whatsapp:`, a plus or 00,
 * blanks, dots, brackets and dashes, or national to `region`. A country code without plus counts only
 * where the digits are no national number of the region. A number that is national somewhere else
 * is refused, not guessed. Mexico's 521 and Brazil's missing ninth digit are put right.
 */
export function parsePhone(raw: string, region?: Region): ParsedPhone {
  const text = bareNumber(raw);
  const lower = text.toLowerCase();
  if (EXCEL_NUMBER.test(text) || EXCEL_ERROR.test(text)) return refuse("excel_mangled");
  if (!/[\p{L}\p{N}]/u.test(text) || NOTHING_GIVEN.test(lower)) return refuse("blank");
  if (EXTENSION.test(text)) return refuse("extension");
  if (!NUMBER_SIGNS.test(text)) return refuse("not_a_number");

  const digits = text.replace(/\D/g, "");
  if (/^\(?\+/.test(text)) return international(text.replace(/\(0\)/, "").replace(/\D/g, ""));
  if (digits.startsWith("00")) return international(digits.slice(2));
  return national(digits, region);
}

/** Narrows a text to a region whose national numbers can be read; any case. Undefined where unknown. */
export function parseRegion(text: string): Region | undefined {
  const code = text.trim().toUpperCase();
  return isSupportedCountry(code) ? code : undefined;
}

/**
 * What is dialled for a canonical number: a mobile of Argentina needs the 9 that comparing leaves out, for SMS
 * and WhatsApp alike. Every other canonical number is dialled as it is.
 */
export function dialledPhone(canonical: string, type: PhoneType | null): string {
  return type === "mobile" ? canonical.replace(/^\+54(?=[1-8]\d{9}$)/, "+549") : canonical;
}

/** Takes off what is written around a number: prefixes, Excel's text marks, invisible signs, a float's `.0`. */
function bareNumber(raw: string): string {
  return raw
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .trim()
    .replace(/^="(.*)"$/, "$1")
    .replace(/^'+/, "")
    .replace(/^(?:whatsapp|tel|sms):\s*/i, "")
    .replace(/^(\+?\d{7,})\.0+$/, "$1")
    .trim();
}

function international(digits: string): ParsedPhone {
  const common = COMMON.find(({ shape }) => shape.test(digits));
  if (common) return acceptCommon(digits, common);
  const found = readNumber(`+${digits}`);
  return found ? accept(found) : refuse(wrongLength(digits) ?? "invalid");
}

function national(digits: string, region: Region | undefined): ParsedPhone {
  const wrong = wrongLength(digits);
  if (wrong) return refuse(wrong);
  const common = COMMON.find(({ country }) => country === region);
  const withCode = common && digits.length === 10 ? common.code + digits : digits;
  if (common?.shape.test(withCode)) return acceptCommon(withCode, common);
  const here = region && readNumber(withoutOldPrefix(digits, region), region);
  const abroad = digits.length > 10 ? readNumber(`+${digits}`) : undefined;
  if (here) {
    const twoReadings = region === "MX" && digits.startsWith("1") && abroad !== undefined;
    return twoReadings ? refuse("ambiguous") : accept(here);
  }
  const elsewhere = NEIGHBOURS.some((neighbour) => {
    const found = readNumber(digits, neighbour);
    return found !== undefined && found.number !== abroad?.number;
  });
  if (abroad) return elsewhere ? refuse("ambiguous") : accept(abroad);
  if (!region) return refuse("needs_region");
  return refuse(elsewhere ? "wrong_region" : "invalid");
}

/** Mexico dialled 01, 044 and 045 until 2019, and WhatsApp still shows a 1; the metadata has forgotten them. */
function withoutOldPrefix(digits: string, region: Region): string {
  return region === "MX" ? digits.replace(/^(?:01|044|045|1)(\d{10})$/, "$1") : digits;
}

/** A valid number, its spelling put right where only the canonical one is valid; else undefined. */
function readNumber(text: string, region?: Region): PhoneNumber | undefined {
  const found = tryParse(text, region);
  if (!found || found.isValid()) return found;
  const corrected = tryParse(canonicalPhone(found.number));
  return corrected?.isValid() ? corrected : undefined;
}

function tryParse(text: string, region?: Region): PhoneNumber | undefined {
  try {
    return parsePhoneNumberWithError(
      text,
      region ? { defaultCountry: region, extract: false } : { extract: false },
    );
  } catch {
    return undefined; // the library throws for everything it cannot read; the caller names the reason
  }
}

/** E.164 allows 15 digits; nobody's own number has fewer than 7. */
function wrongLength(digits: string): "too_short" | "too_long" | undefined {
  if (digits.length < 7) return "too_short";
  return digits.length > 15 ? "too_long" : undefined;
}

function accept(found: PhoneNumber): ParsedPhone {
  return {
    ok: true,
    e164: found.number,
    canonical: canonicalPhone(found.number),
    country: found.country ?? null,
    type: typeOf(found),
  };
}

/** None of the numbers that canonicalPhone changes is among them. */
function acceptCommon(digits: string, { country, type }: CommonNumbers): ParsedPhone {
  return { ok: true, e164: `+${digits}`, canonical: `+${digits}`, country, type };
}

function refuse(reason: PhoneReason): ParsedPhone {
  return { ok: false, reason };
}

function typeOf(found: PhoneNumber): PhoneType {
  switch (found.getType()) {
    case "MOBILE":
      return "mobile";
    case "FIXED_LINE":
      return "landline";
    case "FIXED_LINE_OR_MOBILE":
      return "mobile_or_landline";
    case "TOLL_FREE":
      return "toll_free";
    case "VOIP":
      return "voip";
    default:
      return "other";
  }
}
