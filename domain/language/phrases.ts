/** The words of a reply that speak most for an intent, as the person wrote them. */
import { piecesOf } from "./features.ts";
import type { Language } from "./language.ts";
import { type LinearModel, rowOf, weightOf } from "./linearModel.ts";
import { inFull } from "./spellings.ts";
import { plainOf, tokensOf } from "./tokens.ts";

const MOST = 3;

/** At most three, strongest first. `rules` are words that a rule matched; they stand alone where there are any. */
export function keyPhrasesOf(
  model: LinearModel,
  text: string,
  language: Language,
  intent: number,
  rules: readonly string[],
): string[] {
  if (rules.length > 0) return rules.slice(0, MOST);
  const words = (text.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => ({
    written: word.toLowerCase(),
    plain: inFull(plainWord(word), language),
  }));
  const weigh = (feature: string) => weightOf(model, feature, intent);
  const phrases = words
    .flatMap(({ written, plain }, i) => {
      const word = {
        phrase: written,
        // A word that the model does not know weighs what its pieces weigh.
        weight: rowOf(model, `w${plain}`) < 0 ? meanOf(piecesOf(plain).map(weigh)) : weigh(`w${plain}`),
      };
      const before = words[i - 1];
      if (before === undefined) return [word];
      return [word, { phrase: `${before.written} ${written}`, weight: weigh(`b${before.plain} ${plain}`) }];
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return [...new Set(phrases.map(({ phrase }) => phrase))].slice(0, MOST);
}

/** The form of tokens.ts; most words have it as they are, and need not be brought there. */
const plainWord = (word: string): string =>
  /^[a-z]+$/.test(word) ? word : (tokensOf(plainOf(word))[0] ?? "");

const meanOf = (weights: readonly number[]) =>
  weights.reduce((sum, weight) => sum + weight, 0) / Math.max(weights.length, 1);
