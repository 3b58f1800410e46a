import { sql } from "kysely";
import { type Db, inTransaction } from "./connect.ts";
import { emptyRows } from "./erasureRows.ts";
import { privacy } from "./privacy.ts";
import type { TablePrivacy } from "./privacyWays.ts";

/** A workspace whose night has come, and up to when its texts go. */
export interface DueWorkspace {
  id: string;
  created_at: Date;
  settings: unknown;
  /** By its own clock: the day whose run this is. */
  local_date: string;
}

/** Workspaces where it is past this hour of the local day and the job of that day has not ended yet. */
export async function findDue(db: Db, kind: string, hour: number): Promise<DueWorkspace[]> {
  const { rows } = await sql<DueWorkspace>`
    select w.id, w.created_at, w.settings, (now() at time zone w.time_zone)::date as local_date from workspaces w
    where extract(hour from now() at time zone w.time_zone) >= ${hour}
      and not exists (select from job_runs r where r.workspace_id = w.id and r.kind = ${kind}
        and r.local_date = (now() at time zone w.time_zone)::date and r.finished_at is not null)
    order by w.id`.execute(db);
  return rows;
}

export async function finishRun(
  db: Db,
  run: { workspaceId: string; kind: string; localDate: string; report: Record<string, unknown> },
): Promise<void> {
  await sql`
    insert into job_runs (workspace_id, kind, local_date, finished_at, report)
    values (${run.workspaceId}, ${run.kind}, ${run.localDate}, clock_timestamp(), ${JSON.stringify(run.report)})
    on conflict (workspace_id, kind, local_date) do update set finished_at = excluded.finished_at,
      report = excluded.report`.execute(db);
}

export interface Retaining {
  workspaceId: string;
  /** From when on there can be rows at all. */
  since: Date;
  /** What is older goes. */
  until: Date;
  /** Called between two transactions. */
  alive(): void;
}

const BATCH = 1_000;
/** A batch passes over what the ones before have emptied, so a window must not have too many. */
const WINDOW_MS = 3_600_000;
/** A row's id is made a little after the start of the transaction, which its created_at is. */
const SLACK_MS = 3_600_000;

/** Tables whose old rows or texts go by age, in the registry's order. */
export const retainedTables = (): string[] =>
  Object.entries(privacy).flatMap(([name, { retention }]) => (retention && "then" in retention ? name : []));

/**
 * Empties or deletes what is too old in one table, in small transactions that nobody waits for long. Large tables are
 * walked by their ids from where the last night has ended. Repeatable; gives how many rows it concerned.
 */
export async function retainTable(db: Db, name: string, on: Retaining): Promise<number> {
  const table = privacy[name] as TablePrivacy;
  const retention = table.retention as { age: string; then: "empty" | "delete"; walk?: boolean };
  if (retention.walk !== true) return retainBatches(db, name, on, sql<boolean>`true`);
  const start = await readMark(db, on, name);
  let rows = 0;
  for (let from = start; from < on.until; ) {
    const next = await nextRow(db, name, from, on.until);
    if (next === undefined) break;
    from = new Date(Math.max(from.getTime(), next.getTime() - SLACK_MS));
    const to = new Date(Math.min(from.getTime() + WINDOW_MS, on.until.getTime()));
    rows += await retainBatches(db, name, { ...on, until: to }, between(name, from, to));
    from = to;
  }
  await writeMark(db, name, on, between(name, start, on.until));
  return rows;
}

async function retainBatches(
  db: Db,
  name: string,
  on: Retaining,
  within: ReturnType<typeof sql<boolean>>,
): Promise<number> {
  const table = privacy[name] as TablePrivacy;
  const { age, then } = table.retention as { age: string; then: "empty" | "delete" };
  const idle = table.busy === undefined ? "true" : `not (${table.busy})`;
  const old = sql<boolean>`${sql.ref(`${name}.workspace_id`)} = ${on.workspaceId} and ${within}
    and ${sql.raw(age)} < ${on.until} and ${sql.raw(idle)}`;
  // Until nothing is left: a row that somebody else is changing is missed by one batch and taken by the next.
  for (let rows = 0; ; ) {
    const done = await inTransaction(db, (tx) =>
      then === "delete" ? deleteSome(tx, name, old) : emptyRows(tx, name, ["content"], old, BATCH),
    );
    rows += done;
    on.alive();
    if (done === 0) return rows;
  }
}

async function deleteSome(db: Db, name: string, old: ReturnType<typeof sql<boolean>>): Promise<number> {
  const gone = await sql`
    delete from ${sql.table(name)} where ctid in (select ctid from ${sql.table(name)} where ${old} limit ${BATCH})`.execute(
    db,
  );
  return Number(gone.numAffectedRows ?? 0);
}

const between = (name: string, from: Date, to: Date) => sql<boolean>`
  ${sql.ref(`${name}.id`)} >= ${firstId(from, -SLACK_MS)} and ${sql.ref(`${name}.id`)} < ${firstId(to, SLACK_MS)}`;

/** When the next row of any workspace was made: stretches without any are passed over. */
async function nextRow(db: Db, name: string, from: Date, to: Date): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date | null }>`
    select uuid_extract_timestamp(id) as at from ${sql.table(name)}
    where ${between(name, from, to)} order by id limit 1`.execute(db);
  return rows[0] && (rows[0].at ?? from);
}

/** The lowest UUID of version 7 of a moment: its first 48 bits are milliseconds. */
const firstId = (at: Date, shiftMs: number) => {
  const hex = Math.max(0, at.getTime() + shiftMs)
    .toString(16)
    .padStart(12, "0");
  return sql`${`${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`}::uuid`;
};

async function readMark(db: Db, on: Retaining, name: string): Promise<Date> {
  const row = await db
    .selectFrom("retention_marks")
    .select("emptied_until")
    .where("workspace_id", "=", on.workspaceId)
    .where("table_name", "=", name)
    .executeTakeFirst();
  return row?.emptied_until ?? on.since;
}

/** Everything before is done, but for what is at work still: the next night begins again with the oldest of that. */
async function writeMark(
  db: Db,
  name: string,
  on: Retaining,
  within: ReturnType<typeof between>,
): Promise<void> {
  const { busy, retention } = privacy[name] as TablePrivacy;
  const age = sql.raw((retention as { age: string }).age);
  const { rows } = await sql<{ oldest: Date | null }>`
    select min(${age}) as oldest from ${sql.table(name)}
    where workspace_id = ${on.workspaceId} and ${within} and ${age} < ${on.until} and (${sql.raw(busy ?? "false")})`.execute(
    db,
  );
  await sql`
    insert into retention_marks (workspace_id, table_name, emptied_until)
    values (${on.workspaceId}, ${name}, ${rows[0]?.oldest ?? on.until})
    on conflict (workspace_id, table_name) do update set emptied_until = excluded.emptied_until`.execute(db);
}
