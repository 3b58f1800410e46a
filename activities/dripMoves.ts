import { inAudience, type ResolvedAudience } from "../db/audiences.ts";
import type { CampaignRow } from "../db/campaigns.ts";
import { type DueEnrollment, type EnrollmentMove, matching } from "../db/drips.ts";
import type { Plan } from "../db/planPage.ts";
import type { PlannedMessage } from "../db/planning.ts";
import type { SequenceRow } from "../db/sequences.ts";
import { dueOf, heldUntil } from "../domain/dripDue.ts";
import { type Step, stopsOf } from "../domain/dripSequence.ts";
import { recipientZone } from "../domain/recipientTime.ts";
import type { ActivityDeps } from "./deps.ts";

/** What sequences need of what the activities are given. */
export type DripDeps = Pick<ActivityDeps, "db" | "addressKey" | "providers" | "kick">;

/** A step of the present version, ready to be planned. */
export interface ReadyStep {
  step: Step;
  plan: Plan;
  pool: readonly string[];
  /** Null: it is the last. */
  next: Step | null;
}

/** A running sequence with all that its steps need. */
export interface ReadyDrip {
  campaign: CampaignRow;
  sequence: SequenceRow;
  steps: ReadonlyMap<number, ReadyStep>;
  audience: ResolvedAudience;
  /** Whether somebody can leave its segment. */
  hasSegment: boolean;
  /** Of people whose own is not known. */
  timeZone: string;
  expiresAfterDays: number;
}

const unmoved = { lastStep: null, lastStepAt: null, nextStep: null } as const;

/** Those whose step does not come now: held up by the one before, or over for a reason. */
export async function othersThanTaken(
  deps: DripDeps,
  drip: ReadyDrip,
  due: readonly DueEnrollment[],
  now: Date,
): Promise<Map<string, EnrollmentMove>> {
  const moves = new Map<string, EnrollmentMove>();
  const stop = (one: DueEnrollment, reason: string) =>
    moves.set(one.id, { ...unmoved, id: one.id, state: "stopped", reason, dueAt: null });
  const reached = await atGoal(deps, drip, due);
  const left = await outOfSegment(deps, drip, due);
  for (const one of due) {
    const { step } = readyOf(drip, one);
    const stops = stopsOf(drip.sequence.settings, step);
    if (one.erased) stop(one, "deleted");
    else if (stops.has("goal") && reached.has(one.contact_id)) stop(one, "goal");
    else if (stops.has("left_segment") && left.has(one.contact_id)) stop(one, "left_segment");
    else {
      const until = waitsUntil(drip, one, step, now);
      if (until !== null)
        moves.set(one.id, { ...unmoved, id: one.id, state: "active", reason: null, dueAt: until });
    }
  }
  return moves;
}

export function readyOf(drip: ReadyDrip, one: DueEnrollment): ReadyStep {
  const ready = drip.steps.get(one.next_step);
  if (ready === undefined) throw new Error("Somebody waits for a step that their version does not have");
  return ready;
}

async function atGoal(deps: DripDeps, drip: ReadyDrip, due: readonly DueEnrollment[]) {
  const { goal } = drip.sequence.settings;
  const ids = due.map((one) => one.contact_id);
  return goal === undefined ? new Set<string>() : matching(deps.db, drip.campaign.workspace_id, goal, ids);
}

/** Of those whom the audience brought, the ones who are in it no more. */
async function outOfSegment(deps: DripDeps, drip: ReadyDrip, due: readonly DueEnrollment[]) {
  const ids = due.filter((one) => one.source === "audience").map((one) => one.contact_id);
  if (!drip.hasSegment || ids.length === 0) return new Set<string>();
  const still = await inAudience(deps.db, drip.audience, ids);
  return new Set(ids.filter((id) => !still.has(id)));
}

function waitsUntil(drip: ReadyDrip, one: DueEnrollment, step: Step, now: Date): Date | null {
  if (one.previous_state === null) return null;
  const until = heldUntil(
    step,
    { enrolledAt: one.enrolled_at.getTime(), lastStepAt: one.last_step_at?.getTime() ?? null },
    {
      state: one.previous_state,
      dueAt: one.previous_due_at?.getTime() ?? null,
      intendedAt: one.previous_intended_at?.getTime() ?? null,
    },
    {
      zone: recipientZone(one, drip.timeZone),
      from: drip.sequence.settings.delays_from,
      now: now.getTime(),
    },
  );
  return until === null ? null : new Date(until);
}

/** Reasons for which nothing more of the sequence can reach somebody on its channel. */
const ENDINGS: Readonly<Record<string, string>> = {
  opted_out: "opt_out",
  suppressed: "suppressed",
  deleted: "deleted",
};

/** Where a step that is written leaves its person. */
export function moveAfter(
  drip: ReadyDrip,
  { enrollment, ready, row }: { enrollment: DueEnrollment; ready: ReadyStep; row: PlannedMessage },
  now: Date,
): EnrollmentMove {
  const { id } = enrollment;
  const sameChannel = ready.plan.campaign.channel === drip.campaign.channel;
  const ending = row.state === "skipped" && sameChannel ? ENDINGS[row.reason ?? ""] : undefined;
  if (ending !== undefined)
    return { ...unmoved, id, state: "stopped", reason: ending, lastStep: ready.step.id, dueAt: null };
  const lastStepAt = row.dueAt !== null && row.dueAt > now ? row.dueAt : now;
  const moved = { id, reason: null, lastStep: ready.step.id, lastStepAt };
  if (ready.next === null) return { ...moved, state: "completed", nextStep: null, dueAt: null };
  const due = dueOf(
    ready.next,
    { enrolledAt: enrollment.enrolled_at.getTime(), lastStepAt: lastStepAt.getTime() },
    recipientZone(enrollment, drip.timeZone),
    drip.sequence.settings.delays_from,
  );
  return { ...moved, state: "active", nextStep: ready.next.id, dueAt: new Date(due) };
}
