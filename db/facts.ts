import { sql } from "kysely";
import type { Db } from "./connect.ts";
import { belongsTo } from "./tenant.ts";

/** What the rules of sending need to know of one person for one channel and purpose. */
export interface PersonFacts {
  id: string;
  phone: string | null;
  phone_type: string | null;
  email: string | null;
  name: string | null;
  city: string | null;
  country: string | null;
  region: string | null;
  time_zone: string | null;
  number_zones: string[];
  language: string | null;
  attributes: Record<string, unknown>;
  erased_at: Date | null;
  consent: "opted_in" | "opted_out" | null;
  /** Topics of e-mail that they take nothing of, and how many e-mails a week they want; null but for e-mail. */
  declined_topics: string[] | null;
  max_per_week: number | null;
  touched_at: Date[] | null;
  touched_channels: string[] | null;
  last_outbound_at: Date | null;
}

/**
 * The facts of a page of people, in one query: planning, preflight and the moment of sending all ask here.
 * `touched_*` are the marketing messages of the last eight days that went out or are on their way.
 */
export async function findPersonFacts(
  tx: Db,
  of: { workspaceId: string; channel: string; purpose: string; contactIds: readonly string[] },
): Promise<Map<string, PersonFacts>> {
  const { rows } = await sql<PersonFacts>`
    select c.id, c.phone, c.phone_type, c.email, c.name, c.city, c.country, c.region, c.time_zone, c.number_zones,
      coalesce(wishes.language, c.language) as language, c.attributes, c.erased_at, consent.state as consent,
      wishes.declined as declined_topics, wishes.max_per_week,
      touched.at as touched_at, touched.channels as touched_channels, touched.last_at as last_outbound_at
    from contacts c
    left join lateral (
      select state from consents
      where contact_id = c.id and channel = ${of.channel} and purpose in (${of.purpose}, 'all')
      order by at desc, id desc limit 1
    ) consent on true
    left join email_preferences wishes on wishes.contact_id = c.id and ${of.channel} = 'email'
    left join lateral (
      select array_agg(m.intended_at) filter (where m.purpose = 'marketing') as at,
        array_agg(m.channel) filter (where m.purpose = 'marketing') as channels,
        max(m.intended_at) filter (where m.channel = ${of.channel}) as last_at
      from messages m
      where m.contact_id = c.id and m.direction = 'out' and m.intended_at > now() - interval '8 days'
        and m.state in ('sending', 'uncertain', 'accepted', 'sent', 'delivered', 'read')
    ) touched on true
    where c.id = any(${of.contactIds as string[]}::uuid[]) and ${belongsTo("c.workspace_id", of.workspaceId)}`.execute(
    tx,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * When each address last wrote to a sender of this channel: "address sender_id" → time; and "address " → when to any,
 * for those who have no sender yet.
 */
export async function findLastInbound(
  tx: Db,
  of: { workspaceId: string; channel: string; addresses: readonly string[] },
): Promise<Map<string, Date>> {
  const { rows } = await sql<{ pair: string; last_inbound_at: Date }>`
    select address || ' ' || sender_id as pair, last_inbound_at from conversations
    where address = any(${of.addresses as string[]}) and channel = ${of.channel}
      and ${belongsTo("workspace_id", of.workspaceId)} and last_inbound_at is not null
    union all
    select address || ' ', max(last_inbound_at) from conversations
    where address = any(${of.addresses as string[]}) and channel = ${of.channel}
      and ${belongsTo("workspace_id", of.workspaceId)} and last_inbound_at is not null
    group by address`.execute(tx);
  return new Map(rows.map((row) => [row.pair, row.last_inbound_at]));
}

/** Which of these addresses a workspace in test mode may reach. */
export async function findAllowlisted(
  tx: Db,
  workspaceId: string,
  addresses: readonly string[],
): Promise<Set<string>> {
  const rows = await tx
    .selectFrom("test_allowlist")
    .select("address")
    .where("workspace_id", "=", workspaceId)
    .where("address", "in", addresses.length > 0 ? [...addresses] : [""])
    .execute();
  return new Set(rows.map((row) => row.address));
}
