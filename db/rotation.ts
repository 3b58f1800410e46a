import { sql } from "kysely";
import type { Channel } from "../domain/address.ts";
import { assignSenders as takeTurns, weightOf } from "../domain/rotation.ts";
import type { Db, Tx } from "./connect.ts";
import { findRooms } from "./warmupRooms.ts";

/**
 * The sender of each address: the one it has always had, else the turn of the pool (domain/rotation.ts). The pool's
 * rows are locked while turns are taken, so rotation is exact however many plan at once. Addresses are canonical.
 * An address is missing from the answer where nobody in the pool can take new people.
 */
export async function assignSenders(
  tx: Tx,
  workspaceId: string,
  channel: Channel,
  poolIds: readonly string[],
  addresses: readonly string[],
): Promise<Map<string, string>> {
  const assigned = await findAssignedSenders(tx, workspaceId, channel, addresses);
  if (addresses.every((address) => assigned.has(address))) return assigned;

  const pool = await lockPool(tx, workspaceId, channel, poolIds);
  const waiting = [...new Set(addresses)].filter((address) => !assigned.has(address));
  // Somebody else may have given them a sender while this transaction waited for the pool.
  const meanwhile = await findAssignedSenders(tx, workspaceId, channel, waiting);
  const unassigned = waiting.filter((address) => !meanwhile.has(address));
  const rooms = await findRooms(
    tx,
    workspaceId,
    pool.senders.filter(warms).map(({ id }) => id),
  );
  const turns = takeTurns(
    pool.senders.map((sender) => ({ ...sender, ...rooms.get(sender.id) })),
    unassigned.length,
    Math.random(),
  );
  if (turns.sender_ids.length > 0) {
    await insertAssignments(tx, workspaceId, channel, unassigned, turns.sender_ids);
    await markUsed(tx, workspaceId, turns.used, pool.now);
  }
  const since = await findAssignedSenders(tx, workspaceId, channel, unassigned);
  return new Map([...assigned, ...meanwhile, ...since]);
}

const warms = (sender: { warmup_day_limit: number | null }) => sender.warmup_day_limit !== null;

/** The senders that these addresses have already; those of none are missing. */
export async function findAssignedSenders(
  db: Db,
  workspaceId: string,
  channel: Channel,
  addresses: readonly string[],
): Promise<Map<string, string>> {
  if (addresses.length === 0) return new Map();
  const rows = await db
    .selectFrom("sender_assignments")
    .select(["address", "sender_id"])
    .where("workspace_id", "=", workspaceId)
    .where("channel", "=", channel)
    .where(sql<boolean>`address = any(${addresses as string[]}::text[])`)
    .execute();
  return new Map(rows.map((row) => [row.address, row.sender_id]));
}

/** Somebody wrote to this sender first: they hear from it from now on, unless they have another already. */
export async function stickToSender(
  tx: Tx,
  workspaceId: string,
  channel: Channel,
  address: string,
  senderId: string,
): Promise<void> {
  await insertAssignments(tx, workspaceId, channel, [address], [senderId]);
}

/** A removed sender lets its people go: the next message finds them a new one. */
export async function releaseAssignments(tx: Tx, workspaceId: string, senderId: string): Promise<number> {
  const gone = await sql`delete from sender_assignments
    where sender_id = ${senderId} and workspace_id = ${workspaceId}`.execute(tx);
  return Number(gone.numAffectedRows);
}

async function lockPool(tx: Tx, workspaceId: string, channel: Channel, poolIds: readonly string[]) {
  const rows = await tx
    .selectFrom("senders")
    .select(["id", "rotation_enabled", "status", "rotation_priority", "last_used_at", "warmup_day_limit"])
    .select(["ip_pool_weight", healthOf("senders.id").as("health")])
    .select(sql<Date>`clock_timestamp()`.as("now"))
    .where("workspace_id", "=", workspaceId)
    .where("channel", "=", channel)
    .where("removed_at", "is", null)
    .where(sql<boolean>`id = any(${poolIds as string[]}::uuid[])`)
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
  // Uses are a millisecond apart, so that their order is kept; the clock may not have moved since the last ones.
  const last = Math.max(
    0,
    ...rows.flatMap((row) => [row.now.getTime(), (row.last_used_at?.getTime() ?? 0) + 1]),
  );
  return { senders: rows.map((row) => ({ ...row, ...weighed(channel, row) })), now: last };
}

/** How the e-mail of a sender is taken; null where nobody has judged it yet. */
export const healthOf = (senderId: "senders.id") =>
  sql<string | null>`(select level from email_sender_health where sender_id = ${sql.ref(senderId)})`;

/** Pools of e-mail are shared by weight; numbers take turns. */
export const weighed = (channel: string, sender: { ip_pool_weight: number; health: string | null }) =>
  channel === "email" ? { weight: weightOf(sender.ip_pool_weight, sender.health) } : {};

async function insertAssignments(
  tx: Tx,
  workspaceId: string,
  channel: Channel,
  addresses: readonly string[],
  senderIds: readonly string[],
): Promise<void> {
  await sql`
    insert into sender_assignments (workspace_id, channel, address, sender_id)
    select ${workspaceId}::uuid, ${channel}, u.address, u.sender_id
    from unnest(${addresses as string[]}::text[], ${senderIds as string[]}::uuid[]) u (address, sender_id)
    order by u.address
    on conflict do nothing`.execute(tx);
}

async function markUsed(tx: Tx, workspaceId: string, used: readonly string[], now: number): Promise<void> {
  const times = used.map((_, i) => new Date(now + i).toISOString());
  await sql`
    update senders s set last_used_at = u.at
    from unnest(${used as string[]}::uuid[], ${times}::timestamptz[]) u (id, at)
    where s.id = u.id and s.workspace_id = ${workspaceId}`.execute(tx);
}
