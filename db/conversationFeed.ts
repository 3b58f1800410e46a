import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** Whether an event is still there: who resumes from one that is gone has missed what went with it. */
export async function keepsEvent(db: Db, workspaceId: string, eventId: string): Promise<boolean> {
  const [tx = "", id = ""] = eventId.split("-");
  const { rows } = await sql`
    select from conversation_events
    where workspace_id = ${workspaceId} and tx = ${tx}::xid8 and id = ${id}::bigint`.execute(db);
  return rows.length > 0;
}
