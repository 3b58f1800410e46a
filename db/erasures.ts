import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";
import type { Contact } from "./contacts.ts";
import { recordEvents } from "./conversationEvents.ts";
import { channelsOf, findPerson, type Person } from "./erasurePerson.ts";
import type { RowCounts } from "./erasureRows.ts";
import type { ProviderCounts } from "./erasureSids.ts";
import { forgetFallbacks } from "./fallbacks.ts";
import { endLeads } from "./qualifiedLeads.ts";
import { newestFirst } from "./rows.ts";
import {
  addressHash,
  type Cancelled,
  cancelQueued,
  forgetSuppressedAddress,
  suppress,
} from "./suppressions.ts";

const shown = [
  "id",
  "workspace_id",
  "contact_id",
  "origin",
  "state",
  "requested_by",
  "requested_at",
  "suppressed",
  "cancelled",
  "rows",
  "provider",
  "completed_at",
] as const;

/** A certificate: what was asked for, and what came of it. */
export interface Erasure {
  id: string;
  workspace_id: string;
  contact_id: string;
  origin: "erase" | "delete";
  state: "running" | "completed" | "incomplete";
  requested_by: string | null;
  requested_at: Date;
  suppressed: number;
  cancelled: number;
  rows: RowCounts;
  /** Empty until it has ended. */
  provider: Partial<ProviderCounts>;
  completed_at: Date | null;
}

