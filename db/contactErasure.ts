import { sql } from "kysely";
import { DomainError } from "../domain/errors.ts";
import type { Tx } from "./connect.ts";
import { type Contact, contactsNamedBy } from "./contacts.ts";
import { forgetFallbacks } from "./fallbacks.ts";
import { type Cancelled, cancelQueued, forgetSuppressedAddress } from "./suppressions.ts";

/**
 * Takes away what identifies a locked person; counts stay, their suppressions stay as hashes. What was queued for
 * them is cancelled. The record of consent stays: it is the proof that they could be written to.
 * @throws DomainError `state_conflict` while a message to them is in flight: settling it needs address and text.
 */
export async function eraseContact(
  tx: Tx,
  key: Buffer,
  workspaceId: string,
  contact: Contact,
): Promise<Cancelled> {
  const cancelled = await cancelQueued(tx, workspaceId, [contact.id], undefined, "deleted");
  await blankMessages(tx, workspaceId, contact.id);
  const addresses = await ownAddresses(tx, workspaceId, contact);
  await forgetSuppressedAddress(tx, key, workspaceId, addresses);
  await sql`delete from sender_assignments where workspace_id = ${workspaceId}
    and address = any(${addresses}::text[])`.execute(tx);
  await sql`delete from contact_list_members where contact_id = ${contact.id} and workspace_id = ${workspaceId}`.execute(
    tx,
  );
  await sql`update conversations set address = 'erased:' || id, status = 'inactive', updated_at = now()
    where contact_id = ${contact.id} and workspace_id = ${workspaceId}`.execute(tx);
  await sql`update contacts set identity = null, phone = null, email = null, whatsapp_user_id = null, name = null,
      city = null, region = null, time_zone = null, attributes = '{}', tags = '{}', updated_at = now(), erased_at = now()
    where id = ${contact.id} and workspace_id = ${workspaceId}`.execute(tx);
  return cancelled;
}

async function blankMessages(tx: Tx, workspaceId: string, contactId: string): Promise<void> {
  const inFlight = await tx
    .selectFrom("messages")
    .select("id")
    .where("contact_id", "=", contactId)
    .where("workspace_id", "=", workspaceId)
    .where("state", "in", ["sending", "uncertain"])
    .limit(1)
    .executeTakeFirst();
  if (inFlight) {
    throw new DomainError("state_conflict", "A message to this contact is being sent at this moment.", {
      fix: "Try again once it is settled; an uncertain one is looked up within about 20 minutes.",
      details: { message_id: inFlight.id },
    });
  }
  await forgetFallbacks(tx, workspaceId, contactId);
  await sql`update messages
    set address = null, body = null, content_variables = null, media = null, detail = null
    where contact_id = ${contactId} and workspace_id = ${workspaceId}`.execute(tx);
}

/** Without an e-mail address that somebody else goes on using. */
async function ownAddresses(tx: Tx, workspaceId: string, contact: Contact): Promise<string[]> {
  const addresses = [contact.phone, contact.whatsapp_user_id].filter((address) => address !== null);
  if (!contact.email) return addresses;
  const sharing = await contactsNamedBy(tx, workspaceId, { email: contact.email });
  return sharing.length > 1 ? addresses : [...addresses, contact.email];
}
