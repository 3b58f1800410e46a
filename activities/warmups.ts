import { databaseNow, inTransaction } from "../db/connect.ts";
import { findSender, findSenderUse, type SenderRow } from "../db/senders.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { listWarmupDays } from "../db/warmupDays.ts";
import {
  advanceWarmup,
  budgetOf,
  commandWarmup,
  findWarmup,
  type WarmupCommand,
  type WarmupRow,
  type WarmupState,
} from "../db/warmups.ts";
import type { Quality, WarmupVerdict } from "../domain/warmup.ts";
import { type WarmupInput, wakeSender } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

/** What a warmup's workflow goes by: its row, after the step that was due. */
export interface WarmupLook {
  state: WarmupState | "removed";
  /** Of the ladder, from 1. */
  day: number;
  /** Messages of each day. */
  ladder: number[];
  /** What has gone out of today's budget. */
  usedToday: number;
  /** ISO 8601; null: nothing is due until somebody says so. */
  dayEndsAt: string | null;
  waitMs: number | null;
  reason: string | null;
  /** The last days that have ended, newest first. */
  past: PastDay[];
}

export interface PastDay {
  date: string;
  day: number;
  budget: number;
  used: number;
  verdict: WarmupVerdict | null;
  decision: string;
  reasons: string[];
}

const SHOWN_DAYS = 14;

/** @param now the clock that days go by: the database's, but where a test lets them pass quickly */
export function warmupActivities(deps: ActivityDeps, now: () => Promise<Date> = () => databaseNow(deps.db)) {
  return {
    /** Judges the day that has ended and begins the next, if that is due; says how the warmup stands. */
    async lookAtWarmup(input: WarmupInput): Promise<WarmupLook> {
      const sender = await findSender(deps.db, input.workspaceId, input.senderId);
      if (sender === undefined) return { ...NOTHING, state: "removed" };
      const at = await now();
      const due = isDue(await findWarmup(deps.db, input), at);
      const quality = due ? await askQuality(deps, sender) : null;
      const step = await inTransaction(deps.db, async (tx) => {
        const stepped = await advanceWarmup(tx, input, { at, quality });
        if (stepped?.moved) await oweWake(tx, [wakeSender(sender)]);
        return stepped;
      });
      if (step?.moved) deps.kick();
      return step === undefined ? { ...NOTHING, state: "removed" } : lookOf(deps, step.warmup, at);
    },

    /** An operator's word from Temporal UI; the API writes the same. False where the warmup's state does not fit it. */
    async commandWarmup(input: WarmupInput, command: WarmupCommand): Promise<boolean> {
      const sender = await findSender(deps.db, input.workspaceId, input.senderId);
      if (sender === undefined) return false;
      const at = await now();
      const done = await inTransaction(deps.db, async (tx) => {
        const warmup = await commandWarmup(tx, input, command, at);
        if (warmup !== undefined) await oweWake(tx, [wakeSender(sender)]);
        return warmup !== undefined;
      });
      if (done) deps.kick();
      return done;
    },
  };
}

const isDue = (warmup: WarmupRow | undefined, at: Date) =>
  warmup?.state === "running" && warmup.day_ends_at <= at;

/** WhatsApp's rating of the number. A provider that does not tell it now does not keep the day from being judged. */
async function askQuality(deps: ActivityDeps, sender: SenderRow): Promise<Quality | null> {
  if (sender.channel !== "whatsapp") return null;
  try {
    const provider = await deps.providers.forAccount(sender.workspace_id, sender.provider_account_id);
    return (await provider.quality?.(sender.address)) ?? null;
  } catch (error) {
    deps.log.warn({ sender_id: sender.id, why: (error as Error).name }, "no quality rating could be had");
    return null;
  }
}

const NOTHING: Omit<WarmupLook, "state"> = {
  day: 0,
  ladder: [],
  usedToday: 0,
  dayEndsAt: null,
  waitMs: null,
  reason: null,
  past: [],
};

async function lookOf(deps: ActivityDeps, warmup: WarmupRow, at: Date): Promise<WarmupLook> {
  const of = { workspaceId: warmup.workspace_id, senderId: warmup.sender_id };
  const [sender, use, days] = await Promise.all([
    findSender(deps.db, of.workspaceId, of.senderId),
    findSenderUse(deps.db, of.workspaceId, of.senderId),
    listWarmupDays(deps.db, of, { limit: SHOWN_DAYS + 1 }),
  ]);
  const runs = warmup.state === "running";
  const limit = sender?.warmup_day_limit ?? null;
  return {
    state: warmup.state,
    day: warmup.day,
    ladder: warmup.ladder,
    usedToday: budgetOf(warmup, { limit, used: use?.used_day ?? 0 }).used_today,
    dayEndsAt: runs ? warmup.day_ends_at.toISOString() : null,
    waitMs: runs ? Math.max(0, warmup.day_ends_at.getTime() - at.getTime()) : null,
    reason: warmup.reason,
    past: days
      .filter((day) => day.ended_at !== null)
      .slice(0, SHOWN_DAYS)
      .map((day) => ({
        date: day.local_date,
        day: day.day,
        budget: day.budget,
        used: day.used ?? 0,
        verdict: day.verdict as WarmupVerdict | null,
        decision: day.decision ?? "",
        reasons: day.reasons,
      })),
  };
}
