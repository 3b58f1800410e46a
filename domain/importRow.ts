import { parseEmail } from "./address.ts";
import { contactIdentity } from "./identity.ts";
import { type PhoneReason, type PhoneType, parsePhone, type Region } from "./phone.ts";

/** What a column of a file can be. A column that is `attribute` is kept under its header. */
export const ROW_FIELDS = [
  "phone",
  "email",
  "name",
  "city",
  "region",
  "language",
  "time_zone",
  "tags",
  "consent",
  "attribute",
  "ignore",
] as const;
export type RowField = (typeof ROW_FIELDS)[number];

export type RowLayout = {
  /** In the order of the file. */
  columns: readonly { header: string; field: RowField }[];
  /** Whose national numbers are read without country code. */
  region: Region | undefined;
  readConsent: (cell: string) => "yes" | "no" | null;
};

export type ImportedPerson = {
  identity: string;
  phone: string | null;
  phone_type: PhoneType | null;
  country: string | null;
  email: string | null;
  tags: string[];
  /** -1 no, 0 nothing said, 1 yes. */
  consent: -1 | 0 | 1;
  /**
   * Cells by column, blank where the file gives nothing; one place more at the end for an e-mail address
   * that could not be used, which is kept as it was typed.
   */
  values: string[];
};

export type RejectReason = Exclude<PhoneReason, "blank"> | "no_identity" | "too_long";
export type RowWarning = "email_unusable";

export type RowReading =
  | { ok: true; person: ImportedPerson; warning: RowWarning | null }
  /** `column` is the header of the cell at fault. */
  | { ok: false; column: string | null; reason: RejectReason };

/** In characters. Names are indexed, and PostgreSQL takes no more than about 2,700 bytes there. */
const LONGEST: Record<RowField, number> = {
  phone: 200,
  email: 1000,
  name: 300,
  city: 200,
  region: 100,
  language: 35,
  time_zone: 64,
  tags: 2000,
  consent: 200,
  attribute: 10_000,
  ignore: Number.POSITIVE_INFINITY,
};
const LONGEST_TAG = 100;
/** Stands between the values of a list on their way into the database: no tag has it. */
export const BETWEEN_TAGS = "\u001f";

/**
 * Reads one row as a person. A number names the person; without one a valid e-mail address does. A number that
 * is there and cannot be used rejects the row, even beside an e-mail address: nobody knows whose row it is.
 * An address that cannot be used beside a good number is only a warning.
 */
export function readRow(cells: readonly string[], layout: RowLayout): RowReading {
  const { columns } = layout;
  const values = new Array<string>(columns.length + 1).fill("");
  let phoneAt = -1;
  let emailAt = -1;
  let consent: ImportedPerson["consent"] = 0;
  let tags: string[] = [];

  for (let at = 0; at < columns.length; at++) {
    const { field, header } = columns[at] as (typeof columns)[number];
    if (field === "ignore") continue;
    const value = clean(cells[at] ?? "");
    if (value.length > LONGEST[field]) return { ok: false, column: header, reason: "too_long" };
    values[at] = value;
    if (field === "phone") phoneAt = at;
    else if (field === "email") emailAt = at;
    else if (field === "consent") consent = strongest(consent, readAnswer(layout.readConsent(value)));
    else if (field === "tags" && value !== "") {
      tags = union(tags, splitTags(value));
      if (tags.some((tag) => tag.length > LONGEST_TAG))
        return { ok: false, column: header, reason: "too_long" };
    }
  }

  const phone = parsePhone(values[phoneAt] ?? "", layout.region);
  if (!phone.ok && phone.reason !== "blank")
    return { ok: false, column: columns[phoneAt]?.header ?? null, reason: phone.reason };
  const email = parseEmail(values[emailAt] ?? "");
  let warning: RowWarning | null = null;
  if (emailAt >= 0) {
    if (!email.ok && email.reason !== "blank") {
      values[columns.length] = values[emailAt] as string;
      warning = "email_unusable";
    }
    values[emailAt] = email.ok ? email.canonical : "";
  }
  const person = {
    phone: phone.ok ? phone.canonical : null,
    phone_type: phone.ok ? phone.type : null,
    country: phone.ok ? phone.country : null,
    email: email.ok ? email.canonical : null,
  };
  const identity = contactIdentity(person);
  if (identity === undefined)
    return { ok: false, column: columns[phoneAt]?.header ?? null, reason: "no_identity" };
  return { ok: true, person: { identity, ...person, tags, consent, values }, warning };
}

