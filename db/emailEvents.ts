import { createHash } from "node:crypto";
import { sql } from "kysely";
import { attemptStateOfMail, type MailEvent, readMailEvent } from "../domain/email/mailEvent.ts";
import { refusalOfMail } from "../domain/email/refusals.ts";
import type { Receipt } from "./attemptReceipts.ts";
import type { Tx } from "./connect.ts";
import { proveCalls } from "./emailCalls.ts";
import { countMailEvents } from "./emailCounts.ts";
import { applyMailEffects, lockRecipients } from "./emailEffects.ts";
import { applyReceipts, type ReceiptContext, type SenderToWake } from "./receipts.ts";
import type { Cancelled } from "./suppressions.ts";
import { markUnapplied, type WebhookEvent } from "./webhookEvents.ts";

/** An event with the message that it is about. */
export interface KnownMailEvent extends MailEvent {
  message: { id: string; campaign_id: string | null; sender_id: string; contact_id: string };
}

type Read = MailEvent & { eventId: string };

/**
 * Applies events of e-mails in whatever order and number they come: states by rank like every receipt, opens and clicks
 * and the like each as a row, figures by receiving domain, and what follows for the address or the person. Part of the
 * caller's transaction. Events whose message is not known here (yet) stay unapplied; those without our ids say nothing.
 */
export async function applyMailEvents(
  tx: Tx,
  on: ReceiptContext,
  events: readonly WebhookEvent[],
): Promise<{ retrying: SenderToWake[]; campaigns: Cancelled["campaigns"] }> {
  const read = events.flatMap((event): Read[] => {
    const mail = readMailEvent(event.payload);
    return mail === undefined
      ? []
      : [{ ...mail, at: plausible(mail.at, event.received_at), eventId: event.id }];
  });
  if (read.length === 0) return { retrying: [], campaigns: [] };
  const recipients = await lockRecipients(tx, on.workspaceId, read);
  // An event of anybody in a call proves that all of it was taken.
  const proven = await proveCalls(tx, on.workspaceId, read);
  const applied = await applyReceipts(tx, on, read.map(receiptOf));
  const known = read.flatMap((event): KnownMailEvent[] => {
    const message = applied.messages.get(event.messageId);
    return message === undefined ? [] : [{ ...event, message }];
  });
  const unknown = read.filter((event) => !applied.messages.has(event.messageId));
  await markUnapplied(
    tx,
    unknown.map((event) => event.eventId),
    "unknown_attempt",
  );
  await insertMailEvents(tx, on.workspaceId, known);
  const silenced = await applyMailEffects(tx, on, known, recipients);
  // Last, as others wait for the rows of a large domain until this transaction ends.
  await countMailEvents(tx, on.workspaceId, known);
  return { retrying: applied.retrying, campaigns: [...applied.campaigns, ...silenced, ...proven] };
}

/** Events that no webhook has brought, such as a click on our own link to unsubscribe. Each is told once. */
export async function recordMailEvents(
  tx: Tx,
  workspaceId: string,
  events: readonly KnownMailEvent[],
): Promise<void> {
  await insertMailEvents(tx, workspaceId, events);
  await countMailEvents(tx, workspaceId, events);
}

/** The provider's clock tells when it happened; it did not happen after we heard of it, nor before there was e-mail. */
const plausible = (at: Date, receivedAt: Date): Date =>
  at.getTime() > 1_000_000_000_000 && at < receivedAt ? at : receivedAt;

function receiptOf(event: Read): Receipt {
  return {
    messageId: event.messageId,
    n: event.n,
    providerSid: null,
    state: attemptStateOfMail(event),
    errorCode: refusalOfMail(event) === undefined ? null : (event.reason?.split(" ")[0] ?? event.kind),
    refusal: refusalOfMail(event),
    at: event.at,
  };
}

/** Kinds that are states and figures only. */
const UNWRITTEN = new Set<MailEvent["kind"]>(["processed", "delivered"]);

async function insertMailEvents(tx: Tx, workspaceId: string, all: readonly KnownMailEvent[]): Promise<void> {
  const events = all.filter((event) => !UNWRITTEN.has(event.kind));
  if (events.length === 0) return;
  const links = await linkIds(tx, workspaceId, events);
  const column = <T>(pick: (event: KnownMailEvent) => T) => events.map(pick);
  await sql`
    insert into email_events (workspace_id, message_id, campaign_id, sender_id, kind, at, machine, reason, link_id,
      client_class, receiving_domain)
    select ${workspaceId}::uuid, * from unnest(${column((e) => e.messageId)}::uuid[],
      ${column((e) => e.message.campaign_id)}::uuid[], ${column((e) => e.message.sender_id)}::uuid[],
      ${column((e) => e.kind)}::text[], ${column((e) => e.at)}::timestamptz[], ${column((e) => e.machine)}::bool[],
      ${column((e) => e.reason)}::text[], ${column((e) => links.get(linkKey(e)) ?? null)}::uuid[],
      ${column((e) => e.client)}::text[], ${column((e) => e.domain)}::text[])`.execute(tx);
}

const linkKey = (event: KnownMailEvent) => `${event.message.campaign_id ?? ""} ${event.link ?? ""}`;

/** The rows of the links that were clicked, made where there is none yet; the same link of a campaign is one. */
async function linkIds(
  tx: Tx,
  workspaceId: string,
  events: readonly KnownMailEvent[],
): Promise<Map<string, string>> {
  const clicked = [
    ...new Map(events.filter((e) => e.link !== null).map((e) => [linkKey(e), e])).entries(),
  ].sort(([a], [b]) => (a < b ? -1 : 1));
  if (clicked.length === 0) return new Map();
  const links = clicked.map(([, { link, message }]) => ({
    campaignId: message.campaign_id,
    url: link as string,
    hash: createHash("sha256")
      .update(link as string)
      .digest(),
  }));
  const given = sql`unnest(${links.map((l) => l.campaignId)}::uuid[], ${links.map((l) => l.hash)}::bytea[],
    ${links.map((l) => l.url)}::text[]) u (campaign_id, url_hash, url)`;
  await sql`
    insert into email_links (workspace_id, campaign_id, url_hash, url)
    select ${workspaceId}::uuid, u.campaign_id, u.url_hash, u.url from ${given}
    on conflict on constraint email_links_once do nothing`.execute(tx);
  const { rows } = await sql<{ id: string; campaign_id: string | null; url: string }>`
    select l.id, l.campaign_id, l.url from ${given}
    join email_links l on l.workspace_id = ${workspaceId} and l.campaign_id is not distinct from u.campaign_id
      and l.url_hash = u.url_hash`.execute(tx);
  return new Map(rows.map((row) => [`${row.campaign_id ?? ""} ${row.url}`, row.id]));
}
