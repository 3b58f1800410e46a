/** What a text written by a model may name: only what stood among the facts that it was given. */

/** Unseen characters can hide a link in the middle of a word. */
const plain = (text: string) => text.normalize("NFKC").replace(/\p{Cf}/gu, "");

const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
const LINK =
  /(?:\p{L}{2,10}:\/\/|www\.)[^\s<>"']+|(?<![\p{L}\p{N}@.])(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}(?:\/[^\s<>"']*)?/giu;
/** A link in words: "mi sitio punto com". */
const SPOKEN_LINK = /(?<!\p{L})(?:dot|punto|ponto)\s+(?:com|net|org|info|io|me|co|mx|br)(?!\p{L})/giu;
const NUMBER = /\p{Nd}(?:[\p{Nd}.,'’\s-]*\p{Nd})?/gu;

const found = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([one]) => one.toLowerCase().replace(/[.,;:!?)\]}»”]+$/u, ""));
const digits = (number: string) => number.replace(/\P{Nd}/gu, "");

/** Each run of digits, and each piece of it: "7 y 30", "7-30" and "730" are told apart only in the answer. */
const numbersOf = (text: string) =>
  [...text.matchAll(NUMBER)].flatMap(([run]) => [digits(run), ...run.split(/[\s-]+/).map(digits)]);

/** What of `text` is a link, an address or a number (an amount, a telephone, a date) that no fact has. */
export function strangersIn(text: string, facts: readonly string[]): string[] {
  const known = plain(facts.join("\n"));
  const said = plain(text);
  const strange: string[] = [];
  for (const pattern of [EMAIL, LINK, SPOKEN_LINK]) {
    const allowed = new Set(found(known, pattern));
    strange.push(...found(said, pattern).filter((one) => !allowed.has(one)));
  }
  const numbers = new Set(numbersOf(known));
  for (const [run] of said.matchAll(NUMBER)) {
    const pieces = run.split(/[\s-]+/).map(digits);
    if (!numbers.has(digits(run)) && !pieces.every((piece) => numbers.has(piece))) strange.push(run);
  }
  return [...new Set(strange)];
}
