import { sql } from "kysely";
import { type Channel, canonicalAddress } from "../domain/address.ts";
import type { Db, Tx } from "./connect.ts";
import { lockContacts } from "./locks.ts";
import { NO_CAMPAIGN } from "./outbox.ts";
import { findPool, openLanes } from "./planning.ts";
import { assignSenders } from "./rotation.ts";

/** A queued message of a stopped sender. */
interface Waiting {
  id: string;
  contact_id: string;
  /** The campaign, or the nil UUID. */
  lane: string;
}

/** A page of what waits for a sender that the provider has stopped, by id; empty where it is not stopped. */
export async function findStranded(
  db: Db,
  senderId: string,
  page: { after: string; limit: number },
): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select m.id, m.contact_id, m.lane from messages m join senders s on s.id = m.sender_id
    where m.sender_id = ${senderId} and m.due_at is not null and m.id > ${page.after}::uuid
      and s.status = 'stopped' and s.removed_at is null
    order by m.id limit ${page.limit}`.execute(db);
  return rows;
}

interface Movable {
  id: string;
  address: string;
}

/**
 * Gives people who have never heard from a stopped sender another one, for the messages of one lane. Who has had a
 * message of it, or may have, and who has written to it, waits for it. Part of the caller's transaction; gives the
 * senders that have got something, and how many messages found no other sender.
 */
export async function moveStranded(
  tx: Tx,
  sender: { id: string; workspace_id: string; channel: Channel },
  lane: string,
  stranded: readonly Waiting[],
): Promise<{ moved: number; left: number; to: string[] }> {
  // The same locks as an intent: a slice that is writing one ends first, the next sees whose the message is now.
  await lockContacts(
    tx,
    stranded.map((message) => message.contact_id),
  );
  const movable = await lockUntouched(tx, sender, stranded);
  const pool = await findPool(tx, await poolOf(tx, sender, lane));
  if (movable.length === 0 || pool.length === 0) return { moved: 0, left: movable.length, to: [] };

  const addresses = [...new Set(movable.map((message) => message.address))];
  await sql`delete from sender_assignments where workspace_id = ${sender.workspace_id} and sender_id = ${sender.id}
    and channel = ${sender.channel} and address = any(${addresses}::text[])`.execute(tx);
  const given = await assignSenders(tx, sender.workspace_id, sender.channel, pool, addresses);
  const going = movable.flatMap(({ id, address }) => {
    const to = given.get(address);
    return to === undefined || to === sender.id ? [] : [{ id, to }];
  });
  await sql`update messages m set sender_id = u.sender_id
    from unnest(${going.map((one) => one.id)}::uuid[], ${going.map((one) => one.to)}::uuid[]) u (id, sender_id)
    where m.id = u.id and m.due_at is not null`.execute(tx);
  const to = [...new Set(going.map((one) => one.to))];
  if (lane !== NO_CAMPAIGN) await openLanes(tx, sender.workspace_id, lane, to);
  return { moved: going.length, left: movable.length - going.length, to };
}

/** The messages among these that wait still, of people whom this sender has never reached. */
async function lockUntouched(
  tx: Tx,
  sender: { id: string; channel: Channel },
  stranded: readonly Waiting[],
): Promise<Movable[]> {
  const { rows } = await sql<Movable>`
    select m.id, m.address from messages m
    where m.id = any(${stranded.map((message) => message.id)}::uuid[]) and m.sender_id = ${sender.id}
      and m.due_at is not null
      and not exists (select from conversations c where c.contact_id = m.contact_id
        and c.channel = ${sender.channel} and c.sender_id = ${sender.id})
      and not exists (select from messages other where other.contact_id = m.contact_id
        and other.sender_id = ${sender.id} and other.direction = 'out'
        and other.state in ('sending', 'uncertain', 'accepted', 'sent', 'delivered', 'read'))
    order by m.id for no key update of m`.execute(tx);
  return rows.map(({ id, address }) => ({ id, address: canonicalAddress(sender.channel, address) }));
}

/** Which senders a lane may go out by: those its campaign names, else any. */
async function poolOf(tx: Tx, sender: { workspace_id: string; channel: Channel }, lane: string) {
  const any = { workspace_id: sender.workspace_id, channel: sender.channel, sender_ids: [] as string[] };
  if (lane === NO_CAMPAIGN) return any;
  const campaign = await tx
    .selectFrom("campaigns")
    .select(["sender_ids", sql<string | null>`email ->> 'ip_pool_name'`.as("ip_pool_name")])
    .where("workspace_id", "=", sender.workspace_id)
    .where("id", "=", lane)
    .executeTakeFirst();
  return {
    ...any,
    sender_ids: campaign?.sender_ids ?? [],
    ip_pool_name: campaign?.ip_pool_name ?? undefined,
  };
}
