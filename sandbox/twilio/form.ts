export type Form = Map<string, string | string[]>;

const AMPERSAND = 38;
const EQUALS = 61;
const PLUS = 43;
const PERCENT = 37;
const SPACE = 32;

let scratch = Buffer.allocUnsafe(1 << 16);

/**
 * Reads application/x-www-form-urlencoded bytes; a repeated name becomes a list.
 * Works on bytes, as every string it returns must stand alone: a slice would keep the whole request in memory
 * for as long as the message is kept.
 */
export function parseForm(bytes: Buffer): Form {
  if (scratch.length < bytes.length) scratch = Buffer.allocUnsafe(bytes.length * 2);
  const form: Form = new Map();
  let start = 0;
  while (start < bytes.length) {
    let end = bytes.indexOf(AMPERSAND, start);
    if (end < 0) end = bytes.length;
    let equals = bytes.indexOf(EQUALS, start);
    if (equals < 0 || equals > end) equals = end;
    const name = decoded(bytes, start, equals);
    const value = decoded(bytes, equals + 1, end);
    const present = form.get(name);
    if (present === undefined) form.set(name, value);
    else if (Array.isArray(present)) present.push(value);
    else form.set(name, [present, value]);
    start = end + 1;
  }
  return form;
}

function decoded(bytes: Buffer, start: number, end: number): string {
  let length = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === PERCENT && i + 2 < bytes.length) {
      scratch[length++] = (hexDigit(bytes[i + 1] as number) << 4) | hexDigit(bytes[i + 2] as number);
      i += 2;
    } else scratch[length++] = byte === PLUS ? SPACE : byte;
  }
  return scratch.toString("utf8", 0, length);
}

/** Value of an ASCII hex digit in either case. */
const hexDigit = (byte: number): number => (byte <= 57 ? byte - 48 : (byte | 32) - 87);

/** The last value of a field, as Twilio takes it, or undefined where it is absent or empty. */
export function field(form: Form, name: string): string | undefined {
  const value = form.get(name);
  const single = Array.isArray(value) ? value.at(-1) : value;
  return single === "" ? undefined : single;
}

export function fields(form: Form, name: string): string[] {
  const value = form.get(name);
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