/**
 * Adds what a later row of the file says of the same person: the first value of each column stays, tags add up,
 * and a no anywhere wins over a yes.
 */
export function mergeRow(person: ImportedPerson, later: ImportedPerson): void {
  for (let at = 0; at < person.values.length; at++) person.values[at] ||= later.values[at] as string;
  person.email ??= later.email;
  person.tags = union(person.tags, later.tags);
  person.consent = strongest(person.consent, later.consent);
}

/** Which columns have given a value, as bits: the first column is the lowest bit of the first byte. */
export function givenColumns(values: readonly string[]): Uint8Array {
  const bits = new Uint8Array((values.length + 7) >> 3);
  for (let at = 0; at < values.length; at++) {
    if (values[at] !== "") bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
  }
  return bits;
}

/** Takes away what earlier rows of the file have given already, as `givenColumns` said then. */
export function withoutGiven(person: ImportedPerson, given: Uint8Array, layout: RowLayout): void {
  for (let at = 0; at < person.values.length; at++) {
    if (((given[at >> 3] ?? 0) & (1 << (at & 7))) === 0) continue;
    person.values[at] = "";
    if (layout.columns[at]?.field === "email") person.email = null;
  }
}

/** Of two answers the no, else the one that says something. */
export function strongest(
  one: ImportedPerson["consent"],
  other: ImportedPerson["consent"],
): ImportedPerson["consent"] {
  if (one === -1 || other === -1) return -1;
  return one === 1 || other === 1 ? 1 : 0;
}

/** The rows of contacts that a file's columns fill; what the file does not give is null. */
export function contactFields(person: ImportedPerson, layout: RowLayout) {
  // Headers are the file's: one may well be called __proto__.
  const attributes = Object.create(null) as Record<string, string>;
  const fields: Record<"name" | "city" | "region" | "language" | "time_zone", string | null> = {
    name: null,
    city: null,
    region: null,
    language: null,
    time_zone: null,
  };
  for (let at = 0; at < layout.columns.length; at++) {
    const value = person.values[at] as string;
    if (value === "") continue;
    const { field, header } = layout.columns[at] as RowLayout["columns"][number];
    if (!(field in fields) && field !== "attribute") continue;
    const known = field === "attribute" ? undefined : readField(field, value);
    if (known === undefined) attributes[header] = value;
    else fields[field as keyof typeof fields] = known;
  }
  const typed = person.values[layout.columns.length];
  if (typed) attributes["email_as_typed"] = typed;
  return { ...fields, email: person.email, attributes, tags: person.tags };
}

/** Undefined where it is no value of the field: then the cell is kept as an attribute. */
function readField(field: RowField, value: string): string | undefined {
  if (field === "time_zone") return isTimeZone(value) ? value : undefined;
  if (field === "language") return /^[a-z]{2,3}(?:[-_][a-z0-9]+)*$/i.test(value) ? value : undefined;
  return value;
}

const zones = new Map<string, boolean>();

function isTimeZone(name: string): boolean {
  let known = zones.get(name);
  if (known === undefined) {
    try {
      known = Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
    } catch {
      known = false; // a RangeError says that there is no such zone
    }
    if (zones.size < 1000) zones.set(name, known);
  }
  return known;
}

/** PostgreSQL's text takes no NUL. Letters are composed, as accents of Mac files are signs of their own. */
function clean(cell: string): string {
  const trimmed = cell.trim();
  return (trimmed.includes("\0") ? trimmed.replaceAll("\0", "").trim() : trimmed).normalize("NFC");
}

function splitTags(cell: string): string[] {
  return cell
    .replaceAll(BETWEEN_TAGS, ",")
    .split(/[,;|]/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
}

function union(some: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...some, ...others])];
}

function readAnswer(answer: "yes" | "no" | null): ImportedPerson["consent"] {
  if (answer === null) return 0;
  return answer === "yes" ? 1 : -1;
}
