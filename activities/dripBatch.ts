import { inAudience, type ResolvedAudience } from "../db/audiences.ts";
import type { CampaignRow } from "../db/campaigns.ts";
import { databaseNow, inTransaction, type Tx } from "../db/connect.ts";
import {
  claimEnrollments,
  type DueEnrollment,
  type EnrollmentMove,
  holdSequence,
  matching,
  peekDueEnrollments,
  writeMoves,
} from "../db/drips.ts";
import { cancelQueuedSteps } from "../db/enrollments.ts";
import { nameContents } from "../db/mailPlan.ts";
import { PRIORITIES } from "../db/outbox.ts";
import { type Plan, planPage } from "../db/planPage.ts";
import { insertPlanned, openLanes, type PlannedMessage } from "../db/planning.ts";
import { assignSenders } from "../db/rotation.ts";
import type { SequenceRow } from "../db/sequences.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { canonicalAddress, type MessageChannel } from "../domain/address.ts";
import { dueOf, heldUntil } from "../domain/dripDue.ts";
import { type Step, stopsOf } from "../domain/dripSequence.ts";
import { recipientZone } from "../domain/recipientTime.ts";
import { wakeSender } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

const BATCH = 500;
const DAY_MS = 86_400_000;

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

/** A step of somebody that is written: its message, and where it leaves them. */
interface Taken {
  enrollment: DueEnrollment;
  ready: ReadyStep;
  row: PlannedMessage & { enrollmentId: string };
}

/**
 * Takes the steps of the next so many people who are due: each gets a message, queued or skipped with the reason, and
 * the moment of the step after, in one transaction; a second one that took the same people finds them moved on. Others
 * are put off (the step before is held up) or end here. Gives how many people it looked at.
 */
export async function takeDueSteps(deps: DripDeps, drip: ReadyDrip): Promise<number> {
  const { campaign, sequence } = drip;
  const of = { campaignId: campaign.id, version: sequence.version };
  const due = await peekDueEnrollments(deps.db, of, BATCH);
  if (due.length === 0) return 0;
  const now = await databaseNow(deps.db);
  const moves = await othersThanTaken(deps, drip, due, now);
  const going = due.filter((one) => !moves.has(one.id));
  const expiresAt = expiryOf(drip, now);
  const taken = await planSteps(deps, drip, going, { now, expiresAt });
  const senders = await giveSenders(deps, drip, taken);
  for (const one of taken) moves.set(one.enrollment.id, moveAfter(drip, one, now));
  await inTransaction(deps.db, async (tx) => {
    if (!(await holdSequence(tx, campaign.id, sequence.version))) return;
    const mine = await claimEnrollments(tx, sequence.version, due);
    await writeTaken(
      tx,
      drip,
      taken.filter((one) => mine.has(one.enrollment.id)),
      { senders, expiresAt },
    );
    const own = [...moves.values()].filter((move) => mine.has(move.id));
    await writeMoves(tx, own);
    await cancelOfStopped(tx, due, own);
  });
  deps.kick();
  return due.length;
}

/** Whoever ends here may have a step before in the outbox still. */
async function cancelOfStopped(
  tx: Tx,
  due: readonly DueEnrollment[],
  moves: readonly EnrollmentMove[],
): Promise<void> {
  const stopped = moves.filter((move) => move.state === "stopped");
  const people = new Map(due.map((one) => [one.id, one.contact_id]));
  for (const [reason, some] of Map.groupBy(stopped, (move) => move.reason ?? "stopped")) {
    const ids = some.map((move) => move.id);
    await cancelQueuedSteps(
      tx,
      ids.flatMap((id) => people.get(id) ?? []),
      ids,
      reason,
    );
  }
}

const unmoved = { lastStep: null, lastStepAt: null, nextStep: null } as const;