export function findErasure(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("erasures")
    .select(shown)
    .$castTo<Erasure>()
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** The erasure of somebody who is gone. */
export function findErasureOf(db: Db, workspaceId: string, contactId: string) {
  return db
    .selectFrom("erasures")
    .select(shown)
    .$castTo<Erasure>()
    .where("workspace_id", "=", workspaceId)
    .where("contact_id", "=", contactId)
    .executeTakeFirst();
}

/** Newest first. */
export function listErasures(
  db: Db,
  workspaceId: string,
  page: { before?: string | undefined; limit: number },
) {
  const query = db.selectFrom("erasures").select(shown).$castTo<Erasure>();
  return newestFirst(query.where("workspace_id", "=", workspaceId), page);
}

export interface ErasureRequest {
  addressKey: Buffer;
  workspaceId: string;
  /** erase: they asked for it, so their addresses are suppressed; delete: somebody here deleted the contact. */
  origin: "erase" | "delete";
  requestedBy: string | null;
}

/** What the caller owes wakes for. */
export interface Requested {
  erasure: Erasure;
  cancelled: Cancelled;
  conversations: { id: string; workspace_id: string; channel: string }[];
}

/**
 * What takes effect at once for a locked person: nobody finds or messages them any more, what waited for them is
 * cancelled, their threads and sequences end. Their words and addresses go in the erasure's workflow right after.
 */
export async function requestErasure(tx: Tx, on: ErasureRequest, contact: Contact): Promise<Requested> {
  const person = await findPerson(tx, on.addressKey, on.workspaceId, contact.id);
  const suppressed = on.origin === "erase" ? await suppressErased(tx, on, person, contact) : 0;
  await forgetSuppressedAddress(tx, on.addressKey, on.workspaceId, person.addresses);
  const cancelled = await cancelQueued(tx, on.workspaceId, [contact.id], undefined, "deleted");
  await forgetFallbacks(tx, on.workspaceId, contact.id);
  const conversations = await endThreads(tx, on.workspaceId, contact.id);
  await endSequences(tx, on.workspaceId, contact.id);
  await endRecordings(tx, person);
  await sql`update contacts set identity = null, erased_at = now(), updated_at = now()
    where id = ${contact.id} and workspace_id = ${on.workspaceId}`.execute(tx);
  await endLeads(tx, [contact.id], "erased");
  const erasure = await tx
    .insertInto("erasures")
    .values({
      workspace_id: on.workspaceId,
      contact_id: contact.id,
      origin: on.origin,
      requested_by: on.requestedBy,
      address_hashes: person.hashes,
      suppressed,
      cancelled: cancelled.count,
    })
    .returning(shown)
    .$castTo<Erasure>()
    .executeTakeFirstOrThrow();
  return { erasure, cancelled, conversations };
}

/** Only the addresses they have now: an earlier number may be another person's by now. */
async function suppressErased(tx: Tx, on: ErasureRequest, person: Person, contact: Contact): Promise<number> {
  const current = new Set([contact.phone, contact.whatsapp_user_id, contact.email]);
  let count = 0;
  for (const address of person.addresses.filter((one) => current.has(one))) {
    for (const channel of channelsOf(address)) {
      const of = {
        workspaceId: on.workspaceId,
        channel,
        address,
        reason: "erased",
        source: "erasure",
      } as const;
      await suppress(tx, on.addressKey, { ...of, createdBy: on.requestedBy });
      count++;
    }
  }
  return count;
}

/** Their threads are over: nobody has to answer, and no draft waits. */
async function endThreads(tx: Tx, workspaceId: string, contactId: string) {
  const { rows } = await sql<{ id: string; workspace_id: string; channel: string }>`
    update conversations set status = 'inactive', state = 'closed', closed_at = coalesce(closed_at, now()),
      closed_by = 'erasure', unread_count = 0, handed_off_at = null, awaiting_since = null, answer_due_at = null,
      close_due_at = null, burst_due_at = null, updated_at = now()
    where contact_id = ${contactId} and workspace_id = ${workspaceId}
    returning id, workspace_id, channel`.execute(tx);
  const ids = rows.map((row) => row.id);
  await sql`update conversation_drafts set state = 'outdated', settled_at = now()
    where conversation_id = any(${ids}::uuid[]) and workspace_id = ${workspaceId} and state = 'waiting'`.execute(
    tx,
  );
  await recordEvents(
    tx,
    workspaceId,
    ids.map((conversationId) => ({ conversationId, kind: "closed" as const, change: { by: "erasure" } })),
  );
  return rows;
}

async function endSequences(tx: Tx, workspaceId: string, contactId: string): Promise<void> {
  await sql`update enrollments set state = 'cancelled', reason = 'deleted', due_at = null, ended_at = now()
    where contact_id = ${contactId} and workspace_id = ${workspaceId} and ended_at is null`.execute(tx);
}

/** Their calls are theirs by key from here on; the sound is deleted at the provider by the job that does so. */
async function endRecordings(tx: Tx, { workspaceId, contactId, addresses }: Person): Promise<void> {
  await sql`update calls set contact_id = ${contactId}
    where workspace_id = ${workspaceId} and contact_id is null and address = any(${addresses}::text[])`.execute(
    tx,
  );
  await sql`update recordings set deletion_requested_at = now()
    where workspace_id = ${workspaceId} and deletion_requested_at is null and deleted_at is null
      and call_id in (select id from calls where contact_id = ${contactId})`.execute(tx);
}

/** Runs again an erasure that could not be completed. */
export function resumeErasure(tx: Db, workspaceId: string, id: string) {
  return tx
    .updateTable("erasures")
    .set({ state: "running", completed_at: null })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("state", "=", "incomplete")
    .returning(shown)
    .$castTo<Erasure>()
    .executeTakeFirst();
}

/** By keys and by the hashes that the certificate has kept: what is found of a person at any later time. */
export async function personOf(db: Db, addressKey: Buffer, erasure: Erasure): Promise<Person> {
  const person = await findPerson(db, addressKey, erasure.workspace_id, erasure.contact_id);
  const { rows } = await sql<{ address_hashes: Buffer[] }>`
    select address_hashes from erasures where id = ${erasure.id}`.execute(db);
  return { ...person, hashes: rows[0]?.address_hashes ?? [] };
}

/** Adds to what the certificate says was emptied or deleted. */
export async function addRowCounts(db: Db, id: string, counts: RowCounts): Promise<void> {
  await sql`
    update erasures set rows = (
      select coalesce(jsonb_object_agg(name, n), '{}') from (
        select key as name, sum(value::bigint) as n
        from (select * from jsonb_each_text(rows) union all select * from jsonb_each_text(${JSON.stringify(counts)}::jsonb)) c
        group by key
      ) sums)
    where id = ${id}`.execute(db);
}

/** Imports that were brought before the erasure and still read: their file may name the person. */
export async function countOlderImports(db: Db, erasure: Erasure): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from imports i where i.workspace_id = ${erasure.workspace_id}
      and i.created_at < ${erasure.requested_at}
      and (i.state in ('uploading', 'queued', 'running')
        or exists (select from import_people p where p.import_id = i.id)
        or exists (select from import_chunks c where c.import_id = i.id))`.execute(db);
  return rows[0]?.n ?? 0;
}

const RETURNED_PAGE = 10_000;

/**
 * Contacts that an import of an older file has made of this person since: same address, and no word from them.
 * Hashes are all that is left to tell by, so everybody is looked at who was made while such an import ran.
 */
export async function findReturned(db: Db, addressKey: Buffer, erasure: Erasure): Promise<string[]> {
  const hashes = new Set(
    (await personOf(db, addressKey, erasure)).hashes.map((hash) => hash.toString("hex")),
  );
  const found: string[] = [];
  for (let after = NOBODY; ; ) {
    const { rows } = await sql<{ id: string; addresses: string[] }>`
      select c.id, array_remove(array[c.phone, c.email, c.whatsapp_user_id], null) as addresses from contacts c
      where c.workspace_id = ${erasure.workspace_id} and c.id > ${after} and c.erased_at is null
        and c.created_at >= ${erasure.requested_at}
        and exists (select from imports i where i.workspace_id = c.workspace_id
          and i.created_at < ${erasure.requested_at} and coalesce(i.finished_at, 'infinity') > ${erasure.requested_at})
        and not exists (select from messages m where m.contact_id = c.id and m.direction = 'in')
      order by c.id limit ${RETURNED_PAGE}`.execute(db);
    const theirs = rows.filter(({ addresses }) =>
      addresses.some((address) => hashes.has(addressHash(addressKey, address).toString("hex"))),
    );
    found.push(...theirs.map((row) => row.id));
    const last = rows.at(-1);
    if (last === undefined) return found;
    after = last.id;
  }
}

const NOBODY = "00000000-0000-0000-0000-000000000000";
