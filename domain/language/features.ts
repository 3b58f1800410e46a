/** What the linear model sees of a reply: words, pairs of words, pieces of words, what they stand for, signs and cues. */
import { ASKING, conceptsOf, DENIES } from "./concepts.ts";
import { cuesOf } from "./cues.ts";
import { BREAK, plainOf, tokensOf } from "./tokens.ts";
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

const LONG = 10;
/** Where a long clause without punctuation falls apart. */
const JOINTS = new Set(
  "and but so because plus y pero entonces porque ademas aunque tambien asi e entao porem tambem".split(" "),
);

/** The clauses of a text that has several, each by itself and without cues, which are those of whole texts. */
export function clausesOf({ plain, tokens }: Seen): Seen[] {
  const clauses: string[][] = [[]];
  for (const token of tokens) {
    const last = clauses.at(-1) ?? [];
    if (token === BREAK) clauses.push([]);
    else if (/^[?!.]/.test(token)) {
      last.push(token);
      clauses.push([]);
    } else last.push(token);
  }
  const parts = clauses.flatMap((clause) => (clause.length > LONG ? atJoints(clause) : [clause]));
  const said = parts.filter((part) => part.some((token) => /^[a-z]/.test(token)));
  return said.length < 2 ? [] : said.map((part) => ({ plain, tokens: part, cues: [] }));
}

function atJoints(clause: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const token of clause) {
    if (JOINTS.has(token) && (parts.at(-1)?.length ?? 0) > 2) parts.push([]);
    parts.at(-1)?.push(token);
  }
  return parts;
}

/**
 * The features of a text with their values. Each kind has a weight of its own that is shared by its members,
 * so that a long reply does not shout down a short one. `language` only chooses the chat spellings.
 */
export function featuresOf({ tokens, cues }: Seen, language: Language | undefined): Feature[] {
  const words = tokens.map((token) => inFull(token, language));
  const said = words.filter((word) => word !== BREAK);
  const features: Feature[] = [];
  const add = (names: readonly string[], weight: number) => {
    const value = weight / Math.sqrt(Math.max(names.length, 1));
    for (const name of names) features.push([name, value]);
  };
  const unique = [...new Set(said)];
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
  const meant = words.map((word) => (word === BREAK ? undefined : conceptsOf(word)));
  const concepts = meant.filter((one) => one !== undefined && one.length > 0) as (readonly string[])[];
  add(
    [...new Set(concepts.flat())].map((concept) => `k${concept}`),
    2,
  );
  add(conceptPairsOf(concepts), 2.5);
  const asking = askingOf(meant);
  const each = 0.8 / Math.sqrt(Math.max(1, asking.size / 6));
  for (const name of asking) features.push([name, each]);
  for (const name of deniedOf(words, meant)) features.push([name, 0.5]);
  const size = LENGTHS.findIndex((length) => said.length <= length);
  features.push([`n${size}`, 0.5], [`f${said[0] ?? ""}`, 0.7], [`l${said.at(-1) ?? ""}`, 0.7]);
  return features;
}

/** Which things that one may ask about stand together in a clause, two and three at a time, in whatever order. */
function askingOf(meant: readonly (readonly string[] | undefined)[]): Set<string> {
  const names = new Set<string>();
  let clause = new Set<string>();
  const close = () => {
    const all = [...clause].sort();
    for (let a = 0; a < all.length; a++)
      for (let b = a + 1; b < all.length; b++) {
        names.add(`U${all[a]} ${all[b]}`);
        for (let c = b + 1; c < all.length; c++) names.add(`T${all[a]} ${all[b]} ${all[c]}`);
      }
    clause = new Set();
  };
  for (const one of meant) {
    if (one === undefined) close();
    else for (const concept of one) if (ASKING.has(concept)) clause.add(concept);
  }
  close();
  return names;
}

const REACH = 5;

/** What stands behind a denial in the same clause. */
function deniedOf(words: readonly string[], meant: readonly (readonly string[] | undefined)[]): Set<string> {
  const names = new Set<string>();
  let left = 0;
  for (const [i, one] of meant.entries()) {
    if (one === undefined) left = 0;
    else {
      if (left > 0) {
        for (const concept of one) names.add(`N${concept}`);
        names.add(`M${words[i]}`);
        left -= 1;
      }
      if (one.some((concept) => DENIES.has(concept))) left = REACH;
    }
  }
  return names;
}

function pairsOf(words: readonly string[]): string[] {
  const pairs: string[] = [];
  for (let i = 1; i < words.length; i++) {
    if (words[i] === BREAK || words[i - 1] === BREAK) continue;
    pairs.push(`b${words[i - 1]} ${words[i]}`);
    if (i > 1 && words[i - 2] !== BREAK) pairs.push(`s${words[i - 2]} ${words[i]}`);
  }
  return pairs;
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
export function piecesOf(word: string): string[] {
  if (!/^[a-z]{3,}$/.test(word)) return [];
  const edged = `<${word}>`;
  const pieces: string[] = [];
  for (const length of [3, 4, 5]) {
    for (let i = 0; i + length <= edged.length; i++) pieces.push(`c${edged.slice(i, i + length)}`);
  }
  return pieces;
}
