/** What the linear model sees of a reply: words, pairs of words, pieces of words, signs and cues. */
import { cuesOf } from "./cues.ts";
import { plainOf, tokensOf } from "./tokens.ts";
import { inFull } from "./spellings.ts";
import type { Language } from "./language.ts";

export type Feature = readonly [name: string, value: number];

const LENGTHS = [1, 2, 3, 5, 8, 13, 25];

/** A text once it is read: what both languages' spellings and all rules start from. */
export type Seen = { plain: string; tokens: readonly string[]; cues: readonly string[] };

export function see(text: string): Seen {
  const plain = plainOf(text);
  return { plain, tokens: tokensOf(plain), cues: cuesOf(plain) };
}

/**
 * The features of a text with their values. Each kind has a weight of its own that is shared by its members,
 * so that a long reply does not shout down a short one. `language` only chooses the chat spellings.
 */
export function featuresOf({ tokens, cues }: Seen, language: Language | undefined): Feature[] {
  const words = tokens.map((token) => inFull(token, language));
  const features: Feature[] = [];
  const add = (names: readonly string[], weight: number) => {
    const value = weight / Math.sqrt(Math.max(names.length, 1));
    for (const name of names) features.push([name, value]);
  };
  const unique = [...new Set(words)];
  add(
    unique.map((word) => `w${word}`),
    3,
  );
  add([...new Set(pairsOf(words))], 2);
  add([...new Set(unique.flatMap(piecesOf))], 2.5);
  add(
    cues.map((cue) => `r${cue}`),
    1.5,
  );
  const size = LENGTHS.findIndex((length) => words.length <= length);
  features.push([`n${size}`, 0.5], [`f${words[0] ?? ""}`, 0.7], [`l${words.at(-1) ?? ""}`, 0.7]);
  return features;
}

function pairsOf(words: readonly string[]): string[] {
  const pairs = words.slice(1).map((word, i) => `b${words[i]} ${word}`);
  const skips = words.slice(2).map((word, i) => `s${words[i]} ${word}`);
  return [...pairs, ...skips];
}

/** Pieces of three and four letters, with the word's edges marked. */
function piecesOf(word: string): string[] {
  if (!/^[a-z]{3,}$/.test(word)) return [];
  const edged = `<${word}>`;
  const pieces: string[] = [];
  for (const length of [3, 4, 5]) {
    for (let i = 0; i + length <= edged.length; i++) pieces.push(`c${edged.slice(i, i + length)}`);
  }
  return pieces;
}
