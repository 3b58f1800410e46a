import { sql } from "kysely";
import type { Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { firstIdAt } from "./rows.ts";
import { arrived, clicked, seen, wentOut } from "./sentMessages.ts";

/** What came of one message that went out. */
export interface MessageOutcome {
  id: string;
  contact_id: string;
  campaign_id: string | null;
  conversation_id: string | null;
  sender_id: string | null;
  channel: string;
  sent_at: Date | null;
  delivered: boolean;
  opened: boolean;
  clicked: boolean;
  responded: boolean;
  /** Seconds from its arrival, or its sending where nothing tells of that, to the answer. */
  response_time: number | null;
}

export interface OutcomeFilter {
  campaign_id?: string | undefined;
  sender_id?: string | undefined;
  channel?: string | undefined;
}

/** Messages that were written in a span and have gone out, the newest first. */
export async function listMessageOutcomes(
  db: Db,
  workspaceId: string,
  { from, to }: Span,
  filter: OutcomeFilter,
  page: { before?: string | undefined; limit: number },
): Promise<MessageOutcome[]> {
  const narrowed = (["campaign_id", "sender_id", "channel"] as const).flatMap((field) =>
    filter[field] === undefined ? [] : [sql`and ${sql.ref(`m.${field}`)} = ${filter[field]}`],
  );
  const { rows } = await sql<MessageOutcome>`
    select m.id, m.contact_id, m.campaign_id, m.conversation_id, m.sender_id, m.channel,
      coalesce(m.sent_at, m.accepted_at, m.intended_at) as sent_at, ${arrived} as delivered, ${seen} as opened,
      ${clicked} as clicked, m.replied_at is not null as responded,
      case when m.replied_at is not null then greatest(0, round(extract(epoch from
        m.replied_at - coalesce(m.delivered_at, m.sent_at, m.intended_at)))) end::int as response_time
    from messages m
    where m.workspace_id = ${workspaceId} and m.id >= ${firstIdAt(from)} and m.id < ${firstIdAt(to)}
      and m.direction = 'out' and ${wentOut} ${sql.join(narrowed, sql` `)}
      ${page.before === undefined ? sql`` : sql`and m.id < ${page.before}`}
    order by m.id desc limit ${page.limit}`.execute(db);
  return rows;
}
