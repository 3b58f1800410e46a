import { sql } from "kysely";
import type { SentFigures } from "../domain/rates.ts";
import type { Db } from "./connect.ts";

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
  const { rows } = await sql<CampaignFigures>`
    with told as (
      select message_id, bool_or(kind = 'opened' and not machine) as opened, bool_or(kind = 'clicked') as clicked
      from email_events
      where campaign_id = ${campaignId} and workspace_id = ${workspaceId} and kind in ('opened', 'clicked')
      group by message_id
    )
    select count(*) as sent,
      count(*) filter (where m.state in ('delivered', 'read') or m.replied_at is not null) as delivered,
      count(*) filter (where m.read_at is not null or t.opened) as read,
      count(distinct m.contact_id) filter (where m.replied_at is not null) as replied,
      count(*) filter (where m.state in ('failed', 'undelivered')) as failed,
      count(*) filter (where t.clicked) as clicked,
      (select count(distinct q.contact_id) from qualified_leads q
        where q.campaign_id = ${campaignId} and q.workspace_id = ${workspaceId}) as leads
    from messages m left join told t on t.message_id = m.id
    where m.campaign_id = ${campaignId} and m.workspace_id = ${workspaceId}
      and m.state in ('accepted', 'sent', 'delivered', 'read', 'failed', 'undelivered')`.execute(db);
  const [figures] = rows;
  if (figures === undefined) throw new Error("A query without groups gives one row");
  return figures;
}
