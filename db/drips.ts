import { sql } from "kysely";
import { LATE_MS, spreadMs } from "../domain/dripSpread.ts";
import type { SegmentFilter } from "../domain/segmentFilter.ts";
import { hasOpenMessages, moveCampaign } from "./campaigns.ts";
import type { Db, Tx } from "./connect.ts";
import { segmentCondition } from "./segmentSql.ts";

/** Somebody whose next step is due, with what became of the one before. */
export interface DueEnrollment {
  id: string;
  contact_id: string;
  source: string;
  next_step: number;
  due_at: Date;
  last_step_at: Date | null;
  enrolled_at: Date;
  time_zone: string | null;
  number_zones: string[];
  erased: boolean;
  previous_state: string | null;
  previous_due_at: Date | null;
  previous_intended_at: Date | null;
}

/**
 * The first so many who are due, longest ago first; only those who have the version already. Nothing is locked. The
 * message is looked up one by one: as a join, before there are statistics, it reads the whole campaign for each.
 */
export async function peekDueEnrollments(
  db: Db,
  of: { campaignId: string; version: number },
  limit: number,
): Promise<DueEnrollment[]> {
  const { rows } = await sql<DueEnrollment>`
    select e.id, e.contact_id, e.source, e.next_step, e.due_at, e.last_step_at, e.enrolled_at, c.time_zone,
      c.number_zones, c.erased_at is not null as erased, m.state as previous_state, m.due_at as previous_due_at,
      m.intended_at as previous_intended_at
    from enrollments e join contacts c on c.id = e.contact_id
    left join lateral (select state, due_at, intended_at from messages
      where campaign_id = e.campaign_id and contact_id = e.contact_id and enrollment_id = e.id and step = e.last_step
      limit 1) m on true
    where e.campaign_id = ${of.campaignId} and e.state = 'active' and e.version = ${of.version} and e.due_at <= now()
    order by e.due_at, e.id limit ${limit}`.execute(db);
  return rows;
}

/** Milliseconds until a step is due or the audience is to be walked through; null where neither will be. */
export async function nextDripWorkMs(db: Db, campaignId: string): Promise<number | null> {
  const { rows } = await sql<{ wait_ms: number | null }>`
    select (extract(epoch from least(
      (select min(due_at) from enrollments where campaign_id = ${campaignId} and state = 'active'),
      (select enroll_due_at from sequences where campaign_id = ${campaignId})) - clock_timestamp()) * 1000)::float8 as wait_ms`.execute(
    db,
  );
  const wait = rows[0]?.wait_ms ?? null;
  return wait === null ? null : Math.max(0, wait);
}

/**
 * Keeps the campaign running and its sequence at this version until the transaction ends; false where they are not so
 * any more.
 */
export async function holdSequence(tx: Tx, campaignId: string, version: number): Promise<boolean> {
  const { rows } = await sql`
    select from campaigns k join sequences s on s.campaign_id = k.id
    where k.id = ${campaignId} and k.state = 'running' and s.version = ${version} for share`.execute(tx);
  return rows.length > 0;
}

/**
 * Locks those of these people who still wait for the same step of the same version; gives their ids. Looked up by id
 * alone: by counts of a sequence that has just begun, all who wait would be read again for each of them (decision 0010).
 */
