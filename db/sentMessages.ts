import { type RawBuilder, sql } from "kysely";
import type { Span } from "./analyticsSpan.ts";

/** States of messages that went out: the provider has answered about them, refused ones too. */
export const wentOut = sql`m.state in ('accepted', 'sent', 'delivered', 'read', 'failed', 'undelivered')`;
/** An answer proves that a message arrived, where no receipt has said so. */
export const arrived = sql`(m.state in ('delivered', 'read') or m.replied_at is not null)`;
/** By read receipt; an e-mail when somebody opened it: by a program it is not. */
export const seen = sql`(m.read_at is not null or m.channel = 'email' and exists (
  select from email_events e where e.message_id = m.id and e.kind = 'opened' and not e.machine))`;
export const clicked = sql`(m.channel = 'email' and exists (
  select from email_events e where e.message_id = m.id and e.kind = 'clicked'))`;

export interface SentFilter {
  channel?: string | undefined;
  /** Of these senders only. */
  senderIds?: readonly string[] | undefined;
}

/**
 * What went out in a span, each message once, at the moment of the attempt that it stands by: out of the ledger, which
 * is read by time (attempts_age), as messages are not. The offset has each looked up by its key: the planner would
 * rather read all messages, which are far wider.
 */
export const sentIn = (
  workspaceId: string,
  { from, to }: Pick<Span, "from" | "to">,
  filter: SentFilter,
) => sql`
  select a.intended_at as at, a.sender_id, m.*
  from attempts a cross join lateral (
    select m.campaign_id, m.contact_id, ${arrived} as delivered, ${seen} as read, m.replied_at is not null as replied,
      m.state in ('failed', 'undelivered') as failed
    from messages m where m.id = a.message_id and m.attempts = a.n and ${wentOut} ${ofChannel(filter)} offset 0) m
  where a.workspace_id = ${workspaceId} and a.intended_at >= ${from} and a.intended_at < ${to}
    ${ofSenders(filter, sql`a.sender_id`)}`;

/** What people wrote in a span, programs of theirs too: found by the senders it came to (messages_received). */
export const receivedIn = (
  workspaceId: string,
  { from, to }: Pick<Span, "from" | "to">,
  filter: SentFilter,
) => sql`
  select m.id, m.created_at as at, m.sender_id, m.contact_id, m.conversation_id, m.body, m.reason
  from senders s join messages m on m.sender_id = s.id and m.direction = 'in'
  where s.workspace_id = ${workspaceId} and m.created_at >= ${from} and m.created_at < ${to}
    ${ofChannel(filter)} ${ofSenders(filter, sql`s.id`)}`;

const ofChannel = ({ channel }: SentFilter) =>
  channel === undefined ? sql`` : sql`and m.channel = ${channel}`;

const ofSenders = ({ senderIds }: SentFilter, senderId: RawBuilder<unknown>) =>
  senderIds === undefined ? sql`` : sql`and ${senderId} = any(${senderIds as string[]}::uuid[])`;

/** Figures of rows of `sentIn`, as domain/rates.ts takes them. */
export const sentFigures = sql`count(*)::int as sent, count(*) filter (where delivered)::int as delivered,
  count(*) filter (where read)::int as read, count(distinct contact_id) filter (where replied)::int as replied,
  count(*) filter (where failed)::int as failed`;
/** The same of a row `g` of an outer join: nothing where it has no partner. */
export const sentOrNothing = sql`coalesce(g.sent, 0) as sent, coalesce(g.delivered, 0) as delivered,
  coalesce(g.read, 0) as read, coalesce(g.replied, 0) as replied, coalesce(g.failed, 0) as failed`;
