import { expect, test } from "vitest";
import { clearest, matchOf } from "./knowledgeMatch.ts";

const entry = { question: ["horari", "sab"], tags: ["fin"], answer: ["9", "13", "local"] };

test.each([
  [["horari", "sab"], { score: 100, whole: true }],
  [["horari", "doming"], { score: 50, whole: false }],
  [["horari", "sab", "local"], { score: 91, whole: true }],
  [["horari", "fin"], { score: 100, whole: true }],
  [["horari"], { score: 67, whole: true }],
  [["local"], { score: 0, whole: false }],
  [[], { score: 0, whole: false }],
])("matchOf · %j", (asked, match) => {
  expect(matchOf(asked, entry)).toEqual(match);
});

test.each([
  ["nothing", [], undefined],
  ["the only one", [{ score: 67, whole: true }], 67],
  ["too little", [{ score: 59, whole: true }], undefined],
  ["something left over", [{ score: 80, whole: false }], undefined],
  [
    "another close behind",
    [
      { score: 80, whole: true },
      { score: 71, whole: true },
    ],
    undefined,
  ],
  [
    "another far behind",
    [
      { score: 80, whole: true },
      { score: 70, whole: true },
    ],
    80,
  ],
])("clearest · %s", (_, found, score) => {
  expect(clearest(found)?.score).toBe(score);
});