export async function claimEnrollments(
  tx: Tx,
  version: number,
  due: readonly { id: string; next_step: number }[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select e.id from unnest(${due.map((one) => one.id)}::uuid[], ${due.map((one) => one.next_step)}::int[]) u (id, step)
    join enrollments e on e.id = u.id
    where (e.state, e.version, e.next_step) is not distinct from ('active', ${version}::int, u.step)
    order by e.id for no key update of e`.execute(tx);
  return new Set(rows.map((row) => row.id));
}

/** Where somebody stands after a step that was taken, put off or is not to come. */
export interface EnrollmentMove {
  id: string;
  state: "active" | "completed" | "stopped";
  reason: string | null;
  /** The step that was taken, and when its message is due; null where none was. */
  lastStep: number | null;
  lastStepAt: Date | null;
  /** Null keeps what they waited for. */
  nextStep: number | null;
  dueAt: Date | null;
}

/** Writes where locked people stand, in one statement. */
export async function writeMoves(tx: Tx, moves: readonly EnrollmentMove[]): Promise<void> {
  if (moves.length === 0) return;
  const column = <T>(pick: (move: EnrollmentMove) => T) => moves.map(pick);
  await sql`
    update enrollments e set state = u.state, reason = u.reason, last_step = coalesce(u.last_step, e.last_step),
      last_step_at = coalesce(u.last_step_at, e.last_step_at), next_step = coalesce(u.next_step, e.next_step),
      due_at = u.due_at, ended_at = case when u.state <> 'active' then now() end
    from unnest(${column((m) => m.id)}::uuid[], ${column((m) => m.state)}::text[], ${column((m) => m.reason)}::text[],
      ${column((m) => m.lastStep)}::int[], ${column((m) => m.lastStepAt)}::timestamptz[],
      ${column((m) => m.nextStep)}::int[], ${column((m) => m.dueAt)}::timestamptz[])
      u (id, state, reason, last_step, last_step_at, next_step, due_at)
    where e.id = u.id`.execute(tx);
}

/** Of these people, those whom a filter selects. */
export async function matching(
  db: Db,
  workspaceId: string,
  filter: SegmentFilter,
  contactIds: readonly string[],
): Promise<Set<string>> {
  if (contactIds.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    select c.id from contacts c
    where c.workspace_id = ${workspaceId} and c.id = any(${contactIds as string[]}::uuid[])
      and ${segmentCondition(workspaceId, filter)}`.execute(db);
  return new Set(rows.map((row) => row.id));
}

/** Somebody on their way who may still stand in an older version. */
export interface OpenEnrollment {
  id: string;
  contact_id: string;
  state: "active" | "paused";
  version: number;
  next_step: number;
  last_step: number | null;
  due_at: Date;
  last_step_at: Date | null;
  enrolled_at: Date;
  time_zone: string | null;
  number_zones: string[];
}

/** Locks the next people on their way, in the order of their contacts' ids behind `after`. */
export async function lockOpenPage(
  tx: Tx,
  campaignId: string,
  page: { after: string | null; limit: number },
): Promise<OpenEnrollment[]> {
  const { rows } = await sql<OpenEnrollment>`
    select e.id, e.contact_id, e.state, e.version, e.next_step, e.last_step, e.due_at, e.last_step_at, e.enrolled_at,
      c.time_zone, c.number_zones
    from enrollments e join contacts c on c.id = e.contact_id
    where e.campaign_id = ${campaignId} and e.ended_at is null
      and (${page.after}::uuid is null or e.contact_id > ${page.after}::uuid)
    order by e.contact_id limit ${page.limit} for no key update of e`.execute(tx);
  return rows;
}

/** Where people go on in a new version; without a next step nothing is left for them. */
export async function writeAdopted(
  tx: Tx,
  version: number,
  adopted: readonly { id: string; nextStep: number | null; dueAt: Date | null }[],
): Promise<void> {
  if (adopted.length === 0) return;
  await sql`
    update enrollments e set version = ${version}, next_step = coalesce(u.next_step, e.next_step), due_at = u.due_at,
      state = case when u.next_step is null then 'completed' else e.state end,
      reason = case when u.next_step is null then 'no_step_left' else e.reason end,
      ended_at = case when u.next_step is null then now() end
    from unnest(${adopted.map((one) => one.id)}::uuid[], ${adopted.map((one) => one.nextStep)}::int[],
      ${adopted.map((one) => one.dueAt)}::timestamptz[]) u (id, next_step, due_at)
    where e.id = u.id`.execute(tx);
}

const SPREAD_BATCH = 10_000;

/**
 * Spreads the steps that came to be late while something stood still, in their order, in batches; gives how many they
 * are. The first is due at once.
 */
export async function spreadLate(db: Db, campaignId: string, mostMinutes: number): Promise<number> {
  const { rows } = await sql<{ late: number; late_ms: number | null; began: Date }>`
    select count(*) as late, (extract(epoch from clock_timestamp() - min(due_at)) * 1000)::float8 as late_ms,
      clock_timestamp() as began
    from enrollments where campaign_id = ${campaignId} and state = 'active'
      and due_at < now() - ${LATE_MS} * interval '1 millisecond'`.execute(db);
  const { late = 0, late_ms: lateMs = null, began = new Date(0) } = rows[0] ?? {};
  if (late === 0 || lateMs === null) return 0;
  const apartMs = spreadMs(late, lateMs, mostMinutes) / late;
  for (let done = 0; done < late; ) {
    const { numAffectedRows } = await sql`
      with late as (
        select id, due_at from enrollments
        where campaign_id = ${campaignId} and state = 'active'
          and due_at < ${began}::timestamptz - ${LATE_MS} * interval '1 millisecond'
        order by due_at, id limit ${SPREAD_BATCH} for no key update
      ), turns as (
        select id, row_number() over (order by due_at, id) - 1 + ${done}::int as turn from late
      )
      update enrollments e
      set due_at = ${began}::timestamptz + turns.turn * ${apartMs}::float8 * interval '1 millisecond'
      from turns where e.id = turns.id`.execute(db);
    const batch = Number(numAffectedRows ?? 0);
    if (batch === 0) break;
    done += batch;
  }
  return late;
}

/** How a sequence's people stand. */
export interface DripCounts {
  /** Only states that occur. */
  by_state: Record<string, number>;
  /** Of those who were stopped, cancelled or paused. */
  by_reason: Record<string, number>;
  /** Of those on their way, by the step they wait for. */
  waiting: Record<string, number>;
}

/** One scan of the sequence's enrollments: callers that repeat it do so at growing intervals. */
export async function countEnrollments(db: Db, campaignId: string): Promise<DripCounts> {
  const { rows } = await sql<{
    state: string;
    reason: string | null;
    waits_for: number | null;
    n: number;
  }>`
    select state, reason, case when ended_at is null then next_step end as waits_for, count(*) as n
    from enrollments where campaign_id = ${campaignId} group by 1, 2, 3 order by 1, 2, 3`.execute(db);
  const counts: DripCounts = { by_state: {}, by_reason: {}, waiting: {} };
  const add = (to: Record<string, number>, key: string, n: number) => {
    to[key] = (to[key] ?? 0) + n;
  };
  for (const { state, reason, waits_for, n } of rows) {
    add(counts.by_state, state, n);
    if (reason !== null) add(counts.by_reason, reason, n);
    if (waits_for !== null) add(counts.waiting, String(waits_for), n);
  }
  return counts;
}

/**
 * Ends a running sequence that has nobody on their way and nothing that may still go out; false where it is not so far.
 * The campaign is locked before it looks: who enrolls holds its row too.
 */
export async function completeSequence(tx: Tx, workspaceId: string, campaignId: string): Promise<boolean> {
  const { rows } = await sql`
    select from campaigns where id = ${campaignId} and workspace_id = ${workspaceId} and state = 'running'
    for no key update`.execute(tx);
  if (rows.length === 0) return false;
  const { rows: open } = await sql<{ open: boolean }>`
    select exists (select from enrollments where campaign_id = ${campaignId} and ended_at is null) as open`.execute(
    tx,
  );
  if (open[0]?.open !== false || (await hasOpenMessages(tx, campaignId))) return false;
  return (await moveCampaign(tx, workspaceId, campaignId, "completed", { from: ["running"] })) !== undefined;
}
