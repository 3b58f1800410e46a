/** How a text is written, made quiet: capitals, marks, emoji, blanks. Works on masked texts (textFacts.ts). */
import { shouts } from "./textFacts.ts";

/** Small letters where it shouts: whole sentences, and runs of two and more words; what is said twice in a row once. */
export function lowered(masked: string): string {
  const sentences = masked.replace(/[^.!?¡¿\n]+/gu, (sentence) =>
    shouts(sentence) ? sentence.toLowerCase() : sentence,
  );
  return sentences
    .replace(/(?<!\p{L})(\p{L}{4,}(?: \p{L}{3,})?)(?: \1)+(?!\p{L})/giu, "$1")
    .replace(/(?<![\p{L}\p{N}])\p{Lu}{2,}(?:[ ,]+\p{Lu}{2,})+(?![\p{L}\p{N}])/gu, (run) => run.toLowerCase())
    .replace(/(?<![\p{L}\p{N}])(\p{Lu})([\p{Lu}\p{M}]{2,})(?![\p{L}\p{N}])/gu, (word) => word.toLowerCase());
}

/** At most `allowed` exclamation marks, one question mark where several stood, no runs of dots. */
export function hushed(masked: string, allowed: number): string {
  let left = allowed;
  const opened: boolean[] = [];
  return masked
    .replace(/[!?¡¿]*\?[!?]*|[¡¿]{2,}/gu, (run) => (run.includes("?") ? "?" : run.includes("¿") ? "¿" : "¡"))
    .replace(/!{2,}/g, "!")
    .replace(/\.{4,}/g, "…")
    .replace(/¡|!/g, (sign) => {
      if (sign === "¡") {
        opened.push(left > 0);
        return left > 0 ? "¡" : "";
      }
      opened.pop();
      left -= 1;
      return left >= 0 ? "!" : ".";
    });
}

const EMOJI =
  /(?:\p{Extended_Pictographic}(?:\u{fe0f}|\u{200d}\p{Extended_Pictographic}|[\u{1f3fb}-\u{1f3ff}])*)/u;
const ANY_EMOJI = new RegExp(EMOJI.source, "gu");

/** At most so many emoji, the first ones. */
export function fewerEmoji(masked: string, allowed: number): string {
  let left = allowed;
  return masked.replace(ANY_EMOJI, (emoji) => {
    left -= 1;
    return left >= 0 ? emoji : "";
  });
}

/** Sentences begin large, blanks and signs stand where they belong; what holds no word any more is gone. */
export function tidied(masked: string): string {
  return masked
    .replace(/[ \t]+/g, " ")
    .replace(/ +([.,;:!?](?![\p{L}\p{N}]))/gu, "$1")
    .replace(/([¡¿]) +/g, "$1")
    .replace(/[¡¿]+(?=[.,;!?]|$)/gm, "")
    .replace(/([.!?])(?:[ ,;]*[.,;])+(?= |$)/gm, "$1")
    .replace(/^[ .,;!?]+/gm, "")
    .replace(/[,;:] *([.!?])/g, "$1")
    .replace(
      /(^|[.!?…]\s+|\n\s*)((?:[¡¿"“(]|\p{Extended_Pictographic}+ )*)(\p{Ll})(?!\p{Lu})/gu,
      (_, before: string, signs: string, letter: string) => `${before}${signs}${letter.toUpperCase()}`,
    )
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
