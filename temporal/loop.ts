import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";

/** A step that a process repeats for as long as it lives. */
export interface Loop {
  /** Runs the step at once instead of after the pause. Never throws. */
  kick(): void;
  /** Resolves when the loop has ended. */
  stopped: Promise<void>;
}

/** Repeats `step` every `everyMs`, and when kicked, until `signal`. A step that fails is logged and comes again. */
export function runLoop(
  name: string,
  step: () => Promise<unknown>,
  on: { everyMs: number; signal: AbortSignal; log: Logger },
): Loop {
  let kicked = Promise.withResolvers<void>();
  const stopped = (async () => {
    while (!on.signal.aborted) {
      kicked = Promise.withResolvers<void>();
      try {
        await step();
      } catch (error) {
        const { name: kind, code } = error as Error & { code?: string };
        on.log.warn({ loop: name, why: code ?? kind }, "a step failed; it comes again");
      }
      await pause(on.everyMs, on.signal, kicked.promise);
    }
  })();
  return { kick: () => kicked.resolve(), stopped };
}

/** Waits for the time, the signal or the kick, whichever is first. */
async function pause(ms: number, signal: AbortSignal, kicked: Promise<void>): Promise<void> {
  const over = new AbortController();
  const waited = sleep(ms, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(
    (error: Error) => {
      if (error.name !== "AbortError") throw error;
    },
  );
  await Promise.race([kicked, waited]);
  over.abort();
}
