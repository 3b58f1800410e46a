import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";

/** Something happened that the lead scores of these people depend on; part of the transaction in which it did. */
export async function markLeads(tx: Db, workspaceId: string, contactIds: readonly string[]): Promise<void> {
  if (contactIds.length === 0) return;
  await sql`
    insert into lead_score_marks (workspace_id, contact_id)
    select ${workspaceId}, id from unnest(${contactIds as string[]}::uuid[]) id`.execute(tx);
}

/** People of one workspace whose scores are out of date. */
export interface MarkedLeads {
  workspaceId: string;
  contactIds: string[];
}

/** Takes up to so many marks, the oldest first; they come back where the transaction does not commit. */
export async function takeMarks(tx: Tx, limit: number): Promise<MarkedLeads[]> {
  const { rows } = await sql<MarkedLeads>`
    with taken as (
      delete from lead_score_marks where id in (
        select id from lead_score_marks order by id limit ${limit} for update skip locked)
      returning workspace_id, contact_id
    )
    select workspace_id as "workspaceId", array_agg(distinct contact_id) as "contactIds" from taken
    group by 1 order by 1`.execute(tx);
  return rows;
}
