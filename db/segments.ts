import { sql } from "kysely";
import { DomainError } from "../domain/errors.ts";
import type { SegmentFilter } from "../domain/segmentFilter.ts";
import { breaksUnique } from "./conflicts.ts";
import type { Db, Tx } from "./connect.ts";
import { segmentCondition } from "./segmentSql.ts";

const shown = ["id", "name", "description", "filter", "created_at", "updated_at"] as const;

export type SegmentFields = { name?: string; description?: string | null; filter?: SegmentFilter };

const nameTaken = (error: unknown) =>
  breaksUnique(error, "segments_name")
    ? new DomainError("conflict", "A segment has this name already.", {
        field: "name",
        fix: "Choose another name, or change the segment that has it.",
      })
    : error;

export async function insertSegment(
  tx: Tx,
  workspaceId: string,
  fields: SegmentFields & { name: string; filter: SegmentFilter },
) {
  try {
    return await tx
      .insertInto("segments")
      .values({ ...fields, filter: JSON.stringify(fields.filter), workspace_id: workspaceId })
      .returning(shown)
      .executeTakeFirstOrThrow();
  } catch (error) {
    throw nameTaken(error);
  }
}

export function findSegment(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("segments")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

export async function updateSegment(tx: Tx, workspaceId: string, id: string, fields: SegmentFields) {
  const { filter, ...columns } = fields;
  try {
    return await tx
      .updateTable("segments")
      .set({ ...columns, ...(filter && { filter: JSON.stringify(filter) }), updated_at: sql`now()` })
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .where("deleted_at", "is", null)
      .returning(shown)
      .executeTakeFirst();
  } catch (error) {
    throw nameTaken(error);
  }
}

/** Newest first. */
export function listSegments(
  db: Db,
  workspaceId: string,
  page: { before?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("segments")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("deleted_at", "is", null);
  if (page.before) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

export function deleteSegment(tx: Tx, workspaceId: string, id: string) {
  return tx
    .updateTable("segments")
    .set({ deleted_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .returning("id")
    .executeTakeFirst();
}

/** How many people a filter selects at this moment. */
export async function countSegment(db: Db, workspaceId: string, filter: SegmentFilter): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) n from contacts c
    where c.workspace_id = ${workspaceId} and c.erased_at is null
      and ${segmentCondition(workspaceId, filter)}`.execute(db);
  return rows[0]?.n ?? 0;
}

export type SamplePerson = { id: string; name: string | null; city: string | null; country: string | null };

/** The newest few people whom a filter selects. */
export async function sampleSegment(
  db: Db,
  workspaceId: string,
  filter: SegmentFilter,
  limit: number,
): Promise<SamplePerson[]> {
  const { rows } = await sql<SamplePerson>`
    select c.id, c.name, c.city, c.country from contacts c
    where c.workspace_id = ${workspaceId} and c.erased_at is null
      and ${segmentCondition(workspaceId, filter)}
    order by c.id desc limit ${limit}`.execute(db);
  return rows;
}
