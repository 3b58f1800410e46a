const NEAR: Readonly<Record<string, string>> = {
  a: "sq",
  b: "vn",
  c: "xv",
  d: "sf",
  e: "wr",
  f: "dg",
  g: "fh",
  h: "gj",
  i: "uo",
  j: "hk",
  k: "jl",
  l: "k",
  m: "n",
  n: "mb",
  o: "ip",
  p: "o",
  q: "wa",
  r: "et",
  s: "ad",
  t: "ry",
  u: "yi",
  v: "bc",
  w: "qe",
  x: "zc",
  y: "tu",
  z: "sx",
};

const LIKE_SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/qu(?=[ei])/, "k"],
  [/c(?=[ei])/, "s"],
  [/z/, "s"],
  [/v/, "b"],
  [/b/, "v"],
  [/ll/, "y"],
  [/\bh/, ""],
  [/ss/, "s"],
  [/ção/, "sao"],
  [/th/, "t"],
  [/ea/, "e"],
  [/ie/, "ei"],
];

/** The text as a thumb in a hurry writes it: one or two slips, in long words sooner than in short ones. */
export function misspell(text: string, random: () => number): string {
  const words = text.split(" ");
  const long = words.map((word, i) => ({ word, i })).filter(({ word }) => /^\p{L}{4,}$/u.test(word));
  for (let slip = 0; slip < (random() < 0.3 ? 2 : 1) && long.length > 0; slip++) {
    const one = long[Math.floor(random() * long.length)];
    if (one) words[one.i] = slipIn(words[one.i] ?? "", random);
  }
  const out = words.join(random() < 0.05 ? "" : " ");
  const styled = random() < 0.15 ? out.toUpperCase() : random() < 0.3 ? out.toLowerCase() : out;
  return random() < 0.3 ? styled.replace(/[.!?]+$/, "") : styled;
}

function slipIn(word: string, random: () => number): string {
  const at = 1 + Math.floor(random() * (word.length - 1));
  const kind = random();
  if (kind < 0.3) {
    const fitting = LIKE_SOUNDS.filter(([sound]) => sound.test(word));
    const chosen = fitting[Math.floor(random() * fitting.length)];
    if (chosen) return word.replace(chosen[0], chosen[1]);
  }
  if (kind < 0.5) return word.slice(0, at) + word.slice(at + 1);
  if (kind < 0.65) return word.slice(0, at - 1) + word.charAt(at) + word.charAt(at - 1) + word.slice(at + 1);
  if (kind < 0.8) return word.slice(0, at) + word.charAt(at) + word.slice(at);
  const near = NEAR[word.charAt(at).toLowerCase()] ?? "e";
  return word.slice(0, at) + near.charAt(Math.floor(random() * near.length)) + word.slice(at + 1);
}
