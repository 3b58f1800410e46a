import { sql } from "kysely";
import { canonicalEmail } from "../domain/address.ts";
import type { Db, Tx } from "./connect.ts";
import { addressHash } from "./suppressions.ts";

/** A workspace that sends e-mail by an account of its provider; null: the environment's. */
export interface MailAccountUse {
  workspace_id: string;
  provider_account_id: string | null;
  /** No other workspace sends by it, so that what is written there concerns nobody else. */
  alone: boolean;
}

/** Who sends e-mail by which account. */
export async function findMailAccounts(db: Db): Promise<MailAccountUse[]> {
  const { rows } = await sql<MailAccountUse>`
    select u.workspace_id, u.provider_account_id,
      count(*) over (partition by u.provider_account_id) = 1 as alone
    from (select distinct workspace_id, provider_account_id from senders
      where channel = 'email' and removed_at is null) u
    order by u.workspace_id, u.provider_account_id`.execute(db);
  return rows;
}

export interface SyncKey {
  workspaceId: string;
  providerAccountId: string | null;
  /** A list of the provider, `groups`, or `written` for what goes there. */
  list: string;
}

/** The stretch of time that is being worked through: nothing of it is done before all of it is. */
export interface SyncStretch {
  /** Null: from the beginning. */
  from: Date | null;
  until: Date;
  offset: number;
}

const accountOf = ({ providerAccountId }: SyncKey) => providerAccountId ?? "environment";

/** Goes on with a stretch that was begun, or begins the one from the last until a minute ago. */
export async function beginStretch(db: Db, key: SyncKey): Promise<SyncStretch> {
  const { rows } = await sql<SyncStretch>`
    insert into email_suppression_syncs as s (workspace_id, account, list, running_until)
    values (${key.workspaceId}, ${accountOf(key)}, ${key.list}, now() - interval '1 minute')
    on conflict (workspace_id, account, list) do update
      set next_offset = case when s.running_until is null then 0 else s.next_offset end,
        running_until = coalesce(s.running_until, excluded.running_until)
    returning synced_until as "from", running_until as until, next_offset as "offset"`.execute(db);
  return rows[0] as SyncStretch;
}

/** So much of it is done: part of the transaction that has done it. */
export async function advanceStretch(tx: Tx, key: SyncKey, read: number, news: number): Promise<void> {
  await sql`
    update email_suppression_syncs set next_offset = next_offset + ${read}, found = found + ${news}
    where workspace_id = ${key.workspaceId} and account = ${accountOf(key)} and list = ${key.list}`.execute(
    tx,
  );
}

/** All of it is done: the next begins where it ended. */
export async function endStretch(db: Db, key: SyncKey): Promise<void> {
  await sql`
    update email_suppression_syncs set synced_until = running_until, running_until = null, next_offset = 0,
      finished_at = clock_timestamp()
    where workspace_id = ${key.workspaceId} and account = ${accountOf(key)} and list = ${key.list}`.execute(
    db,
  );
}

/** A suppression here that the provider is to know of, or that it may forget. */
export interface ChangedSuppression {
  address: string;
  reason: string;
  lifted: boolean;
}

/**
 * Suppressions of e-mail that came or were lifted within a stretch and did not come from the provider's lists. Who has
 * only unsubscribed is not among them: there, messages of every purpose would be held back.
 */
export async function findChangedSuppressions(
  db: Db,
  workspaceId: string,
  { from, until, offset }: SyncStretch,
  limit: number,
): Promise<ChangedSuppression[]> {
  const { rows } = await sql<ChangedSuppression>`
    select address, reason, lifted_at is not null as lifted from suppressions
    where workspace_id = ${workspaceId} and channel = 'email' and address is not null and reason <> 'unsubscribed'
      and ((lifted_at is null and source <> 'provider_list' and created_at <= ${until}
          and (${from}::timestamptz is null or created_at > ${from}))
        or (lifted_at <= ${until} and (${from}::timestamptz is null or lifted_at > ${from})))
    order by id offset ${offset} limit ${limit}`.execute(db);
  return rows;
}

