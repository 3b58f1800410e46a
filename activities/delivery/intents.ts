import type { ActivityDeps } from "../deps.ts";
import { type IntentRequest, type IntentResult, intend } from "./intend.ts";

interface Waiting {
  request: IntentRequest;
  answer: (result: IntentResult) => void;
  fail: (error: unknown) => void;
}

/** Messages that senders ask for in one intent transaction, and senders: what they lock together stays short. */
const MOST_MESSAGES = 3_200;
const MOST = 64;
/** Transactions of one workspace and channel under way at once: while one is written, the next gathers. */
const AT_ONCE = 2;

/**
 * Joins the intents that slices of one workspace and channel ask for at the same time into one transaction: its
 * statements cost the same for one sender as for sixteen.
 */
export class Intents {
  readonly #deps: ActivityDeps;
  readonly #groups = new Map<string, { waiting: Waiting[]; running: number }>();

  constructor(deps: ActivityDeps) {
    this.#deps = deps;
  }

  take(group: string, request: IntentRequest): Promise<IntentResult> {
    return new Promise((answer, fail) => {
      const of = this.#groups.get(group) ?? { waiting: [], running: 0 };
      this.#groups.set(group, of);
      of.waiting.push({ request, answer, fail });
      // After the current turn, so that slices woken together go together.
      setImmediate(() => this.#next(group, of));
    });
  }

  #next(group: string, of: { waiting: Waiting[]; running: number }): void {
    if (of.running >= AT_ONCE || of.waiting.length === 0) return;
    const batch = of.waiting.splice(0, countOf(of.waiting));
    of.running += 1;
    intend(
      this.#deps,
      batch.map((one) => one.request),
    )
      .then((results) => {
        for (const [index, one] of batch.entries()) one.answer(results[index] as IntentResult);
      })
      .catch((error: unknown) => {
        for (const one of batch) one.fail(error);
      })
      .finally(() => {
        of.running -= 1;
        if (of.waiting.length > 0) this.#next(group, of);
        else if (of.running === 0) this.#groups.delete(group);
      });
  }
}

/** How many of those that wait go together: at least one. */
function countOf(waiting: readonly Waiting[]): number {
  let messages = 0;
  const over = waiting.findIndex(({ request }, index) => {
    messages += request.room;
    return index > 0 && (messages > MOST_MESSAGES || index >= MOST);
  });
  return over < 0 ? waiting.length : over;
}
