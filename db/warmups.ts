import { type Selectable, sql } from "kysely";
import { nextWarmupStep, type Quality, type WarmupStep } from "../domain/warmup.ts";
import { openAlert, resolveAlert } from "./alerts.ts";
import type { Db, Tx } from "./connect.ts";
import type { Warmups } from "./schema.ts";
import { healthOf, readDayFigures } from "./warmupFigures.ts";

export const WARMUP_STATES = ["running", "paused", "completed", "stopped", "failed"] as const;
export type WarmupState = (typeof WARMUP_STATES)[number];
export type WarmupRow = Selectable<Warmups> & { state: WarmupState };

/** What an operator may say about a warmup that is under way. */
export type WarmupCommand =
  | { kind: "pause" }
  | { kind: "resume" }
  | { kind: "stop" }
  /** To this day of the ladder, from 1. */
  | { kind: "skip"; day: number };

/** The states in which a command says something. */
export const COMMANDED_FROM = {
  pause: ["running"],
  resume: ["paused"],
  skip: ["running", "paused"],
  stop: ["running", "paused"],
} as const satisfies Record<WarmupCommand["kind"], readonly WarmupState[]>;

/** A warmup is known by its sender. */
export interface OfWarmup {
  workspaceId: string;
  senderId: string;
}

/** The warmup that a sender has or has had last. */
export async function findWarmup(db: Db, of: OfWarmup): Promise<WarmupRow | undefined> {
  return (await db
    .selectFrom("warmups")
    .selectAll()
    .where("workspace_id", "=", of.workspaceId)
    .where("sender_id", "=", of.senderId)
    .executeTakeFirst()) as WarmupRow | undefined;
}

async function lockWarmup(tx: Tx, of: OfWarmup): Promise<WarmupRow | undefined> {
  return (await tx
    .selectFrom("warmups")
    .selectAll()
    .where("workspace_id", "=", of.workspaceId)
    .where("sender_id", "=", of.senderId)
    .forUpdate()
    .executeTakeFirst()) as WarmupRow | undefined;
}

/** Begins a sender's warmup, or begins it anew where it has ended. No row: it is under way. */
export async function startWarmup(
  tx: Tx,
  of: OfWarmup,
  on: { ladder: readonly number[]; day: number; day_seconds: number | null; at: Date },
): Promise<WarmupRow | undefined> {
  const { rows } = await sql<WarmupRow>`
    insert into warmups as w (sender_id, workspace_id, state, ladder, day_seconds, day, n, day_ends_at, started_at, updated_at)
    values (${of.senderId}, ${of.workspaceId}, 'running', ${on.ladder as number[]}::int[], ${on.day_seconds}, ${on.day}, 0,
      ${on.at}, ${on.at}, ${on.at})
    on conflict (sender_id) do update set state = 'running', ladder = excluded.ladder, day_seconds = excluded.day_seconds,
      day = excluded.day, day_ends_at = excluded.day_ends_at, started_at = excluded.started_at,
      updated_at = excluded.updated_at, ended_at = null, reason = null
    where w.state in ('completed', 'stopped', 'failed')
    returning *`.execute(tx);
  const [started] = rows;
  if (started === undefined) return undefined;
  await resolveAlert(tx, of.workspaceId, failedCause(of.senderId));
  return openDay(tx, started, on.day, on.at);
}

/** Carries out an operator's word. No row: there is no warmup, or its state is not one in which this says something. */
export async function commandWarmup(
  tx: Tx,
  of: OfWarmup,
  command: WarmupCommand,
  at: Date,
): Promise<WarmupRow | undefined> {
  const warmup = await lockWarmup(tx, of);
  const from: readonly WarmupState[] = COMMANDED_FROM[command.kind];
  if (warmup === undefined || !from.includes(warmup.state)) return undefined;
  switch (command.kind) {
    case "pause":
      await closeDay(tx, warmup, at, { decision: "pause" });
      return write(tx, warmup, at, { state: "paused", reason: "operator" });
    case "resume":
      return openDay(tx, warmup, warmup.day, at);
    case "skip":
      if (command.day > warmup.ladder.length) return undefined;
      await closeDay(tx, warmup, at, { decision: "skip" });
      if (warmup.state === "running") return openDay(tx, warmup, command.day, at);
      await allow(tx, warmup, command.day, at);
      return write(tx, warmup, at, { day: command.day });
    case "stop":
      return endWarmup(tx, warmup, at, "stopped", "operator");
  }
}

