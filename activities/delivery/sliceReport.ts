import type { Db } from "../../db/connect.ts";
import { countDoubtful } from "../../db/ledger.ts";
import { findSender, findSenderUse } from "../../db/senders.ts";
import { remaining, type SenderKind } from "../../domain/pace.ts";
import type { SenderInput } from "../../workflows/handles.ts";

/** Why a slice has ended, and what the sender looks like then: what the operator reads in Temporal UI. */
export interface SliceReport {
  why:
    | "idle"
    | "waiting"
    | "hour_budget"
    | "day_budget"
    | "stopped"
    | "paused"
    | "sender_stopped"
    | "superseded"
    | "removed"
    | "time_up";
  /** Until there may be something to send again; null: not before somebody says so. */
  waitMs: number | null;
  sent: number;
  /** Attempts of this sender that nobody knows the end of. */
  doubtful: number;
  usedHour: number;
  usedDay: number;
  /** What the budgets allow at present. */
  left: number;
  /** The share of its full pace that the sender goes at: less than 1 after the provider has said slow down. */
  rateFactor: number;
  /** ISO 8601. */
  nextDueAt: string | null;
  lastRefusal: string | null;
  reason: string | null;
}

/** How a slice ended. */
export interface SliceEnd {
  why: SliceReport["why"];
  waitMs: number | null;
  reason?: string | null;
}

/** What an ended slice tells: how it ended, and how its sender stands now. */
export async function reportOf(
  db: Db,
  { workspaceId, senderId }: SenderInput,
  end: SliceEnd & Pick<SliceReport, "sent" | "lastRefusal">,
): Promise<SliceReport> {
  const sender = await findSender(db, workspaceId, senderId);
  const use = await findSenderUse(db, workspaceId, senderId);
  if (sender === undefined || use === undefined) return emptyReport("removed");
  return {
    why: end.why,
    waitMs: end.waitMs,
    sent: end.sent,
    doubtful: await countDoubtful(db, senderId),
    usedHour: use.used_hour,
    usedDay: use.used_day,
    left: remaining(
      { ...sender, kind: sender.kind as SenderKind },
      { hour: use.used_hour, day: use.used_day },
    ),
    rateFactor: use.rate_factor,
    nextDueAt: use.oldest_due_at?.toISOString() ?? null,
    lastRefusal: end.lastRefusal,
    reason: end.reason ?? null,
  };
}

export function emptyReport(why: SliceReport["why"]): SliceReport {
  return {
    why,
    waitMs: null,
    sent: 0,
    doubtful: 0,
    usedHour: 0,
    usedDay: 0,
    left: 0,
    rateFactor: 1,
    nextDueAt: null,
    lastRefusal: null,
    reason: null,
  };
}