/** Those whose step does not come now: held up by the one before, or over for a reason. */
async function othersThanTaken(
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

function readyOf(drip: ReadyDrip, one: DueEnrollment): ReadyStep {
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

/** Judges and renders the step of each, as a campaign's planning does; who does not match its conditions is passed over. */
async function planSteps(
  deps: DripDeps,
  drip: ReadyDrip,
  going: readonly DueEnrollment[],
  on: { now: Date; expiresAt: Date },
): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const [id, people] of Map.groupBy(going, (one) => one.next_step)) {
    const ready = readyOf(drip, people[0] as DueEnrollment);
    const { step } = ready;
    const contactIds = people.map((one) => one.contact_id);
    const wanted =
      step.conditions === undefined
        ? new Set(contactIds)
        : await matching(deps.db, drip.campaign.workspace_id, step.conditions, contactIds);
    const planned = await planPage(
      deps.db,
      { ...ready.plan, campaign: { ...ready.plan.campaign, expires_at: on.expiresAt } },
      contactIds.filter((contactId) => wanted.has(contactId)),
      on.now,
    );
    if (ready.plan.mail !== null) await nameContents(deps.db, ready.plan.mail, planned);
    const rows = new Map(planned.map((row) => [row.contactId, row]));
    for (const enrollment of people) {
      const row = rows.get(enrollment.contact_id) ?? passedOver(enrollment.contact_id, id);
      taken.push({ enrollment, ready, row: { ...row, enrollmentId: enrollment.id } });
    }
  }
  return taken;
}

/** A step's message waits for a lawful moment as long as a campaign's would. */
function expiryOf({ campaign, expiresAfterDays }: ReadyDrip, now: Date): Date {
  const own = now.getTime() + expiresAfterDays * DAY_MS;
  return new Date(Math.min(own, campaign.expires_at?.getTime() ?? Number.POSITIVE_INFINITY));
}

const passedOver = (contactId: string, step: number): PlannedMessage => ({
  contactId,
  senderId: null,
  state: "skipped",
  dueAt: null,
  reason: "condition",
  detail: `does not match the conditions of step ${step}`,
  address: null,
  body: null,
  contentVariables: null,
  parts: 1,
});

/** Those who wait get their sender, always the same for one address; gives the senders by their channel. */
async function giveSenders(
  deps: DripDeps,
  drip: ReadyDrip,
  taken: readonly Taken[],
): Promise<Map<string, string[]>> {
  const used = new Map<string, string[]>();
  const waiting = taken.filter(({ row }) => row.state === "queued" && row.address !== null);
  for (const [channel, some] of Map.groupBy(waiting, ({ ready }) => ready.plan.campaign.channel)) {
    const on = channel as MessageChannel;
    const addresses = some.map(({ row }) => canonicalAddress(on, row.address as string));
    const pool = [...new Set(some.flatMap(({ ready }) => ready.pool))];
    const senders = await inTransaction(deps.db, (tx) =>
      assignSenders(tx, drip.campaign.workspace_id, on, pool, addresses),
    );
    for (const [index, { row }] of some.entries()) {
      row.senderId = senders.get(addresses[index] as string) ?? null;
      if (row.senderId === null) throw new Error("No sender of this sequence can take new people at present");
    }
    used.set(channel, [...new Set(senders.values())]);
  }
  return used;
}

/** Writes the messages of each step, and wakes the senders that hold them. */
async function writeTaken(
  tx: Tx,
  { campaign }: ReadyDrip,
  taken: readonly Taken[],
  on: { senders: ReadonlyMap<string, string[]>; expiresAt: Date },
): Promise<void> {
  for (const [step, some] of Map.groupBy(taken, ({ ready }) => ready.step.id)) {
    const [{ ready }] = some as [Taken];
    const shared = {
      ...ready.plan.campaign,
      expires_at: on.expiresAt,
      content_sid: ready.plan.template?.content_sid ?? null,
      canary: null,
      step,
    };
    await insertPlanned(
      tx,
      shared,
      some.map(({ row }) => row),
      PRIORITIES.drip,
    );
  }
  const { workspace_id, id } = campaign;
  for (const [channel, used] of on.senders) {
    await openLanes(tx, workspace_id, id, used);
    await oweWake(
      tx,
      used.map((senderId) => wakeSender({ id: senderId, workspace_id, channel })),
    );
  }
}

/** Reasons for which nothing more of the sequence can reach somebody on its channel. */
const ENDINGS: Readonly<Record<string, string>> = {
  opted_out: "opt_out",
  suppressed: "suppressed",
  deleted: "deleted",
};

function moveAfter(drip: ReadyDrip, { enrollment, ready, row }: Taken, now: Date): EnrollmentMove {
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
