import { sql } from "kysely";
import { dueOf } from "../domain/dripDue.ts";
import type { StopEvent } from "../domain/dripSequence.ts";
import type { Purpose } from "../domain/decide.ts";
import { recipientZone } from "../domain/recipientTime.ts";
import type { Db, Tx } from "./connect.ts";
import type { SequenceRow } from "./sequences.ts";

export type EnrollmentState = "active" | "paused" | "completed" | "stopped" | "cancelled";
export type EnrollmentSource = "audience" | "api" | "event";

const shown = [
  "id",
  "campaign_id",
  "contact_id",
  "entry",
  "source",
  "state",
  "reason",
  "version",
  "last_step",
  "next_step",
  "due_at",
  "last_step_at",
  "enrolled_at",
  "paused_at",
  "ended_at",
] as const;

/** What came of a page of people; ids of no contact count as unknown. */
export interface EnrollResult {
  enrolled: number;
  already: number;
  unknown: number;
}

/**
 * Enrolls people at the first step; who is in the sequence, or has been and may not come again, is passed over. Part
 * of the caller's transaction, with the sequence read under a lock, so that nobody joins a version that is over.
 */
export async function enroll(
  tx: Tx,
  sequence: SequenceRow,
  on: { contactIds: readonly string[]; source: EnrollmentSource; now: Date; timeZone: string },
): Promise<EnrollResult> {
  const wanted = [...new Set(on.contactIds)];
  const first = sequence.steps[0];
  if (first === undefined || wanted.length === 0) return { enrolled: 0, already: 0, unknown: wanted.length };
  const people = await tx
    .selectFrom("contacts")
    .select(["id", "time_zone", "number_zones"])
    .where("workspace_id", "=", sequence.workspace_id)
    .where("erased_at", "is", null)
    .where(sql<boolean>`id = any(${wanted}::uuid[])`)
    .orderBy("id")
    .execute();
  const now = on.now.getTime();
  const due = people.map(
    (person) =>
      new Date(dueOf(first, { enrolledAt: now, lastStepAt: null }, recipientZone(person, on.timeZone))),
  );
  const again = sequence.settings.reentry && on.source !== "audience";
  const { numAffectedRows } = await sql`
    insert into enrollments (workspace_id, campaign_id, contact_id, entry, source, version, next_step, due_at, enrolled_at)
    select ${sequence.workspace_id}::uuid, ${sequence.campaign_id}::uuid, u.id, coalesce(before.entry, 0) + 1,
      ${on.source}, ${sequence.version}, ${first.id}, u.due_at, ${on.now}
    from unnest(${people.map((person) => person.id)}::uuid[], ${due}::timestamptz[]) u (id, due_at)
    left join lateral (select max(entry) as entry, bool_or(ended_at is null) as open from enrollments
      where campaign_id = ${sequence.campaign_id} and contact_id = u.id) before on true
    where before.entry is null or (${again} and not before.open)
    on conflict do nothing`.execute(tx);
  const enrolled = Number(numAffectedRows ?? 0);
  return { enrolled, already: people.length - enrolled, unknown: wanted.length - people.length };
}

/** Something that a person did or that became of them, which may end sequences they are in. */
export interface EnrollmentStop {
  workspaceId: string;
  contactId: string;
  event: StopEvent | "deleted";
  /** Null: on any. */
  channel?: string | null;
  /** None: of any. */
  purposes?: readonly Purpose[] | undefined;
  /** None: all that the person is in. */
  campaignId?: string;
  /** Only those that they were in by then. */
  begunBy?: Date;
}

/**
 * Ends the sequences of a person that this event ends, by the stop_on of the step they wait for or of the sequence; an
 * opt-out and an erasure end them always. What is queued of them is cancelled with the event as its reason. A reply
 * counts once a first step has come. The caller holds the person's lock (db/locks.ts). Gives how many ended.
 */
export async function stopEnrollments(tx: Tx, on: EnrollmentStop): Promise<number> {
  const always = on.event === "opt_out" || on.event === "deleted";
  const { rows } = await sql<{ id: string }>`
    update enrollments e set state = 'stopped', reason = ${on.event}, due_at = null, ended_at = clock_timestamp()
    from sequences s, sequence_versions v, campaigns k
    where e.contact_id = ${on.contactId} and e.workspace_id = ${on.workspaceId} and e.ended_at is null
      and s.campaign_id = e.campaign_id and v.campaign_id = e.campaign_id and v.version = e.version
      and k.id = e.campaign_id
      and (${on.channel ?? null}::text is null or k.channel = ${on.channel ?? null})
      and (${(on.purposes as Purpose[]) ?? null}::text[] is null or k.purpose = any(${(on.purposes as Purpose[]) ?? null}::text[]))
      and (${on.campaignId ?? null}::uuid is null or e.campaign_id = ${on.campaignId ?? null})
      and (${on.begunBy ?? null}::timestamptz is null or e.enrolled_at <= ${on.begunBy ?? null})
      and (${on.event} <> 'reply' or e.last_step is not null)
      and (${always} or coalesce((select step -> 'stop_on' from jsonb_array_elements(v.steps) step
        where (step ->> 'id')::int = e.next_step), s.settings -> 'stop_on') ? ${on.event})
    returning e.id`.execute(tx);
  await cancelQueuedSteps(
    tx,
    [on.contactId],
    rows.map((row) => row.id),
    on.event === "opt_out" ? "opted_out" : on.event,
  );
  return rows.length;
}