/** A warmup that is under way ends, and its sender goes by its own limits from now on. */
export async function endWarmup(
  tx: Tx,
  warmup: WarmupRow,
  at: Date,
  state: "stopped" | "completed",
  reason: string | null,
): Promise<WarmupRow> {
  if (state === "stopped") await closeDay(tx, warmup, at, { decision: "end" });
  await setDayLimit(tx, warmup, null);
  return write(tx, warmup, at, { state, reason, ended_at: at });
}

/**
 * The step that is due: a day whose end has come is judged, and the next one begins, or none. Nothing happens before
 * then, nor while the warmup is paused or over; so it may be called as often as anybody likes.
 */
export async function advanceWarmup(
  tx: Tx,
  of: OfWarmup,
  on: { at: Date; quality: Quality | null },
): Promise<{ warmup: WarmupRow; moved: boolean } | undefined> {
  const warmup = await lockWarmup(tx, of);
  if (warmup === undefined) return undefined;
  if (warmup.state !== "running" || warmup.day_ends_at > on.at) return { warmup, moved: false };
  const step = await closeDay(tx, warmup, on.at, on);
  if (step?.decision === "stop") return { warmup: await fail(tx, warmup, on.at, step), moved: true };
  const next =
    step?.decision === "finish"
      ? await endWarmup(tx, warmup, on.at, "completed", null)
      : await openDay(tx, warmup, step?.day ?? warmup.day, on.at);
  return { warmup: next, moved: true };
}

/** Writes what the open day came to, and what is decided: by its figures, or by an operator before its end. */
async function closeDay(
  tx: Tx,
  warmup: WarmupRow,
  at: Date,
  by: { quality: Quality | null } | { decision: "pause" | "skip" | "end" },
): Promise<WarmupStep | undefined> {
  const { workspace_id: workspaceId, sender_id: senderId, n } = warmup;
  const open = await tx
    .selectFrom("warmup_days")
    .select("started_at")
    .where("sender_id", "=", senderId)
    .where("n", "=", n)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  if (open === undefined) return undefined;
  const quality = "quality" in by ? by.quality : null;
  const figures = await readDayFigures(tx, { workspaceId, senderId, from: open.started_at, to: at, quality });
  const step =
    "decision" in by
      ? undefined
      : nextWarmupStep({ ...warmup, wasBad: await wasBad(tx, warmup) }, healthOf(figures));
  const decided = step ?? { verdict: null, reasons: [], ...(by as { decision: string }) };
  await tx
    .updateTable("warmup_days")
    .set({
      ...figures,
      failures: JSON.stringify(figures.failures),
      verdict: decided.verdict,
      decision: decided.decision,
      reasons: decided.reasons,
      ended_at: at,
    })
    .where("sender_id", "=", senderId)
    .where("n", "=", n)
    .execute();
  return step;
}

/** Whether the last day of this run that proved anything was bad. */
async function wasBad(tx: Tx, warmup: WarmupRow): Promise<boolean> {
  const last = await tx
    .selectFrom("warmup_days")
    .select("verdict")
    .where("sender_id", "=", warmup.sender_id)
    .where("started_at", ">=", warmup.started_at)
    .where("verdict", "<>", "idle")
    .orderBy("n", "desc")
    .limit(1)
    .executeTakeFirst();
  return last?.verdict === "bad";
}

async function openDay(tx: Tx, warmup: WarmupRow, day: number, at: Date): Promise<WarmupRow> {
  const n = warmup.n + 1;
  const budget = await allow(tx, warmup, day, at);
  const { rows } = await sql<{ day_ends_at: Date }>`
    with opened as (
      insert into warmup_days (sender_id, n, workspace_id, day, budget, local_date, started_at)
      select ${warmup.sender_id}, ${n}, id, ${day}, ${budget}, (${at}::timestamptz at time zone time_zone)::date, ${at}
      from workspaces where id = ${warmup.workspace_id}
    )
    select case when ${warmup.day_seconds}::int is null
      then (date_trunc('day', ${at}::timestamptz at time zone time_zone) + interval '1 day') at time zone time_zone
      else ${at}::timestamptz + ${warmup.day_seconds}::int * interval '1 second' end as day_ends_at
    from workspaces where id = ${warmup.workspace_id}`.execute(tx);
  const day_ends_at = rows[0]?.day_ends_at ?? at;
  return write(tx, warmup, at, { state: "running", reason: null, n, day, day_ends_at });
}

