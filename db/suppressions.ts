import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { sql } from "kysely";
import type { Channel } from "../domain/address.ts";
import type { Purpose } from "../domain/decide.ts";
import type { Db, Tx } from "./connect.ts";
import { newestFirst } from "./rows.ts";
import { belongsTo } from "./tenant.ts";

export const SUPPRESSION_REASONS = [
  "opted_out",
  "unsubscribed",
  "bounced",
  "blocked",
  "complaint",
  "invalid",
  "erased",
] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

/** What goes out of a suppression row: the hash stays inside. */
const shown = [
  "id",
  "channel",
  "address",
  "reason",
  "source",
  "detail",
  "created_by",
  "created_at",
  "lifted_at",
] as const;

// Made once: a key given as bytes costs two thirds of a hash, and every row of a campaign is hashed twice.
const keyObjects = new WeakMap<Buffer, KeyObject>();

/** What a canonical address is looked up by: it goes on holding once the address itself has been erased. */
export function addressHash(key: Buffer, address: string): Buffer {
  let made = keyObjects.get(key);
  if (made === undefined) {
    made = createSecretKey(key);
    keyObjects.set(key, made);
  }
  return createHmac("sha256", made).update(address).digest();
}

export type NewSuppression = {
  workspaceId: string;
  channel: Channel;
  /** Canonical (domain/address.ts). */
  address: string;
  reason: SuppressionReason;
  /** Where it comes from: `api`, `inbound`, `receipt`, `import` … */
  source: string;
  detail?: Record<string, unknown>;
  createdBy?: string | null;
};

/**
 * Puts an address under suppression. One that holds already stays as it is, except that a person's own word
 * (opted_out, complaint) takes the place of a technical reason: it is the one that needs evidence to be lifted. And
 * whatever holds back every message takes the place of `unsubscribed`, which holds back marketing alone.
 * The caller holds the locks of the address's contacts (db/locks.ts).
 */
export async function suppress(tx: Db, key: Buffer, suppression: NewSuppression) {
  const own = suppression.reason === "opted_out" || suppression.reason === "complaint";
  const row = {
    workspace_id: suppression.workspaceId,
    channel: suppression.channel,
    address_hash: addressHash(key, suppression.address),
    address: suppression.address,
    reason: suppression.reason,
    source: suppression.source,
    detail: JSON.stringify(suppression.detail ?? {}),
    created_by: suppression.createdBy ?? null,
  };
  const written = await tx
    .insertInto("suppressions")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(["workspace_id", "channel", "address_hash"])
        .where("lifted_at", "is", null)
        .doUpdateSet({ reason: row.reason, source: row.source, detail: row.detail })
        .where(
          sql<boolean>`(${own} and suppressions.reason not in ('opted_out', 'complaint'))
            or (suppressions.reason = 'unsubscribed' and excluded.reason <> 'unsubscribed')`,
        ),
    )
    .returning([...shown, sql<boolean>`xmax = 0`.as("created")])
    .executeTakeFirst();
  if (written) return written;
  const holding = await tx
    .selectFrom("suppressions")
    .select([...shown, sql<boolean>`false`.as("created")])
    .where("workspace_id", "=", row.workspace_id)
    .where("channel", "=", row.channel)
    .where("address_hash", "=", row.address_hash)
    .where("lifted_at", "is", null)
    .executeTakeFirstOrThrow();
  return holding;
}

/** The reasons of the active suppressions among these addresses, by the hash in hex. */
export async function findSuppressed(
  db: Db,
  workspaceId: string,
  channel: Channel,
  hashes: readonly Buffer[],
): Promise<Map<string, SuppressionReason>> {
  if (hashes.length === 0) return new Map();
  const rows = await db
    .selectFrom("suppressions")
    .select(["address_hash", "reason"])
    .where(belongsTo("workspace_id", workspaceId))
    .where("channel", "=", channel)
    .where("lifted_at", "is", null)
    .where(sql<boolean>`address_hash = any(${hashes as Buffer[]}::bytea[])`)
    .execute();
  return new Map(rows.map((row) => [row.address_hash.toString("hex"), row.reason as SuppressionReason]));
}

export type SuppressionFilter = {
  channel?: Channel | undefined;
  reason?: SuppressionReason | undefined;
  addressHash?: Buffer | undefined;
  /** Lifted ones too. */
  lifted?: boolean | undefined;
};

