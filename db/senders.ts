import { sql } from "kysely";
import { DomainError } from "../domain/errors.ts";
import { climbedBack, type SenderKind } from "../domain/pace.ts";
import { breaksUnique } from "./conflicts.ts";
import type { Db, Tx } from "./connect.ts";
import { hourlyBudget } from "./emailHealth.ts";
import { openAttempts } from "./ledger.ts";
import { NO_CAMPAIGN } from "./outbox.ts";

const shown = [
  "id",
  "workspace_id",
  "provider_account_id",
  "channel",
  "address",
  "name",
  "country",
  "kind",
  "status",
  "status_reason",
  "rotation_enabled",
  "rotation_priority",
  "last_used_at",
  "max_per_hour",
  "max_per_day",
  "gap_min_ms",
  "gap_max_ms",
  "rate_per_second",
  "warmup_enabled",
  "warmup_day_limit",
  "ip_pool_name",
  "ip_pool_weight",
  "reply_to",
  "asm_group_id",
  "created_at",
  "updated_at",
] as const;

export type SenderRow = NonNullable<Awaited<ReturnType<typeof findSender>>>;

export type SenderFields = {
  provider_account_id?: string | null;
  name?: string | null;
  status?: "active" | "paused";
  status_reason?: string | null;
  rotation_enabled?: boolean;
  rotation_priority?: number;
  max_per_hour?: number;
  max_per_day?: number;
  gap_min_ms?: number | null;
  gap_max_ms?: number | null;
  rate_per_second?: number | null;
  warmup_enabled?: boolean;
  /** The rest is of e-mail only. */
  ip_pool_weight?: number;
  reply_to?: string | null;
  asm_group_id?: number | null;
};

export type NewSender = SenderFields & {
  channel: "whatsapp" | "sms" | "email";
  /** Canonical. */
  address: string;
  kind: SenderKind;
  country: string | null;
  /** Of e-mail: with the from-address, what makes it this sender. */
  ip_pool_name?: string | null;
};

/** @throws DomainError `conflict` where this workspace, or another one on the shared account, has the address. */
export async function insertSender(tx: Tx, workspaceId: string, sender: NewSender) {
  try {
    return await tx
      .insertInto("senders")
      .values({ ...sender, workspace_id: workspaceId })
      .returning(shown)
      .executeTakeFirstOrThrow();
  } catch (error) {
    if (!breaksUnique(error, "senders_address") && !breaksUnique(error, "senders_default_account"))
      throw error;
    throw new DomainError("conflict", "This address is a sender already.", {
      field: "address",
      fix: "Change the sender that has it, give the provider account that owns the number, or for e-mail another ip_pool_name.",
    });
  }
}

export function findSender(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("senders")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .executeTakeFirst();
}

export function updateSender(tx: Tx, workspaceId: string, id: string, fields: SenderFields) {
  return tx
    .updateTable("senders")
    .set({ ...fields, updated_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .returning(shown)
    .executeTakeFirst();
}

export type SenderFilter = { channel?: string | undefined; status?: string | undefined };

/** Newest first. */
export function listSenders(
  db: Db,
  workspaceId: string,
  filter: SenderFilter,
  page: { before?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("senders")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("removed_at", "is", null);
  if (filter.channel) query = query.where("channel", "=", filter.channel);
  if (filter.status) query = query.where("status", "=", filter.status);
  if (page.before) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** Every sender of a workspace, as waking them takes it. */
export function sendersToWake(db: Db, workspaceId: string) {
  return db
    .selectFrom("senders")
    .select(["id", "workspace_id", "channel"])
    .where("workspace_id", "=", workspaceId)
    .where("removed_at", "is", null)
    .execute();
}

/**
 * Takes a sender out for good; its messages and conversations stay. No row: it is not there, or has messages that
 * wait or are under way.
 */
export function removeSender(tx: Tx, workspaceId: string, id: string) {
  return tx
    .updateTable("senders")
    .set({ removed_at: sql`now()`, status: "stopped", status_reason: "removed", updated_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("messages").where("sender_id", "=", id).where("due_at", "is not", null))),
    )
    .where(sql<boolean>`not exists (select from ${openAttempts} a where a.sender_id = ${id})`)
    .returning(shown)
    .executeTakeFirst();
}

export type SenderUse = {
  used_hour: number;
  used_day: number;
  queued: number;
  oldest_due_at: Date | null;
  next_send_at: Date | null;
  /** The share of the full pace at present: what "slow down" took from it climbs back. */
  rate_factor: number;
  /** Of e-mail that is complained about, less than the sender's own. */
  max_per_hour: number;
};

/** What a sender has used of its rolling hour and of the workspace's day, and what waits for it. */
export async function findSenderUse(db: Db, workspaceId: string, id: string): Promise<SenderUse | undefined> {
  const { rows } = await sql<SenderUse & { slowed_at: Date | null; now: Date }>`
    select coalesce(p.rate_factor, 1) as rate_factor, p.slowed_at, now() as now,
      case when isfinite(p.next_send_at) then p.next_send_at end as next_send_at, ${hourlyBudget} as max_per_hour,
      coalesce(used.hour, 0)::int as used_hour, coalesce(used.day, 0)::int as used_day,
      waiting.queued, waiting.oldest_due_at
    from senders s
    join workspaces w on w.id = s.workspace_id
    left join sender_pace p on p.sender_id = s.id
    left join email_sender_health h on h.sender_id = s.id
    left join lateral (
      select sum(u.used) filter (where u.minute + interval '1 minute' > now() - interval '1 hour') as hour,
        sum(u.used) filter (where u.minute >= date_trunc('day', now(), w.time_zone)) as day
      from sender_minutes u where u.sender_id = s.id and u.minute > now() - interval '26 hours'
    ) used on true
    left join lateral (
      select count(*) as queued,
        -- The rest that waits for a canary's verdict is not late, however long that takes.
        min(m.due_at) filter (where m.lane in (m.campaign_id, ${NO_CAMPAIGN}::uuid)) as oldest_due_at
      from messages m where m.sender_id = s.id and m.due_at is not null
    ) waiting on true
    where s.workspace_id = ${workspaceId} and s.id = ${id} and s.removed_at is null`.execute(db);
  if (rows[0] === undefined) return undefined;
  const { slowed_at, now, ...use } = rows[0];
  return { ...use, rate_factor: climbedBack(use.rate_factor, slowed_at?.getTime() ?? 0, now.getTime()) };
}

/** Moves a sender from one status to another; false where it was not in the first. */
export async function setSenderStatus(
  db: Db,
  workspaceId: string,
  id: string,
  change: { from: "active" | "paused"; to: "active" | "paused"; reason: string | null },
): Promise<boolean> {
  const row = await db
    .updateTable("senders")
    .set({ status: change.to, status_reason: change.reason, updated_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("status", "=", change.from)
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}
