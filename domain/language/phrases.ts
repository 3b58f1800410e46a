/** The words of a reply that speak most for an intent, as the person wrote them. */
import type { Language } from "./language.ts";
import { type LinearModel, rowOf } from "./linearModel.ts";
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
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const phrases = [...words.map((word) => [word]), ...words.slice(1).map((word, i) => [words[i] ?? "", word])]
    .map((phrase) => ({
      phrase: phrase.join(" ").toLowerCase(),
      weight: weightOf(model, phrase, language, intent),
    }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return [...new Set(phrases.map(({ phrase }) => phrase))].slice(0, MOST);
}

function weightOf(model: LinearModel, phrase: readonly string[], language: Language, intent: number): number {
  const plain = phrase.map((word) => inFull(tokensOf(plainOf(word))[0] ?? "", language));
  const row = rowOf(model, plain.length === 1 ? `w${plain[0]}` : `b${plain.join(" ")}`);
  return row < 0 ? 0 : (model.weights[row * model.outputs + intent] ?? 0);
}
