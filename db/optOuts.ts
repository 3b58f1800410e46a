import { sql } from "kysely";
import { canonicalAddress, type Channel } from "../domain/address.ts";
import type { OptOutReading } from "../domain/optOut.ts";
import type { Db, Tx } from "./connect.ts";
import { addConsent } from "./consents.ts";
import { stopEnrollments } from "./enrollments.ts";
import { type Cancelled, cancelQueued, type SuppressionReason, suppress } from "./suppressions.ts";

export interface AddressOfContact {
  workspaceId: string;
  contactId: string;
  channel: Channel;
  address: string;
}

/** What a suppression has stirred: the caller owes wakes to the campaigns, which may be through now. */
export interface Silenced {
  /** The address was not suppressed before. */
  fresh: boolean;
  campaigns: Cancelled["campaigns"];
}

/** Suppresses an address and cancels what waits for its person on that channel. The caller holds the person's lock. */
export async function suppressAddress(
  tx: Tx,
  addressKey: Buffer,
  on: AddressOfContact & { reason: SuppressionReason; source: string },
): Promise<Silenced> {
  const address = canonicalAddress(on.channel, on.address);
  const { created } = await suppress(tx, addressKey, {
    workspaceId: on.workspaceId,
    channel: on.channel,
    address,
    reason: on.reason,
    source: on.source,
  });
  const { campaigns } = await cancelQueued(tx, on.workspaceId, [on.contactId], on.channel, on.reason);
  return { fresh: created, campaigns };
}

/** The inbound message that says so. */
type OwnWord = AddressOfContact & {
  messageId: string;
  /** Null: just now. Earlier where the message was found after its webhook was lost. */
  sentAt: Date | null;
};

/**
 * A person's own word, at once: the consent record, the suppression, and nothing queued goes out any more. A word that
 * only narrows ("no more promotions") ends marketing and lets the rest be. What was in flight at that instant is
 * recorded with it. The caller holds the person's lock.
 */
export async function optOut(
  tx: Tx,
  addressKey: Buffer,
  on: OwnWord,
  reading: Pick<OptOutReading, "scope" | "words">,
): Promise<Silenced> {
  const inFlight = await findInFlight(tx, on.contactId, on.channel);
  await addConsent(tx, on.workspaceId, {
    contact_id: on.contactId,
    channel: on.channel,
    state: "opted_out",
    purpose: reading.scope,
    source: "inbound_message",
    method: "reply",
    evidence: { message_id: on.messageId, words: reading.words, in_flight: inFlight },
    ...(on.sentAt && { at: on.sentAt }),
  });
  const { workspaceId, contactId, channel } = on;
  const purposes = reading.scope === "all" ? undefined : [reading.scope];
  await stopEnrollments(tx, { workspaceId, contactId, event: "opt_out", channel, purposes });
  if (reading.scope === "all")
    return suppressAddress(tx, addressKey, { ...on, reason: "opted_out", source: "inbound" });
  const { campaigns } = await cancelQueued(tx, workspaceId, [contactId], channel, "opted_out", purposes);
  return { fresh: false, campaigns };
}

/**
 * START, ALTA, VOLTAR: what the person had stopped may come again; a complaint or a block by hand stays. One that was
 * found late says nothing any more where the person has opted out since.
 */
export async function optIn(tx: Tx, on: OwnWord, reading: OptOutReading, addressHash: Buffer): Promise<void> {
  if (on.sentAt !== null && (await hasOptedOutSince(tx, on, on.sentAt))) return;
  await tx
    .updateTable("suppressions")
    .set({
      lifted_at: sql`now()`,
      detail: sql`detail || ${JSON.stringify({ lifted: { message_id: on.messageId } })}::jsonb`,
    })
    .where("workspace_id", "=", on.workspaceId)
    .where("channel", "=", on.channel)
    .where("address_hash", "=", addressHash)
    .where("reason", "=", "opted_out")
    .where("lifted_at", "is", null)
    .execute();
  await addConsent(tx, on.workspaceId, {
    contact_id: on.contactId,
    channel: on.channel,
    state: "opted_in",
    purpose: "all",
    source: "inbound_message",
    method: "reply",
    evidence: { message_id: on.messageId, words: reading.words },
    ...(on.sentAt && { at: on.sentAt }),
  });
}

/** The provider gives whole seconds, and its clock may differ from ours: where it is close, the opt-out holds. */
const CLOSE_MS = 5_000;

async function hasOptedOutSince(db: Db, on: OwnWord, at: Date): Promise<boolean> {
  const row = await db
    .selectFrom("consents")
    .select("id")
    .where("contact_id", "=", on.contactId)
    .where("channel", "=", on.channel)
    .where("state", "=", "opted_out")
    .where("at", ">", new Date(at.getTime() - CLOSE_MS))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What is being sent to this person at this instant, or may have been. */
export async function findInFlight(db: Db, contactId: string, channel: Channel): Promise<string[]> {
  const rows = await db
    .selectFrom("messages")
    .select("id")
    .where("contact_id", "=", contactId)
    .where("channel", "=", channel)
    .where("state", "in", ["sending", "uncertain"])
    .execute();
  return rows.map((row) => row.id);
}
