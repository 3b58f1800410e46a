/** What the spam model sees of a message: its words and pieces, and how it is written. */
import type { Feature } from "./features.ts";

const LONGEST = 1_000;

/** The features of a text that is about to be sent, with their values. */
export function spamFeaturesOf(text: string): Feature[] {
  const cut = text.slice(0, LONGEST);
  const plain = plainly(cut);
  const words = plain.match(/[a-z]+|0+|[£$€%!?]|_url/g) ?? [];
  const features: Feature[] = [];
  const add = (names: Iterable<string>, weight: number) => {
    const unique = [...new Set(names)];
    for (const name of unique) features.push([name, weight / Math.sqrt(unique.length)]);
  };
  add(
    words.map((word) => `w${word}`),
    4,
  );
  add(
    words.slice(1).map((word, i) => `b${words[i]} ${word}`),
    2,
  );
  add(pieces(plain), 4);
  add(shapeOf(cut, words.length), 2);
  return features;
}

const plainly = (text: string) =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/(?:https?:\/\/|www\.)\S+/g, " _url ")
    .replace(/\d/g, "0");

function* pieces(plain: string): Generator<string> {
  const even = ` ${plain.replace(/\s+/g, " ").trim()} `;
  for (const length of [3, 4, 5])
    for (let i = 0; i + length <= even.length; i++) yield `c${even.slice(i, i + length)}`;
}

/** Length, figures, capitals and marks, in steps. */
function shapeOf(text: string, words: number): string[] {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  const letters = Math.max(count(/\p{L}/gu), 1);
  const step = (name: string, value: number, steps: readonly number[]) =>
    `${name}${steps.findIndex((most) => value <= most)}`;
  return [
    step("length", text.length, [20, 40, 80, 120, 140, 160, 200]),
    step("words", words, [4, 8, 14, 20, 26, 34]),
    step("figures", count(/\d/g), [0, 1, 3, 6, 10, 15]),
    step("longest", Math.max(0, ...(text.match(/\d+/g) ?? []).map((run) => run.length)), [0, 2, 4, 5, 9]),
    step("capitals", count(/\p{Lu}/gu) / letters, [0.03, 0.06, 0.1, 0.2, 0.4]),
    step("shouted", count(/\b\p{Lu}{3,}\b/gu), [0, 1, 2, 4]),
    step("bangs", count(/!/g), [0, 1, 2, 4]),
    step("money", count(/[£$€]/g), [0, 1, 2]),
  ];
}
