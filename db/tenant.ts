import { sql } from "kysely";

/**
 * That a row found by another key is this workspace's: a condition which no index answers. Where `=` stands instead,
 * and the statistics do not know the workspace yet, PostgreSQL takes it to have next to no rows, and may read all of
 * them through whichever index begins with workspace_id, once for each row that is looked up (docs/decisions/0010).
 */
export const belongsTo = (column: string, workspaceId: string) =>
  sql<boolean>`${sql.ref(column)} is not distinct from ${workspaceId}::uuid`;
