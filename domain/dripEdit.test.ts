import fc from "fast-check";
import { expect, test } from "vitest";
import { changesOf, effectOf, goesOnWith, identifySteps } from "./dripEdit.ts";
import type { Step } from "./dripSequence.ts";

const step = (id: number, message = `text ${id}`): Step => ({ id, delay_hours: 24, message });
const steps = (...ids: number[]) => ids.map((id) => step(id));
const at = (next: number, begun = true) => ({ next, begun });

test("identifySteps · keeps the id of a step that is named or as it was, and never gives one twice", () => {
  const before = steps(1, 2, 3);
  const given = [
    { delay_hours: 24, message: "text 3" },
    { id: 1, message: "edited" },
    { message: "another", delay_hours: 24 },
  ];
  const { steps: after, lastId } = identifySteps(before, given, 7);
  expect(after.map(({ id }) => id)).toEqual([3, 1, 8]);
  expect(lastId).toBe(8);
  expect(changesOf(before, after)).toEqual([
    { id: 3, change: "unchanged" },
    { id: 1, change: "changed" },
    { id: 8, change: "new" },
    { id: 2, change: "deleted" },
  ]);
});

test("identifySteps · tells steps of the same text apart, and does not mind the order of keys", () => {
  const before: Step[] = [
    { id: 1, message: "hello", conditions: { city: "Cali" } },
    { id: 2, message: "hello", conditions: { city: "Cali" } },
  ];
  const given = [0, 1].map(() => ({ conditions: { city: "Cali" }, message: "hello" }));
  expect(identifySteps(before, given, 2).steps.map(({ id }) => id)).toEqual([1, 2]);
});

test("identifySteps · refuses an id that no step has, and one that is named twice", () => {
  const naming = (...ids: number[]) =>
    identifySteps(
      steps(1, 2),
      ids.map((id) => step(id)),
      2,
    );
  expect(() => naming(1, 9)).toThrow(expect.objectContaining({ code: "validation", field: "steps[1].id" }));
  expect(() => naming(1, 1)).toThrow(/named twice/);
});

test.each([
  ["nothing changed", [1, 2, 3], [1, 2, 3], at(2), 2],
  ["a step was put before what they wait for", [1, 2], [1, 4, 2], at(2), 4],
  ["a step was put before what they have had", [1, 2], [4, 1, 2], at(2), 2],
  ["what they wait for was deleted", [1, 2, 3], [1, 3], at(2), 3],
  ["what they had last was deleted", [1, 2, 3], [1, 3], at(3), 3],
  ["what they had last was replaced", [1, 2, 3], [1, 4, 3], at(3), 3],
  ["all they had was deleted, and something put first", [1, 2], [4, 2], at(2), 2],
  ["they had nothing yet", [1, 2], [4, 1, 2], at(1, false), 4],
  ["they had something that the version before knew", [2, 3], [4, 2, 3], at(2), 2],
  ["nothing is left", [1, 2], [1], at(2), undefined],
  ["all they wait for was replaced with what they had last", [1, 2, 3], [4, 5], at(3), undefined],
  ["what they had moved to the end", [1, 2, 3], [3, 2, 1], at(2), undefined],
])("goesOnWith · %s", (_, before, after, place, goesOn) => {
  expect(goesOnWith(steps(...before), steps(...after), place)?.id).toBe(goesOn);
});

/** Each number is a step of the version before by its place, or a new one where there is no such place. */
const edits = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 6 }), {
  maxLength: 6,
});

test("goesOnWith · through any edits, nobody gets a step twice or one that is not in the version", () => {
  fc.assert(
    fc.property(edits, fc.array(fc.boolean(), { maxLength: 30 }), (waiting, moves) => {
      const pending = [...waiting];
      let version = { steps: steps(1, 2, 3), lastId: 3 };
      let next = version.steps[0];
      const had: number[] = [];
      // true: the step is taken; false: the next edit comes first.
      for (const takes of [...moves, ...Array.from({ length: 50 }, () => true)]) {
        if (next === undefined) break;
        const edit = takes ? undefined : pending.shift();
        if (edit === undefined) {
          expect(version.steps).toContain(next);
          had.push(next.id);
          next = version.steps[version.steps.indexOf(next) + 1];
          continue;
        }
        const given = edit.map((place) => version.steps[place] ?? { message: `new ${place}` });
        const after = identifySteps(version.steps, given, version.lastId);
        next = goesOnWith(version.steps, after.steps, { next: next.id, begun: had.length > 0 });
        version = after;
      }
      expect(new Set(had).size).toBe(had.length);
    }),
    { numRuns: 1_000 },
  );
});

test("effectOf · counts who is past an edit, who takes the new, and for whom nothing is left", () => {
  const before = steps(1, 2, 3);
  const after = [step(1), step(2, "edited"), step(3)];
  const standing = [
    { ...at(1, false), people: 5 },
    { ...at(2), people: 30 },
    { ...at(3), people: 200 },
  ];
  expect(effectOf(before, after, standing)).toEqual({ keep: 200, take_new: 35, end: 0 });
  expect(effectOf(before, steps(1, 2), standing)).toEqual({ keep: 0, take_new: 235, end: 200 });
  expect(effectOf(before, before, standing)).toEqual({ keep: 235, take_new: 0, end: 0 });
});
