import { type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import type { Tx } from "./connect.ts";
import type { DB } from "./schema.ts";

/** One row of a workspace. */
export const ownRow = (workspaceId: string, id: string) =>
  sql<boolean>`workspace_id = ${workspaceId} and id = ${id}`;

/** One row of a workspace that has not been taken out of sight. */
export const liveRow = (workspaceId: string, id: string) =>
  sql<boolean>`${ownRow(workspaceId, id)} and deleted_at is null`;

/** Those of a workspace that have not been taken out of sight. */
export const liveRows = (workspaceId: string) =>
  sql<boolean>`workspace_id = ${workspaceId} and deleted_at is null`;

/** A page by id, which is the order of time: newest first, behind the last one of the page before. */
export function newestFirst<Table extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, Table, Row>,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<Row[]> {
  const rest = before === undefined ? query : query.where(sql<boolean>`id < ${before}`);
  return rest.orderBy(sql`id`, "desc").limit(limit).execute() as Promise<Row[]>;
}

/** The same in the order of their making. */
export function oldestFirst<Table extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, Table, Row>,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Row[]> {
  const rest = after === undefined ? query : query.where(sql<boolean>`id > ${after}`);
  return rest.orderBy(sql`id`).limit(limit).execute() as Promise<Row[]>;
}

/** Takes a row out of sight: what refers to it goes on being explained. Undefined where there is none (any more). */
export async function hideRow(
  tx: Tx,
  table: "contact_lists" | "segments" | "templates",
  workspaceId: string,
  id: string,
): Promise<{ id: string } | undefined> {
  const { rows } = await sql<{ id: string }>`
    update ${sql.table(table)} set deleted_at = now() where ${liveRow(workspaceId, id)} returning id`.execute(
    tx,
  );
  return rows[0];
}

/** The smallest id (version 7) that was given at a moment or later. */
export const firstIdAt = (at: Date | RawBuilder<unknown>) =>
  sql`(lpad(to_hex((extract(epoch from ${at}::timestamptz) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid`;
