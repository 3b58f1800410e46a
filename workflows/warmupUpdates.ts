import { ApplicationFailure, defineUpdate, proxyActivities, setHandler } from "@temporalio/workflow";
import type { Activities, WarmupCommand, WarmupLook } from "../activities/index.ts";
import type { WarmupInput } from "./handles.ts";

const { commandWarmup } = proxyActivities<Activities>({
  startToCloseTimeout: "2 minutes",
  retry: { maximumInterval: "30 seconds" },
  summary: "Carries out an operator's update",
});

/** What updates of a warmup read and set in its run. */
export interface WarmupUpdates {
  /** There is something to look at. */
  woken: boolean;
  /** As of the last look or update, whichever saw the row later; undefined before the first. */
  look: WarmupLook | undefined;
  /** Updates that have changed the row: a look that began before one of them has nothing to say of the state. */
  moves: number;
}

/** An operator's updates answer with what follows; one that does not fit is refused with why. */
export const pauseUpdate = defineUpdate<string>("pause");
export const resumeUpdate = defineUpdate<string>("resume");
/** Ends the warmup: the sender goes by its own limits at once. */
export const stopUpdate = defineUpdate<string>("stop");
/** Takes the day of the ladder to go to, from 1. */
export const skipUpdate = defineUpdate<string, [number]>("skip");

const FOLLOWS = { pause: "paused", resume: "running", stop: "stopped", skip: "running" } as const;

/** Sets the handlers of a run; its `look` is what the validators go by. */
export function takeWarmupUpdates(input: WarmupInput, run: WarmupUpdates): void {
  const carryOut = async (command: WarmupCommand, says: string): Promise<string> => {
    const done = await commandWarmup(input, command);
    run.woken = true;
    if (!done)
      throw refused("The warmup was in another state by then: look at it and say what is to be done now.");
    if (run.look !== undefined) run.look = { ...run.look, state: FOLLOWS[command.kind] };
    run.moves += 1;
    return says;
  };
  setHandler(pauseUpdate, () => carryOut({ kind: "pause" }, "paused: the day's budget stays"), {
    validator: () => refuseUnless(run, "pause", ["running"]),
    description: "Keeps the day's budget for every day to come, until it is resumed",
  });
  setHandler(resumeUpdate, () => carryOut({ kind: "resume" }, "running"), {
    validator: () => refuseUnless(run, "resume", ["paused"]),
    description: "Goes on with the day that it was paused on",
  });
  setHandler(stopUpdate, () => carryOut({ kind: "stop" }, "stopped: the sender goes by its own limits"), {
    validator: () => refuseUnless(run, "stop", ["running", "paused"]),
    description: "Ends the warmup; the sender goes by its own limits at once",
  });
  setHandler(skipUpdate, (day: number) => carryOut({ kind: "skip", day }, `day ${day}`), {
    validator: (day: number) => {
      const { ladder } = refuseUnless(run, "skip", ["running", "paused"]);
      if (!Number.isInteger(day) || day < 1 || day > ladder.length)
        throw refused(`skip takes a day of the ladder: a whole number from 1 to ${ladder.length}.`);
    },
    description: "Goes to a day of the ladder at once (a number from 1)",
  });
}

const refused = (message: string) =>
  ApplicationFailure.create({ message, type: "Refused", nonRetryable: true });

function refuseUnless(run: WarmupUpdates, word: string, from: readonly WarmupLook["state"][]): WarmupLook {
  if (run.look === undefined) throw refused("The warmup has not been looked at yet: try again in a moment.");
  if (from.includes(run.look.state)) return run.look;
  throw refused(`The warmup is ${run.look.state}: ${word} is only for one that is ${from.join(" or ")}.`);
}
