import { ApplicationFailure, Context } from "@temporalio/activity";
import type { AskOptions } from "../domain/language/asking.ts";
import { LlmError } from "../providers/llm/llm.ts";

/** A person waits for the answer, and rules have one at once. */
const LONGEST_WAIT_MS = 30_000;
/** The third try of an activity takes what rules say. */
const TRIES = 3;

/**
 * Asks a model from within an activity. A provider that wants to be left alone for a short while is: Temporal tries
 * again when its Retry-After is over, and what it is tried with last falls back to the rules.
 * @throws ApplicationFailure `LanguageProviderBusy`, with the delay
 */
export async function askWithWaits<T>(ask: (options: AskOptions) => Promise<T>): Promise<T> {
  const { info, cancellationSignal: signal } = Context.current();
  try {
    return await ask({ signal, mayWaitMs: info.attempt < TRIES ? LONGEST_WAIT_MS : 0 });
  } catch (error) {
    if (!(error instanceof LlmError) || error.retryAfterMs === undefined) throw error;
    throw ApplicationFailure.create({
      message: error.message,
      type: "LanguageProviderBusy",
      nextRetryDelay: error.retryAfterMs,
    });
  }
}
