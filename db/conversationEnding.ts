import { sql } from "kysely";
import type { EndingFacts } from "../domain/conversationEnding.ts";
import type { Tx } from "./connect.ts";

/** What decides about how a conversation ends that is about to. Undefined where there is none. */
export async function endingFacts(tx: Tx, workspaceId: string, id: string): Promise<EndingFacts | undefined> {
  const { rows } = await sql<EndingFacts>`
    select c.handed_off_at is not null as handed_off, c.awaiting_since is not null as awaiting, b.last,
      exists (select from messages m where m.conversation_id = c.id and m.direction = 'out'
        and m.author_kind in ('member', 'key') and m.state <> 'skipped'
        and (b.last_message_id is null or m.id > b.last_message_id)) as person_since
    from conversations c
    left join lateral (
      select last_message_id, jsonb_build_object('outcome', outcome, 'reason', reason, 'intent', intent) as last
      from conversation_bursts where conversation_id = c.id order by last_message_id desc limit 1) b on true
    where c.workspace_id = ${workspaceId} and c.id = ${id}`.execute(tx);
  return rows[0];
}
