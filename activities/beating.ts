import { heartbeat } from "@temporalio/activity";

const BEAT_MS = 2_000;

/**
 * Beats for as long as the activity runs, so that one whose process has died is begun again elsewhere as soon as its
 * heartbeat time-out is over, and not when it should have ended. For short activities, which have no progress to tell.
 */
export function beating<Input extends unknown[], Result>(
  activity: (...input: Input) => Promise<Result>,
): (...input: Input) => Promise<Result> {
  return async (...input) => {
    const beat = setInterval(() => heartbeat(), BEAT_MS);
    try {
      return await activity(...input);
    } finally {
      clearInterval(beat);
    }
  };
}
