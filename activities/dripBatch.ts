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
import { planPage } from "../db/planPage.ts";
import { insertPlanned, openLanes, type PlannedMessage } from "../db/planning.ts";
import { assignSenders } from "../db/rotation.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { canonicalAddress, type MessageChannel } from "../domain/address.ts";
import { wakeSender } from "../workflows/handles.ts";
import {
  type DripDeps,
  moveAfter,
  othersThanTaken,
  type ReadyDrip,
  type ReadyStep,
  readyOf,
} from "./dripMoves.ts";

const BATCH = 500;
const DAY_MS = 86_400_000;

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