/**
 * Lets the sender send a day's budget; gives it. The limit counts from local midnight, so that days of a trial, of which
 * many lie between two midnights, count on top of what has gone out since then.
 */
async function allow(tx: Tx, warmup: WarmupRow, day: number, at: Date): Promise<number> {
  const budget = warmup.ladder[day - 1] ?? 0;
  const before = warmup.day_seconds === null ? 0 : await lockUsedToday(tx, warmup, at);
  await setDayLimit(tx, warmup, before + budget);
  return budget;
}

/** What has been taken of the sender's day; nothing more is until the transaction ends. */
async function lockUsedToday(tx: Tx, warmup: WarmupRow, at: Date): Promise<number> {
  await sql`select from sender_pace where sender_id = ${warmup.sender_id} for no key update`.execute(tx);
  const { rows } = await sql<{ used: number }>`
    select coalesce(sum(u.used), 0) as used from sender_minutes u
    where u.sender_id = ${warmup.sender_id} and u.minute >= date_trunc('day', ${at}::timestamptz,
      (select time_zone from workspaces where id = ${warmup.workspace_id}))`.execute(tx);
  return rows[0]?.used ?? 0;
}

async function setDayLimit(tx: Tx, warmup: WarmupRow, limit: number | null): Promise<void> {
  await tx
    .updateTable("senders")
    .set({ warmup_day_limit: limit })
    .where("workspace_id", "=", warmup.workspace_id)
    .where("id", "=", warmup.sender_id)
    .execute();
}

/**
 * What a warmup allows today and how much of it is used, from the sender's limit and use since local midnight; null
 * where it allows whatever the sender's own limits do.
 */
export function budgetOf(
  warmup: WarmupRow,
  sender: { limit: number | null; used: number },
): { budget_today: number | null; used_today: number } {
  if (sender.limit === null) return { budget_today: null, used_today: sender.used };
  const budget_today = warmup.ladder[warmup.state === "failed" ? 0 : warmup.day - 1] ?? 0;
  return { budget_today, used_today: sender.used - (sender.limit - budget_today) };
}

const failedCause = (senderId: string) => `warmup_failed:${senderId}`;

/** The number is in danger: it is paused, has the first day's budget should it be resumed, and somebody is told. */
async function fail(tx: Tx, warmup: WarmupRow, at: Date, step: WarmupStep): Promise<WarmupRow> {
  await allow(tx, warmup, 1, at);
  await tx
    .updateTable("senders")
    .set({ status: "paused", status_reason: "its warmup was stopped by its figures", updated_at: at })
    .where("workspace_id", "=", warmup.workspace_id)
    .where("id", "=", warmup.sender_id)
    .where("status", "=", "active")
    .execute();
  await openAlert(tx, {
    workspace_id: warmup.workspace_id,
    alert_type: "warmup_stopped",
    severity: "critical",
    cause: failedCause(warmup.sender_id),
    subject_kind: "sender",
    subject_id: warmup.sender_id,
    suggestion:
      "Send nothing by this number for 24 to 48 hours, look at the consent and the text of what went out, then start its warmup again.",
    detail: JSON.stringify({ day: warmup.day, verdict: step.verdict, reasons: step.reasons }),
  });
  return write(tx, warmup, at, { state: "failed", reason: step.reasons.join("; "), ended_at: at });
}

type Change = Partial<Pick<WarmupRow, "state" | "reason" | "n" | "day" | "day_ends_at" | "ended_at">>;

async function write(tx: Tx, warmup: WarmupRow, at: Date, change: Change): Promise<WarmupRow> {
  return (await tx
    .updateTable("warmups")
    .set({ ...change, updated_at: at })
    .where("workspace_id", "=", warmup.workspace_id)
    .where("sender_id", "=", warmup.sender_id)
    .returningAll()
    .executeTakeFirstOrThrow()) as WarmupRow;
}
