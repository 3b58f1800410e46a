import { ApplicationFailure, defineUpdate, proxyActivities, setHandler } from "@temporalio/workflow";
import type { Activities, CampaignCommand, CampaignLook } from "../activities/index.ts";
import type { CampaignInput } from "./handles.ts";

const { commandCampaign, rescheduleCampaign } = proxyActivities<Activities>({
  startToCloseTimeout: "2 minutes",
  heartbeatTimeout: "10 seconds",
  retry: { maximumInterval: "30 seconds" },
  summary: "Carries out an operator's update",
});

/** What updates of a campaign read and set in its run. */
export interface CampaignUpdates {
  /** There is something to look at. */
  woken: boolean;
  /** As of the last look or update, whichever saw the row later; undefined before the first. */
  state: CampaignLook["state"] | undefined;
  /** Updates that have changed the row: a look that began before one of them has nothing to say of the state. */
  moves: number;
}

/** An operator's updates answer with the state that follows; one that does not fit is refused with why. */
export const pauseUpdate = defineUpdate<string>("pause");
export const resumeUpdate = defineUpdate<string>("resume");
export const cancelUpdate = defineUpdate<string>("cancel");
/** Takes an instant with its zone, ISO 8601, that is still to come. */
export const rescheduleUpdate = defineUpdate<string, [string]>("reschedule");

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** Sets the handlers of a run; its `state` is what the validators go by. */
export function takeUpdates(input: CampaignInput, run: CampaignUpdates): void {
  const steer = (
    update: typeof pauseUpdate,
    command: CampaignCommand,
    to: CampaignLook["state"],
    from: CampaignLook["state"][],
  ) =>
    setHandler(
      update,
      async () => {
        const moved = await commandCampaign(input, command);
        return carriedOut(run, moved, { state: to });
      },
      {
        validator: () => refuseUnless(run, update.name, from),
        description: `From ${from.join(" or ")} to ${to}`,
      },
    );
  steer(pauseUpdate, "pause", "paused", ["scheduled", "running"]);
  steer(resumeUpdate, "resume", "running", ["paused"]);
  steer(cancelUpdate, "cancel", "cancelled", ["scheduled", "running", "paused"]);
  setHandler(
    rescheduleUpdate,
    async (at: string) => {
      const moved = await rescheduleCampaign(input, at);
      return carriedOut(run, moved, { state: "scheduled", said: `scheduled for ${at}` });
    },
    {
      validator: (at: string) => {
        refuseUnless(run, "reschedule", ["scheduled"]);
        if (typeof at !== "string" || !INSTANT.test(at) || Number.isNaN(Date.parse(at)))
          throw refused("reschedule takes a time with its zone, such as 2026-12-01T10:30:00-05:00.");
        if (Date.parse(at) <= Date.now()) throw refused("A campaign cannot be rescheduled into the past.");
      },
      description: "Gives a scheduled campaign another time (ISO 8601 with zone)",
    },
  );
}

const refused = (message: string) =>
  ApplicationFailure.create({ message, type: "Refused", nonRetryable: true });

function refuseUnless(run: CampaignUpdates, word: string, from: readonly CampaignLook["state"][]): void {
  if (run.state === undefined)
    throw refused("The campaign has not been looked at yet: try again in a moment.");
  if (!from.includes(run.state))
    throw refused(`The campaign is ${run.state}: ${word} is only for one that is ${from.join(" or ")}.`);
}

function carriedOut(
  run: CampaignUpdates,
  moved: boolean,
  to: { state: CampaignLook["state"]; said?: string },
): string {
  run.woken = true;
  if (!moved)
    throw refused("The campaign was in another state by then: look at it and say what is to be done now.");
  run.state = to.state;
  run.moves += 1;
  return to.said ?? to.state;
}
