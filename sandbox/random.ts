/** A small seeded generator (mulberry32): uniform numbers in [0, 1), the same ones for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number in [0, 1) that depends on nothing but its arguments, so one recipient always behaves alike. */
export function shareOf(seed: number, text: string, trait: string): number {
  let hash = 2_166_136_261 ^ seed;
  for (const part of [text, "|", trait]) {
    for (let i = 0; i < part.length; i++) hash = Math.imul(hash ^ part.charCodeAt(i), 16_777_619);
  }
  return seeded(hash)();
}
