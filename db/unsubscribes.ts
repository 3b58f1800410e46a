import { sql } from "kysely";
import type { Tx } from "./connect.ts";
import { addConsent } from "./consents.ts";
import { stopEnrollments } from "./enrollments.ts";
import { findInFlight, type Silenced } from "./optOuts.ts";
import { addressHash, cancelQueued, suppress } from "./suppressions.ts";

/** An e-mail address with everybody who is written to at it. The caller holds their locks (db/locks.ts). */
export interface Recipient {
  workspaceId: string;
  /** Canonical. */
  address: string;
  contactIds: string[];
}

/** A person's own word about e-mail, and where it came from. */
export interface OwnWord {
  source: "email_event" | "unsubscribe_link" | "provider_list";
  method: string;
  evidence: Record<string, unknown>;
  /** Null: just now. */
  at: Date | null;
}

type Purpose = "marketing" | "all";

/**
 * No more marketing by e-mail, at once: the consent record with its evidence, the suppression of the address, and
 * nothing of the kind that is queued goes out any more. Messages of other purposes (receipts, codes) are let be.
 * Repeatable: who has said so already is not recorded again.
 */
export async function unsubscribe(
  tx: Tx,
  addressKey: Buffer,
  recipient: Recipient,
  word: OwnWord,
): Promise<Silenced> {
  const { workspaceId, address, contactIds } = recipient;
  const recorded = await recordOptOut(tx, recipient, { ...word, purpose: "marketing" });
  const { created } = await suppress(tx, addressKey, {
    workspaceId,
    channel: "email",
    address,
    reason: "unsubscribed",
    source: word.source,
  });
  const { campaigns } = await cancelQueued(tx, workspaceId, contactIds, "email", "opted_out", ["marketing"]);
  return { fresh: created || recorded > 0, campaigns };
}

/** Takes their own word back, whether for marketing or for everything: what else holds the address back goes on to. */
export async function resubscribe(
  tx: Tx,
  addressKey: Buffer,
  recipient: Recipient,
  word: OwnWord,
): Promise<void> {
  const lifted = { lifted: { by: word.source, ...word.evidence } };
  await sql`
    update suppressions set lifted_at = now(), detail = detail || ${JSON.stringify(lifted)}::jsonb
    where address_hash = ${addressHash(addressKey, recipient.address)} and channel = 'email'
      and workspace_id = ${recipient.workspaceId} and reason in ('unsubscribed', 'opted_out') and lifted_at is null`.execute(
    tx,
  );
  for (const contactId of await withNewest(tx, recipient, "marketing", "opted_out"))
    await addConsent(tx, recipient.workspaceId, {
      ...consentOf(contactId, word),
      state: "opted_in",
      purpose: "marketing",
    });
}

/**
 * The consent records of an opt-out, and the sequences that it ends; what is being sent at this instant is noted. Gives
 * for how many people it is news.
 */
export async function recordOptOut(
  tx: Tx,
  recipient: Recipient,
  word: OwnWord & { purpose: Purpose },
): Promise<number> {
  const { workspaceId, contactIds } = recipient;
  const purposes = word.purpose === "all" ? undefined : [word.purpose];
  const already = new Set(await withNewest(tx, recipient, word.purpose, "opted_out"));
  const news = contactIds.filter((id) => !already.has(id));
  for (const contactId of news) {
    const inFlight = await findInFlight(tx, contactId, "email");
    await addConsent(tx, workspaceId, {
      ...consentOf(contactId, { ...word, evidence: { ...word.evidence, in_flight: inFlight } }),
      state: "opted_out",
      purpose: word.purpose,
    });
    await stopEnrollments(tx, { workspaceId, contactId, event: "opt_out", channel: "email", purposes });
  }
  return news.length;
}

const consentOf = (contactId: string, { source, method, evidence, at }: OwnWord) => ({
  contact_id: contactId,
  channel: "email" as const,
  source,
  method,
  evidence,
  ...(at && { at }),
});

/** Those of a recipient's people whose newest record for this purpose says so. */
async function withNewest(tx: Tx, recipient: Recipient, purpose: Purpose, state: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select u.id from unnest(${recipient.contactIds}::uuid[]) u (id)
    where ${state} = (select state from consents where contact_id = u.id and channel = 'email'
      and purpose in (${purpose}, 'all') order by at desc, id desc limit 1)`.execute(tx);
  return rows.map((row) => row.id);
}
