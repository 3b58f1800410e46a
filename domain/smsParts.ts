/** How an SMS is written on the air, and how many parts (segments) are sent and paid for. */
export type SmsParts = { encoding: "GSM-7" | "UCS-2"; parts: number };

/** Septets of a part (GSM-7) or 16-bit units (UCS-2): alone, and with the header that joins several. */
const CAPACITY = { "GSM-7": { single: 160, joined: 153 }, "UCS-2": { single: 70, joined: 67 } } as const;

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "\f^{}\\[~]|€";
const septets = new Map(Array.from(BASIC, (char): [string, number] => [char, 1]));
for (const char of EXTENDED) septets.set(char, 2);

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
/** Anything that can be longer than one 16-bit unit, or joins its neighbour. */
const JOINING = /[\p{M}\p{Cf}\p{Cs}\p{Emoji_Modifier}\u{10000}-\u{10ffff}\u1100-\u11ff]|\r\n/u;

/**
 * Counts the parts of an SMS (3GPP TS 23.038 and 23.040). One character outside GSM-7, as á or ú, turns
 * the whole text into UCS-2. An escaped character is not cut in two, nor what reads as one sign.
 * An empty text is one part. Twilio's own calculator counts the same but takes a millisecond a text.
 */
export function countSmsParts(text: string): SmsParts {
  const sizes = septetSizes(text);
  return sizes
    ? { encoding: "GSM-7", parts: partsFor(sizes, CAPACITY["GSM-7"]) }
    : { encoding: "UCS-2", parts: partsFor(unitSizes(text), CAPACITY["UCS-2"]) };
}

/**
 * What a number of parts costs, in minor units of the currency, rounded up once at the end. The price of
 * one part is in millionths of the currency, as providers ask fractions of a cent: 0.0079 USD is 7900.
 */
export function costOfParts(parts: number, microsPerPart: number, minorDigits = 2): number {
  return Math.ceil((parts * microsPerPart) / 10 ** (6 - minorDigits));
}

function septetSizes(text: string): number[] | undefined {
  const sizes: number[] = [];
  for (const char of text) {
    const size = septets.get(char);
    if (size === undefined) return undefined;
    sizes.push(size);
  }
  return sizes;
}

/** A sign longer than a whole part is cut after all. */
function unitSizes(text: string): number[] {
  if (!JOINING.test(text)) return ones(text.length);
  return Array.from(graphemes.segment(text)).flatMap(({ segment }) =>
    segment.length > CAPACITY["UCS-2"].joined ? ones(segment.length) : segment.length,
  );
}

function ones(count: number): number[] {
  return Array.from<number>({ length: count }).fill(1);
}

function partsFor(sizes: readonly number[], { single, joined }: { single: number; joined: number }): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= single) return 1;
  let parts = 1;
  let room = joined;
  for (const size of sizes) {
    if (size > room) {
      parts += 1;
      room = joined;
    }
    room -= size;
  }
  return parts;
}
