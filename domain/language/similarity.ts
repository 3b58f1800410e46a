/** How alike texts are, by MinHash over pairs of words: what ban risk and variants of a campaign go by. */

/** Hash functions of a signature: the estimate is off by some 4 % at most in two of three cases. */
const HASHES = 128;

/** Numbers by which two texts are compared; positions that agree are as many as their pairs of words are shared. */
export type Signature = Uint32Array;

/**
 * The signature of a text: the least hash of its pairs of words under each of 128 functions. Case, accents, signs,
 * figures and the names of variables make no difference. Deterministic.
 */
export function signatureOf(text: string): Signature {
  const least = new Uint32Array(HASHES).fill(0xffffffff);
  for (const shingle of shinglesOf(text)) {
    const hash = hashOf(shingle);
    for (let i = 0; i < HASHES; i++) {
      const mixed = mix(hash ^ Math.imul(i + 1, 0x9e3779b1));
      if (mixed < (least[i] as number)) least[i] = mixed;
    }
  }
  return least;
}

/** The estimated share of pairs of words that two texts have in common, 0–1 (Jaccard). */
export function similarityOf(a: Signature, b: Signature): number {
  let same = 0;
  for (let i = 0; i < HASHES; i++) if (a[i] === b[i]) same += 1;
  return same / HASHES;
}

/** The mean similarity of all pairs of texts, 0–1; null for fewer than two. */
export function meanSimilarity(texts: readonly string[]): number | null {
  if (texts.length < 2) return null;
  const signatures = texts.map(signatureOf);
  let sum = 0;
  for (const [i, a] of signatures.entries())
    for (const b of signatures.slice(i + 1)) sum += similarityOf(a, b);
  return sum / ((texts.length * (texts.length - 1)) / 2);
}

function shinglesOf(text: string): Set<string> {
  const words =
    text
      .replace(/\{[^{}]*\}/g, " variable ")
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/\d+/g, "0")
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < 2) return new Set(words);
  return new Set(words.slice(1).map((word, i) => `${words[i]} ${word}`));
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The finalizer of MurmurHash3. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
