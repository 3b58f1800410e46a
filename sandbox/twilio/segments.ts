// GSM 03.38: the basic set counts one septet, the extension two; anything else makes the text UCS-2.
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüàÆæßÉ";
const EXTENSION = "^{}\\[~]|€\f";

const SEPTETS = new Map<string, number>([
  ...Array.from(BASIC, (letter): [string, number] => [letter, 1]),
  ...Array.from(EXTENSION, (letter): [string, number] => [letter, 2]),
]);

/** Number of SMS segments of a text: 160/153 septets or 70/67 UTF-16 units each; an empty text counts as one. */
export function segmentsOf(text: string): number {
  let septets = 0;
  for (const letter of text) {
    const size = SEPTETS.get(letter);
    if (size === undefined) return text.length <= 70 ? 1 : Math.ceil(text.length / 67);
    septets += size;
  }
  return septets <= 160 ? 1 : Math.ceil(septets / 153);
}
