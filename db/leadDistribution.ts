import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** How many people have each score that anybody has. */
export async function countLeadScores(
  db: Db,
  workspaceId: string,
): Promise<{ score: number; people: number }[]> {
  const { rows } = await sql<{ score: number; people: number }>`
    select lead_score as score, count(*)::int as people from contacts
    where workspace_id = ${workspaceId} and lead_score is not null and erased_at is null
    group by lead_score order by lead_score`.execute(db);
  return rows;
}
