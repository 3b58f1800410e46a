/** Keeps personal data out of what models are sent, and puts it back into what they answer. */

/** Texts without what says who somebody is, and the way back. */
export type Masked = {
  texts: string[];
  /** Puts the data back wherever a placeholder stands. */
  reveal(text: string): string;
};

const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
/** Digits as people write numbers; what of it is an amount or a date is left out below. */
const DIGITS = /(?<![\p{L}\p{N}])\+?\(?\d[\d\s().\-/]{6,}\d(?![\p{L}\p{N}])/gu;
const AMOUNT = /^\d{1,3}([.,\s]\d{3})+$/;
const DATE = /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})$/;
const LEAST_DIGITS = 8;
const LEAST_LETTERS = 3;

const isPhone = (run: string) =>
  !AMOUNT.test(run.trim()) && !DATE.test(run.trim()) && run.replace(/\D/g, "").length >= LEAST_DIGITS;

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/**
 * Replaces e-mail addresses, telephone numbers and `names` by placeholders: the same value by the same one, in every
 * text. Names count word by word, whatever their case, from three letters on.
 */
export function mask(texts: readonly string[], names: readonly string[]): Masked {
  const placeholders = new Map<string, string>();
  const values = new Map<string, string>();
  const taken = texts.join("\n");
  const counts: Record<string, number> = {};
  const placeholderOf = (kind: string, value: string): string => {
    const known = placeholders.get(`${kind}:${value.toLowerCase()}`);
    if (known !== undefined) return known;
    let placeholder: string;
    do {
      counts[kind] = (counts[kind] ?? 0) + 1;
      placeholder = `[${kind}_${counts[kind]}]`;
      // Somebody may have written one: then it is not ours.
    } while (taken.includes(placeholder));
    placeholders.set(`${kind}:${value.toLowerCase()}`, placeholder);
    values.set(placeholder, value);
    return placeholder;
  };
  const words = [...new Set(names.flatMap((name) => name.split(/[\s,;]+/)))]
    .filter((word) => word.length >= LEAST_LETTERS)
    .toSorted((a, b) => b.length - a.length);
  const name =
    words.length === 0
      ? undefined
      : new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.map(escaped).join("|")})(?![\\p{L}\\p{N}])`, "giu");
  return {
    texts: texts.map((text) => {
      const plain = text
        .replace(EMAIL, (value) => placeholderOf("EMAIL", value))
        .replace(DIGITS, (value) => (isPhone(value) ? placeholderOf("PHONE", value) : value));
      return name === undefined ? plain : plain.replace(name, (value) => placeholderOf("NAME", value));
    }),
    reveal: (text) => text.replace(/\[(?:EMAIL|PHONE|NAME)_\d+\]/g, (one) => values.get(one) ?? one),
  };
}

/** `reveal` for every text within an answer. */
export function revealAll<T>(answer: T, reveal: (text: string) => string): T {
  if (typeof answer === "string") return reveal(answer) as T;
  if (Array.isArray(answer)) return answer.map((one: unknown) => revealAll(one, reveal)) as T;
  if (typeof answer !== "object" || answer === null) return answer;
  return Object.fromEntries(
    Object.entries(answer).map(([field, value]: [string, unknown]) => [field, revealAll(value, reveal)]),
  ) as T;
}