/** Of these addresses, those that somebody here is written to at. */
export async function findKnownAddresses(
  db: Db,
  workspaceId: string,
  addresses: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ email: string; ids: string[] }>`
    select email, array_agg(id order by id) as ids from contacts
    where workspace_id = ${workspaceId} and email = any(${addresses as string[]})
    group by email`.execute(db);
  return new Map(rows.map((row) => [row.email, row.ids]));
}

/** Somebody on the list of a group, as the provider has it. */
export interface OfGroup {
  groupId: number;
  address: string;
  at: Date;
}

/**
 * Of those who left a group of the provider, who has come back since: they take its topic again, or have taken back
 * that they unsubscribed.
 */
export async function findReturned(
  db: Db,
  workspaceId: string,
  addressKey: Buffer,
  members: readonly OfGroup[],
): Promise<OfGroup[]> {
  if (members.length === 0) return [];
  const addresses = members.map(({ address }) => canonicalEmail(address));
  const { rows } = await sql<{ at: number }>`
    select u.at::int as at from unnest(${members.map(({ groupId }) => groupId)}::int[], ${addresses}::text[],
      ${addresses.map((address) => addressHash(addressKey, address))}::bytea[],
      ${members.map(({ at }) => at)}::timestamptz[]) with ordinality u (group_id, address, hash, left_at, at)
    left join email_topics t on t.workspace_id = ${workspaceId} and t.asm_group_id = u.group_id and t.deleted_at is null
    where case when t.id is null
      then exists (select from suppressions s where s.workspace_id = ${workspaceId} and s.address_hash = u.hash
          and s.channel = 'email' and s.lifted_at > u.left_at)
        and not exists (select from suppressions s where s.workspace_id = ${workspaceId} and s.address_hash = u.hash
          and s.channel = 'email' and s.lifted_at is null)
      else exists (select from contacts c join email_preferences p on p.contact_id = c.id
        where c.workspace_id = ${workspaceId} and c.email = u.address and p.updated_at > u.left_at
          and not p.declined @> array[t.id]) end
    order by u.at`.execute(db);
  return rows.flatMap(({ at }) => members[at - 1] ?? []);
}

/** Whether a suppression of this address was lifted after a moment: what the provider knows from before is out of date. */
export async function wasLiftedSince(db: Db, workspaceId: string, hash: Buffer, at: Date): Promise<boolean> {
  const row = await db
    .selectFrom("suppressions")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("channel", "=", "email")
    .where("address_hash", "=", hash)
    .where("lifted_at", ">", at)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Notes a soft bounce that no event has told of: the last message to these people before it, where that has none yet.
 * Gives how many messages their server has turned away within so many days.
 */
export async function noteSoftBounce(
  tx: Tx,
  on: { workspaceId: string; contactIds: readonly string[]; at: Date; days: number },
): Promise<number> {
  await sql`
    insert into email_events (workspace_id, message_id, campaign_id, sender_id, kind, at, reason)
    select m.workspace_id, m.id, m.campaign_id, m.sender_id, 'blocked', ${on.at}, 'provider_list'
    from (select * from messages where contact_id = any(${on.contactIds as string[]}::uuid[]) and channel = 'email'
      and direction = 'out' and intended_at <= ${on.at} order by intended_at desc limit 1) m
    where not exists (select from email_events e where e.message_id = m.id and e.kind = 'blocked')`.execute(
    tx,
  );
  const { rows } = await sql<{ n: number }>`
    select count(distinct e.message_id) as n from messages m join email_events e on e.message_id = m.id
    where m.contact_id = any(${on.contactIds as string[]}::uuid[]) and e.kind = 'blocked'
      and e.at > now() - ${on.days} * interval '1 day'`.execute(tx);
  return rows[0]?.n ?? 0;
}
