import { expect, test } from "vitest";
import { type EndingFacts, endingOf } from "./conversationEnding.ts";

const answered = { outcome: "answered", reason: "knowledge", intent: "question" };
const facts: EndingFacts = { handed_off: false, awaiting: false, last: answered, person_since: false };
const putOff = { ...answered, reason: "classification" };

test.each([
  ["an answer from what is known", facts, "resolved"],
  [
    "nothing to be said",
    { ...facts, last: { ...answered, outcome: "left", reason: "nothing_to_say" } },
    "resolved",
  ],
  ["nobody wrote to us", { ...facts, last: null }, "resolved"],
  ["a thank you for a yes", { ...facts, last: { ...putOff, intent: "confirmation" } }, "resolved"],
  ["people took it and answered", { ...facts, handed_off: true, person_since: true }, "escalated"],
  ["people took it and did not answer", { ...facts, handed_off: true, awaiting: true }, "abandoned"],
  [
    "nobody took it",
    { ...facts, last: { ...answered, outcome: "left", reason: "manual" }, awaiting: true },
    "abandoned",
  ],
  [
    "a draft that nobody sent",
    { ...facts, last: { ...answered, outcome: "draft" }, awaiting: true },
    "abandoned",
  ],
  [
    "a draft that somebody sent",
    { ...facts, last: { ...answered, outcome: "draft" }, person_since: true },
    "resolved",
  ],
  ["an away text alone", { ...facts, last: { ...answered, outcome: "away" }, awaiting: true }, "fallback"],
  ["a promise to come back", { ...facts, last: putOff }, "fallback"],
  ["a promise to come back that was kept", { ...facts, last: putOff, person_since: true }, "resolved"],
] as const)("endingOf · %s", (_, given, ending) => {
  expect(endingOf(given)).toBe(ending);
});
