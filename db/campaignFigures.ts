import { sql } from "kysely";
import type { SentFigures } from "../domain/rates.ts";
import type { Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { arrived, wentOut } from "./sentMessages.ts";

export interface CampaignFigures extends SentFigures {
  /** Messages of which a link was clicked. */
  clicked: number;
  /** People whom its messages made qualified leads. */
  leads: number;
}

/**
 * What became of all that a campaign has sent, as it stands now. An answer proves that a message arrived, where no
 * receipt has said so. An e-mail is read when it is opened by somebody: by a program it is not.
 */
export async function readCampaignFigures(
  db: Db,
  workspaceId: string,
  campaignId: string,
): Promise<CampaignFigures> {
  const figures = await listCampaignFigures(db, workspaceId, [campaignId]);
  return figures.get(campaignId) as CampaignFigures;
}

/** The same of several, each of them by its id. */
export async function listCampaignFigures(
  db: Db,
  workspaceId: string,
  campaignIds: readonly string[],
): Promise<Map<string, CampaignFigures>> {
  const { rows } = await sql<CampaignFigures & { campaign_id: string }>`
    select asked.id as campaign_id, f.*,
      (select count(distinct q.contact_id) from qualified_leads q
        where q.campaign_id = asked.id and q.workspace_id = ${workspaceId}) as leads
    from unnest(${campaignIds as string[]}::uuid[]) asked (id)
    cross join lateral (
      with told as (
        select message_id, bool_or(kind = 'opened' and not machine) as opened, bool_or(kind = 'clicked') as clicked
        from email_events
        where campaign_id = asked.id and workspace_id = ${workspaceId} and kind in ('opened', 'clicked')
        group by message_id
      )
      select count(*) as sent, count(*) filter (where ${arrived}) as delivered,
        count(*) filter (where m.read_at is not null or t.opened) as read,
        count(distinct m.contact_id) filter (where m.replied_at is not null) as replied,
        count(*) filter (where m.state in ('failed', 'undelivered')) as failed,
        count(*) filter (where t.clicked) as clicked
      from messages m left join told t on t.message_id = m.id
      where m.campaign_id = asked.id and m.workspace_id = ${workspaceId} and ${wentOut}) f`.execute(db);
  return new Map(rows.map(({ campaign_id, ...figures }) => [campaign_id, figures]));
}

/** Campaigns that were under way in a span, the newest first. */
export function listCampaignsOf(
  db: Db,
  workspaceId: string,
  { from, to }: Span,
  page: { before?: string | undefined; limit: number },
) {
  const query = db
    .selectFrom("campaigns as k")
    .select(["k.id", "k.name", "k.state"])
    .where("k.workspace_id", "=", workspaceId)
    .where("k.started_at", "<", to)
    .where(
      sql<boolean>`(k.started_at >= ${from} or k.state in ('running', 'paused') or k.completed_at >= ${from})`,
    );
  const rest = page.before === undefined ? query : query.where("k.id", "<", page.before);
  return rest.orderBy("k.id", "desc").limit(page.limit).execute();
}
