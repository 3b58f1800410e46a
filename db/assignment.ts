import { sql } from "kysely";
import type { Tx } from "./connect.ts";
import { recordEvents } from "./conversationEvents.ts";

/** Who may be given conversations; viewers only look. */
const TAKES = ["owner", "admin", "operator", "agent"];

/**
 * Gives a conversation to a member, or to nobody. Undefined where there is no such conversation. The caller has checked
 * that the member exists.
 */
export async function assignConversation(
  tx: Tx,
  workspaceId: string,
  conversationId: string,
  memberId: string | null,
): Promise<{ id: string } | undefined> {
  const row = await tx
    .updateTable("conversations")
    .set({
      assignee_id: memberId,
      assigned_at: memberId === null ? null : sql<Date>`now()`,
      updated_at: sql`now()`,
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", conversationId)
    .returning("id")
    .executeTakeFirst();
  if (row !== undefined)
    await recordEvents(tx, workspaceId, [{ conversationId, kind: "assigned", subjectId: memberId }]);
  return row;
}

/**
 * Gives a conversation to the member whose turn it is among those who are available: who was given one longest ago, or
 * who has the fewest that are not closed. Null where nobody is: then it stays as it is.
 */
export async function assignNext(
  tx: Tx,
  workspaceId: string,
  conversationId: string,
  by: "round_robin" | "least_busy",
): Promise<string | null> {
  // Turns are taken one after another, or two at once would fall to the same member. The last lock that is taken.
  await sql`select pg_advisory_xact_lock(hashtextextended('assignment ' || ${workspaceId}, 0))`.execute(tx);
  const { rows } = await sql<{ id: string }>`
    update members set assigned_at = clock_timestamp() where id = (
      select m.id from members m
      where m.workspace_id = ${workspaceId} and m.available and m.removed_at is null and m.role = any(${TAKES})
      order by case when ${by} = 'least_busy' then (select count(*) from conversations c
          where c.assignee_id = m.id and c.state <> 'closed') end,
        m.assigned_at nulls first, m.id
      limit 1)
    returning id`.execute(tx);
  const next = rows[0]?.id ?? null;
  if (next !== null) await assignConversation(tx, workspaceId, conversationId, next);
  return next;
}
