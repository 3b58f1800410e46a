import { sql } from "kysely";
import type { MailEventKind } from "../domain/email/mailEvent.ts";
import type { Db } from "./connect.ts";

/** A link of a campaign's e-mails with what was clicked of it. */
export interface LinkFigures {
  id: string;
  url: string;
  clicks: number;
  people: number;
  first_at: Date;
  last_at: Date;
}

/** The most clicked first. */
export async function findCampaignLinks(
  db: Db,
  workspaceId: string,
  campaignId: string,
  limit: number,
): Promise<LinkFigures[]> {
  const { rows } = await sql<LinkFigures>`
    select l.id, l.url, count(*)::int as clicks, count(distinct e.message_id)::int as people, min(e.at) as first_at,
      max(e.at) as last_at
    from email_events e join email_links l on l.id = e.link_id
    where e.campaign_id = ${campaignId} and e.kind = 'clicked' and e.workspace_id = ${workspaceId}
    group by l.id, l.url order by clicks desc, l.id limit ${limit}`.execute(db);
  return rows;
}

/** What became of a campaign's e-mails at one receiving domain: people, each once. */
export interface DomainFigures {
  domain: string;
  sent: number;
  delivered: number;
  opened: number;
  clicked: number;
  bounced: number;
  complained: number;
  unsubscribed: number;
}

/** The largest first; of people who were erased no domain is known any more. */
export async function findCampaignDomains(
  db: Db,
  workspaceId: string,
  campaignId: string,
  limit: number,
): Promise<DomainFigures[]> {
  const { rows } = await sql<DomainFigures>`
    with told as (
      select message_id, bool_or(kind = 'opened' and not machine) as opened, bool_or(kind = 'clicked') as clicked,
        bool_or(kind in ('bounced', 'blocked')) as bounced, bool_or(kind = 'complained') as complained,
        bool_or(kind = 'unsubscribed') as unsubscribed
      from email_events where campaign_id = ${campaignId} and workspace_id = ${workspaceId} group by message_id
    )
    select split_part(m.address, '@', 2) as domain, count(*)::int as sent, count(m.delivered_at)::int as delivered,
      count(*) filter (where t.opened)::int as opened, count(*) filter (where t.clicked)::int as clicked,
      count(*) filter (where t.bounced)::int as bounced, count(*) filter (where t.complained)::int as complained,
      count(*) filter (where t.unsubscribed)::int as unsubscribed
    from messages m left join told t on t.message_id = m.id
    where m.campaign_id = ${campaignId} and m.workspace_id = ${workspaceId} and m.accepted_at is not null
      and m.channel = 'email' and m.address is not null
    group by 1 order by sent desc, domain limit ${limit}`.execute(db);
  return rows;
}

/** Events of a campaign's e-mails, newest first. */
export async function listCampaignEvents(
  db: Db,
  workspaceId: string,
  campaignId: string,
  filter: { kind?: MailEventKind | undefined; contactId?: string | undefined },
  page: { before?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("email_events as e")
    .innerJoin("messages as m", "m.id", "e.message_id")
    .leftJoin("email_links as l", "l.id", "e.link_id")
    .select([
      "e.id",
      "e.message_id",
      "m.contact_id",
      "e.kind",
      "e.at",
      "e.machine",
      "e.reason",
      "l.url",
      "e.client_class",
      "e.country",
      "e.receiving_domain",
    ])
    .where("e.workspace_id", "=", workspaceId)
    .where("e.campaign_id", "=", campaignId);
  if (filter.kind !== undefined) query = query.where("e.kind", "=", filter.kind);
  if (filter.contactId !== undefined) query = query.where("m.contact_id", "=", filter.contactId);
  if (page.before !== undefined) query = query.where("e.id", "<", page.before);
  return query.orderBy("e.id", "desc").limit(page.limit).execute();
}

/** What became of a campaign's e-mails: messages, each once, but for `opens` and `clicks`. */
export interface MailFigures {
  recipients: number;
  sent: number;
  delivered: number;
  failed: number;
  opened: number;
  /** Only by programs that fetch pictures for everybody. */
  machine_opened: number;
  clicked: number;
  bounced: number;
  complained: number;
  unsubscribed: number;
  deferred: number;
  /** How often, by people. */
  opens: number;
  clicks: number;
}

export async function countCampaignMail(
  db: Db,
  workspaceId: string,
  campaignId: string,
): Promise<MailFigures> {
  const { rows } = await sql<MailFigures>`
    with told as (
      select message_id, count(*) filter (where kind = 'opened' and not machine) as opens,
        bool_or(kind = 'opened' and machine) as by_machine, count(*) filter (where kind = 'clicked') as clicks,
        bool_or(kind in ('bounced', 'blocked')) as bounced, bool_or(kind = 'complained') as complained,
        bool_or(kind = 'unsubscribed') as unsubscribed, bool_or(kind = 'deferred') as deferred
      from email_events where campaign_id = ${campaignId} and workspace_id = ${workspaceId} group by message_id
    )
    select count(*)::int as recipients, count(m.accepted_at)::int as sent, count(m.delivered_at)::int as delivered,
      count(*) filter (where m.state in ('failed', 'undelivered'))::int as failed,
      count(*) filter (where t.opens > 0)::int as opened,
      count(*) filter (where t.by_machine and t.opens = 0)::int as machine_opened,
      count(*) filter (where t.clicks > 0)::int as clicked, count(*) filter (where t.bounced)::int as bounced,
      count(*) filter (where t.complained)::int as complained,
      count(*) filter (where t.unsubscribed)::int as unsubscribed, count(*) filter (where t.deferred)::int as deferred,
      coalesce(sum(t.opens), 0)::int as opens, coalesce(sum(t.clicks), 0)::int as clicks
    from messages m left join told t on t.message_id = m.id
    where m.campaign_id = ${campaignId} and m.workspace_id = ${workspaceId}`.execute(db);
  return rows[0] as MailFigures;
}