/** What ended enrollments of these people have left in the outbox. */
export async function cancelQueuedSteps(
  tx: Tx,
  contactIds: readonly string[],
  enrollmentIds: readonly string[],
  reason: string,
): Promise<void> {
  if (enrollmentIds.length === 0) return;
  await sql`
    update messages set state = 'cancelled', due_at = null, reason = ${reason}
    where contact_id = any(${contactIds as string[]}::uuid[])
      and enrollment_id = any(${enrollmentIds as string[]}::uuid[]) and due_at is not null`.execute(tx);
}

export function findEnrollment(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("enrollments")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
}

export type EnrollmentRow = NonNullable<Awaited<ReturnType<typeof findEnrollment>>>;

/** In the order of the contacts' ids, behind `after`. */
export function listEnrollments(
  db: Db,
  of: {
    workspaceId: string;
    campaignId: string;
    state?: EnrollmentState | undefined;
    contactId?: string | undefined;
  },
  page: { after?: { contactId: string; entry: number } | undefined; limit: number },
) {
  let query = db
    .selectFrom("enrollments")
    .select(shown)
    .where("workspace_id", "=", of.workspaceId)
    .where("campaign_id", "=", of.campaignId);
  if (of.state !== undefined) query = query.where("state", "=", of.state);
  if (of.contactId !== undefined) query = query.where("contact_id", "=", of.contactId);
  if (page.after !== undefined)
    query = query.where(
      sql<boolean>`(contact_id, entry) > (${page.after.contactId}::uuid, ${page.after.entry}::int)`,
    );
  return query.orderBy("contact_id").orderBy("entry").limit(page.limit).execute();
}

/**
 * One person's word in one sequence: paused, what is queued waits in a lane of their own that no sender looks into;
 * active again, it may go, and a step whose time has passed is due at once; cancelled, it is cancelled. Undefined where
 * the state it is in does not allow it. The caller holds the person's lock.
 */
export async function moveEnrollment(
  tx: Tx,
  enrollment: Pick<EnrollmentRow, "id" | "contact_id" | "campaign_id">,
  to: "paused" | "active" | "cancelled",
  reason: string | null,
): Promise<EnrollmentRow | undefined> {
  const from: Record<typeof to, EnrollmentState[]> = {
    paused: ["active"],
    active: ["paused"],
    cancelled: ["active", "paused"],
  };
  const moved = await tx
    .updateTable("enrollments")
    .set({
      state: to,
      reason,
      paused_at: to === "paused" ? sql`now()` : null,
      ...(to === "active" && { due_at: sql`greatest(due_at, now())` }),
      ...(to === "cancelled" && { due_at: null, ended_at: sql`clock_timestamp()` }),
    })
    .where("id", "=", enrollment.id)
    .where("state", "in", from[to])
    .returning(shown)
    .executeTakeFirst();
  if (moved === undefined) return undefined;
  if (to === "cancelled") await cancelQueuedSteps(tx, [moved.contact_id], [moved.id], "enrollment_cancelled");
  // What is under way as well: it may be queued again.
  else
    await sql`
      update messages set lane = ${to === "paused" ? moved.id : moved.campaign_id}::uuid
      where contact_id = ${moved.contact_id} and enrollment_id = ${moved.id}
        and state in ('queued', 'sending', 'uncertain', 'accepted', 'sent')`.execute(tx);
  return moved;
}

/** Cancels a batch of those who are still on their way in a campaign that was cancelled; 0 when nobody is. */
export async function cancelOpen(db: Db, campaignId: string, reason: string, limit: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with batch as (
      select id from enrollments where campaign_id = ${campaignId} and ended_at is null
      order by contact_id limit ${limit} for no key update
    ), done as (
      update enrollments e set state = 'cancelled', reason = ${reason}, due_at = null, ended_at = now()
      from batch where e.id = batch.id returning e.id
    )
    select count(*) as n from done`.execute(db);
  return rows[0]?.n ?? 0;
}

/** How many of those on their way wait for which step, by version and by whether they have had any. */
export async function findStandings(
  db: Db,
  campaignId: string,
): Promise<{ version: number; next: number; begun: boolean; people: number }[]> {
  const { rows } = await sql<{ version: number; next: number; begun: boolean; people: number }>`
    select version, next_step as next, last_step is not null as begun, count(*) as people from enrollments
    where campaign_id = ${campaignId} and ended_at is null group by 1, 2, 3 order by 1, 2, 3`.execute(db);
  return rows;
}

/** Keeps a campaign that runs or is paused from ending until the transaction does; false where it is neither. */
export async function lockOpenCampaign(tx: Tx, workspaceId: string, campaignId: string): Promise<boolean> {
  const { rows } = await sql`
    select from campaigns where id = ${campaignId} and workspace_id = ${workspaceId}
      and state in ('running', 'paused') for share`.execute(tx);
  return rows.length > 0;
}
