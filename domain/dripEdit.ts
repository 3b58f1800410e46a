/** What an edit of a running sequence means: for its steps, and for the people who stand between them. */
import { DomainError } from "./errors.ts";
import type { NewStep, Step } from "./dripSequence.ts";

/** What becomes of each step: of the new list in its order, then of those that are in it no more. */
export interface StepChange {
  id: number;
  change: "unchanged" | "changed" | "new" | "deleted";
}

/**
 * Gives every step of a new list its id. One that names an id is that step, edited; one that names none and says the
 * same as a step of before that nobody names is that one; any other is new and gets an id that was never used.
 * @throws DomainError `validation` where an id is unknown or named twice.
 */
export function identifySteps(
  before: readonly Step[],
  given: readonly NewStep[],
  lastId: number,
): { steps: Step[]; lastId: number } {
  const known = new Map(before.map((step) => [step.id, step]));
  const named = new Set<number>();
  for (const [index, { id }] of given.entries()) {
    if (id === undefined) continue;
    const fault = !known.has(id)
      ? "is of no step of this sequence"
      : named.has(id)
        ? "is named twice"
        : undefined;
    if (fault !== undefined)
      throw new DomainError("validation", `The id ${id} ${fault}.`, {
        field: `steps[${index}].id`,
        fix: "Name ids as GET gave them, each once; leave them out for new steps.",
      });
    named.add(id);
  }
  const free = before.filter((step) => !named.has(step.id));
  let newest = lastId;
  const steps = given.map((step) => {
    if (step.id !== undefined) return { ...step, id: step.id };
    const same = free.findIndex((old) => saysTheSame(old, step));
    const [old] = same === -1 ? [] : free.splice(same, 1);
    if (old !== undefined) return { ...step, id: old.id };
    newest += 1;
    return { ...step, id: newest };
  });
  return { steps, lastId: newest };
}

/** What the edit does to each step. */
export function changesOf(before: readonly Step[], after: readonly Step[]): StepChange[] {
  const known = new Map(before.map((step) => [step.id, step]));
  const kept = new Set(after.map((step) => step.id));
  return [
    ...after.map(({ id }, index): StepChange => {
      const old = known.get(id);
      if (old === undefined) return { id, change: "new" };
      return { id, change: saysTheSame(old, after[index] as Step) ? "unchanged" : "changed" };
    }),
    ...before.filter((step) => !kept.has(step.id)).map(({ id }): StepChange => ({ id, change: "deleted" })),
  ];
}

/** Where somebody stands: before which step, and whether they have had any (of a version before, perhaps). */
export interface Place {
  next: number;
  begun: boolean;
}

/**
 * Where somebody goes on in `after` who stands in `before`: behind everything they have had, so that no step comes
 * twice; undefined where nothing is left for them. Whose last step was deleted does not get what was put in its place,
 * but goes on with what they had before them.
 */
export function goesOnWith(
  before: readonly Step[],
  after: readonly Step[],
  { next, begun }: Place,
): Step | undefined {
  const stands = before.findIndex((step) => step.id === next);
  const passed = before.slice(0, stands).map((step) => step.id);
  const placeOf = (id: number) => after.findIndex((step) => step.id === id);
  const furthest = Math.max(-1, ...passed.map(placeOf));
  const last = passed.at(-1);
  const lastIsKept = last === undefined ? !begun : placeOf(last) !== -1;
  if (lastIsKept) return after[furthest + 1];
  const ahead = before.slice(stands).map((step) => placeOf(step.id));
  return after[Math.min(...ahead.filter((place) => place > furthest))];
}

/** Whether two steps differ in nothing but their ids. */
function saysTheSame(a: NewStep, b: NewStep): boolean {
  return canonical({ ...a, id: 0 }) === canonical({ ...b, id: 0 });
}

/** JSON with keys in order, at every depth. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([, field]) => field !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : part,
  );
}

/** How many people stand in one place. */
export interface Standing extends Place {
  people: number;
}

/** What an edit means for those who are on their way. */
export interface EditEffect {
  /** People whose next steps are all as they were: they are past the edit. */
  keep: number;
  /** People who come to at least one step that is new, changed or moved, or come to one less. */
  take_new: number;
  /** Of those, people for whom nothing is left. */
  end: number;
}

/** Counts what `goesOnWith` gives for everybody; the way ahead of each is compared before and after. */
export function effectOf(
  before: readonly Step[],
  after: readonly Step[],
  standings: readonly Standing[],
): EditEffect {
  const effect: EditEffect = { keep: 0, take_new: 0, end: 0 };
  for (const { people, ...place } of standings) {
    const next = goesOnWith(before, after, place);
    const had = aheadFrom(before, place.next);
    const has = next === undefined ? [] : aheadFrom(after, next.id);
    const same = had.length === has.length && had.every((step, i) => canonical(step) === canonical(has[i]));
    if (same) effect.keep += people;
    else effect.take_new += people;
    if (next === undefined) effect.end += people;
  }
  return effect;
}

const aheadFrom = (steps: readonly Step[], id: number) =>
  steps.slice(
    Math.max(
      0,
      steps.findIndex((step) => step.id === id),
    ),
  );
