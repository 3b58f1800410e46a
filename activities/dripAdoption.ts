import { inTransaction } from "../db/connect.ts";
import { holdSequence, lockOpenPage, type OpenEnrollment, writeAdopted } from "../db/drips.ts";
import { findVersions, noteAdopted } from "../db/sequences.ts";
import { dueOf } from "../domain/dripDue.ts";
import { goesOnWith } from "../domain/dripEdit.ts";
import type { Step } from "../domain/dripSequence.ts";
import { recipientZone } from "../domain/recipientTime.ts";
import type { DripDeps, ReadyDrip } from "./dripMoves.ts";

const PAGE = 1_000;

/**
 * Carries an edit to everybody who is on their way, page by page; where each goes on says domain/dripEdit.ts. Until it
 * is done nobody takes a step of another version. Doing it again does no harm. False where the sequence was edited
 * again or does not run any more.
 */
export async function adoptVersion(deps: DripDeps, drip: ReadyDrip, beat: () => void): Promise<boolean> {
  const { campaign, sequence } = drip;
  for (let after: string | null = null; ; ) {
    const page: OpenEnrollment[] | "over" = await inTransaction(deps.db, async (tx) => {
      if (!(await holdSequence(tx, campaign.id, sequence.version))) return "over";
      const open = await lockOpenPage(tx, campaign.id, { after, limit: PAGE });
      const old = open.filter((one) => one.version < sequence.version);
      const versions = await findVersions(tx, campaign.id, [...new Set(old.map((one) => one.version))]);
      const adopted = old.map((one) => goesOn(drip, one, versions.get(one.version) ?? []));
      await writeAdopted(tx, sequence.version, adopted);
      return open;
    });
    if (page === "over") return false;
    beat();
    if (page.length < PAGE) break;
    after = page.at(-1)?.contact_id ?? null;
  }
  await noteAdopted(deps.db, campaign.id, sequence.version);
  return true;
}

function goesOn(
  drip: ReadyDrip,
  one: OpenEnrollment,
  before: readonly Step[],
): { id: string; nextStep: number | null; dueAt: Date | null } {
  const { steps, settings } = drip.sequence;
  const next = goesOnWith(before, steps, { next: one.next_step, begun: one.last_step !== null });
  if (next === undefined) return { id: one.id, nextStep: null, dueAt: null };
  const known = before.find((step) => step.id === one.next_step);
  const asBefore = next.id === one.next_step && known !== undefined && sameTime(known, next);
  const due = dueOf(
    next,
    { enrolledAt: one.enrolled_at.getTime(), lastStepAt: one.last_step_at?.getTime() ?? null },
    recipientZone(one, drip.timeZone),
    settings.delays_from,
  );
  return { id: one.id, nextStep: next.id, dueAt: asBefore ? one.due_at : new Date(due) };
}

const sameTime = (a: Step, b: Step) =>
  a.delay_hours === b.delay_hours &&
  a.delay === b.delay &&
  a.at_local_time === b.at_local_time &&
  JSON.stringify(a.window) === JSON.stringify(b.window);
