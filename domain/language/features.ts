/** What the linear model sees of a reply: words, pairs of words, pieces of words, what they stand for, signs and cues. */
import { conceptsOf } from "./concepts.ts";
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
  const concepts = words.map(conceptsOf).filter((meant) => meant.length > 0);
  add(
    [...new Set(concepts.flat())].map((concept) => `k${concept}`),
    2,
  );
  add(conceptPairsOf(concepts), 2.5);
  const size = LENGTHS.findIndex((length) => words.length <= length);
  features.push([`n${size}`, 0.5], [`f${words[0] ?? ""}`, 0.7], [`l${words.at(-1) ?? ""}`, 0.7]);
  return features;
}

function pairsOf(words: readonly string[]): string[] {
  const pairs = words.slice(1).map((word, i) => `b${words[i]} ${word}`);
  const skips = words.slice(2).map((word, i) => `s${words[i]} ${word}`);
  return [...pairs, ...skips];
}

/** Neighbours and next neighbours among what the words stand for, whatever lies between, and the two ends. */
function conceptPairsOf(concepts: readonly (readonly string[])[]): string[] {
  const pairs = new Set<string>();
  const join = (sign: string, left: readonly string[] | undefined, right: readonly string[]) => {
    for (const one of left ?? []) for (const other of right) pairs.add(`${sign}${one} ${other}`);
  };
  for (const [i, meant] of concepts.entries()) {
    join("K", concepts[i - 1], meant);
    join("J", concepts[i - 2], meant);
  }
  for (const first of concepts[0] ?? []) pairs.add(`F${first}`);
  for (const last of concepts.at(-1) ?? []) pairs.add(`E${last}`);
  return [...pairs];
}

/** Pieces of three to five letters, with the word's edges marked. */
function piecesOf(word: string): string[] {
  if (!/^[a-z]{3,}$/.test(word)) return [];
  const edged = `<${word}>`;
  const pieces: string[] = [];
  for (const length of [3, 4, 5]) {
    for (let i = 0; i + length <= edged.length; i++) pieces.push(`c${edged.slice(i, i + length)}`);
  }
  return pieces;
}
