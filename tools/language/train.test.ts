import { expect, test } from "vitest";
import { FINGERPRINT } from "../../domain/language/replyWeights.ts";
import { examplesOf, QUESTIONS } from "./examples.ts";
import { trainPacked } from "./pack.ts";
import { sparsely } from "./regression.ts";
import { GROUPS, repliesOf, trainingReplies } from "./sources.ts";
import { fingerprintOf } from "./train.ts";

test("replyWeights.ts · was made of the replies that lie in the repository", () => {
  expect(fingerprintOf(trainingReplies())).toBe(FINGERPRINT);
});

test("trainPacked · makes the same weights of the same replies, to the last bit", () => {
  const few = repliesOf(GROUPS[0]).slice(0, 20);
  const train = () => {
    const { examples } = examplesOf(few.map((reply) => ({ ...reply, weight: 1 })));
    const settings = { epochs: 2, step: 0.1, decay: 0.5, decayPer: "epoch", seed: 7 } as const;
    const room = { most: 500, mostWeights: 2_000, worth: [], cut: 0.01, anew: false };
    return trainPacked(sparsely(examples.slice(0, 60), QUESTIONS), settings, room);
  };
  expect(train()).toEqual(train());
});
