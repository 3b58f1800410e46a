import { sql } from "kysely";
import type { Tx } from "./connect.ts";

/** Tells whoever watches their conversations how these messages stand now. Part of the transaction that changed them. */
export async function tellMessageStates(
  tx: Tx,
  messages: readonly { id: string; conversation_id: string | null }[],
): Promise<void> {
  const ids = messages.flatMap((message) => (message.conversation_id === null ? [] : [message.id]));
  if (ids.length === 0) return;
  await sql`
    insert into conversation_events (workspace_id, conversation_id, kind, subject_id, change)
    select workspace_id, conversation_id, 'message_out', id, jsonb_build_object('state', state, 'reason', reason)
    from messages where id = any(${ids}::uuid[]) and conversation_id is not null
    order by id`.execute(tx);
}