/** Newest first. */
export function listSuppressions(
  db: Db,
  workspaceId: string,
  filter: SuppressionFilter,
  page: { before?: string | undefined; limit: number },
) {
  let query = db.selectFrom("suppressions").select(shown).where("workspace_id", "=", workspaceId);
  if (filter.channel) query = query.where("channel", "=", filter.channel);
  if (filter.reason) query = query.where("reason", "=", filter.reason);
  if (filter.addressHash) query = query.where("address_hash", "=", filter.addressHash);
  if (!filter.lifted) query = query.where("lifted_at", "is", null);
  return newestFirst(query, page);
}

/** One that holds. */
export function findSuppression(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("suppressions")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("lifted_at", "is", null)
    .executeTakeFirst();
}

/** Lifts a suppression and keeps the row with why; no row: lifted already, not there, or for another reason now. */
export function liftSuppression(
  tx: Db,
  workspaceId: string,
  { id, reason }: { id: string; reason: string },
  lift: Record<string, unknown>,
) {
  return tx
    .updateTable("suppressions")
    .set({ lifted_at: sql`now()`, detail: sql`detail || ${JSON.stringify({ lifted: lift })}::jsonb` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("reason", "=", reason)
    .where("lifted_at", "is", null)
    .returning(shown)
    .executeTakeFirst();
}

/** The suppressions of an address outlive it as hashes: the address itself goes. */
export async function forgetSuppressedAddress(
  tx: Db,
  key: Buffer,
  workspaceId: string,
  addresses: readonly string[],
): Promise<void> {
  if (addresses.length === 0) return;
  const hashes = addresses.map((address) => addressHash(key, address));
  await tx
    .updateTable("suppressions")
    .set({ address: null })
    .where("workspace_id", "=", workspaceId)
    .where(sql<boolean>`address_hash = any(${hashes}::bytea[])`)
    .execute();
}

/** The people who are written to at this address; several may share an e-mail address. Ids ascending. */
export async function contactsAtAddress(
  db: Db,
  workspaceId: string,
  channel: Channel,
  address: string,
): Promise<string[]> {
  const rows = await db
    .selectFrom("contacts")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where((is) => {
      if (channel === "email") return is("email", "=", address);
      if (channel !== "whatsapp") return is("phone", "=", address);
      return is.or([is("phone", "=", address), is("identity", "=", `wa:${address}`)]);
    })
    .orderBy("id")
    .execute();
  return rows.map((row) => row.id);
}

export type Cancelled = {
  count: number;
  /** The campaigns that lost rows and have to look whether they are through: what wakeCampaign needs. */
  campaigns: { id: string; workspace_id: string; name: string; channel: string; type: string }[];
};

/**
 * Takes back what is queued for these people; what is being sent at this instant stays as it is.
 * The caller holds their locks. Without channel or purposes: of any.
 */
export async function cancelQueued(
  tx: Tx,
  workspaceId: string,
  contactIds: readonly string[],
  channel: Channel | undefined,
  reason: string,
  purposes?: readonly Purpose[],
): Promise<Cancelled> {
  if (contactIds.length === 0) return { count: 0, campaigns: [] };
  const found = await sql<{ campaign_id: string | null }>`
    update messages set state = 'cancelled', due_at = null, reason = ${reason}
    where contact_id = any(${contactIds as string[]}::uuid[]) and workspace_id = ${workspaceId} and due_at is not null
      and (${channel ?? null}::text is null or channel = ${channel ?? null})
      and (${(purposes as Purpose[]) ?? null}::text[] is null or purpose = any(${(purposes as Purpose[]) ?? null}::text[]))
    returning campaign_id`.execute(tx);
  return cancelledCampaigns(tx, workspaceId, found.rows);
}

/** What was cancelled, with the campaigns that it was taken from. */
export async function cancelledCampaigns(
  tx: Tx,
  workspaceId: string,
  rows: readonly { campaign_id: string | null }[],
): Promise<Cancelled> {
  const ids = [...new Set(rows.flatMap((row) => row.campaign_id ?? []))];
  if (ids.length === 0) return { count: rows.length, campaigns: [] };
  const campaigns = await tx
    .selectFrom("campaigns")
    .select(["id", "workspace_id", "name", "channel", "type"])
    .where("workspace_id", "=", workspaceId)
    .where("id", "in", ids)
    .execute();
  return { count: rows.length, campaigns };
}
