/** Words and phrases that raise a text's risk, and calm ones that say the same. */
import { ENGLISH } from "./calmEnglish.ts";
import { PORTUGUESE } from "./calmPortuguese.ts";
import { SPANISH } from "./calmSpanish.ts";
import type { Language } from "./language.ts";

/** A pattern over a masked text (textFacts.ts), and what stands in its place, in small letters. */
export type Swap = readonly [
  pattern: RegExp,
  calm: string | ((match: string, ...groups: string[]) => string),
];

const SWAPS: Readonly<Record<Language, readonly Swap[]>> = { en: ENGLISH, es: SPANISH, pt: PORTUGUESE };

/** The masked text with calm words, and the loud ones that it had. */
export function calmed(masked: string, language: Language): { text: string; loud: string[] } {
  const loud: string[] = [];
  let text = masked;
  for (const [pattern, calm] of SWAPS[language])
    text = text.replace(pattern, (match: string, ...rest: unknown[]) => {
      loud.push(
        match
          .replace(/[\uE000-\uF8FF]/g, "")
          .trim()
          .toLowerCase(),
      );
      const groups = rest
        .filter((one) => typeof one === "string" || one === undefined)
        .slice(0, -1) as string[];
      return typeof calm === "string"
        ? calm.replace(/\$(\d)/g, (_, n: string) => (groups[Number(n) - 1] ?? "").toLowerCase())
        : calm(match, ...groups);
    });
  return { text, loud: [...new Set(loud)].filter(Boolean) };
}
