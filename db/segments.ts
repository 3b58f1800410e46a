import { sql } from "kysely";
import type { SegmentFilter } from "../domain/segmentFilter.ts";
import { unlessTaken } from "./conflicts.ts";
import type { Db, Tx } from "./connect.ts";
import { hideRow, liveRow, liveRows, newestFirst } from "./rows.ts";
import { segmentCondition } from "./segmentSql.ts";
import { belongsTo } from "./tenant.ts";

const shown = ["id", "name", "description", "filter", "created_at", "updated_at"] as const;

export type SegmentFields = { name?: string; description?: string | null; filter?: SegmentFilter };

const nameTaken = {
  index: "segments_name",
  message: "A segment has this name already.",
  fix: "Choose another name, or change the segment that has it.",
};

export async function insertSegment(
  tx: Tx,
  workspaceId: string,
  fields: SegmentFields & { name: string; filter: SegmentFilter },
) {
  return unlessTaken(
    nameTaken,
    tx
      .insertInto("segments")
      .values({ ...fields, filter: JSON.stringify(fields.filter), workspace_id: workspaceId })
      .returning(shown)
      .executeTakeFirstOrThrow(),
  );
}

export function findSegment(db: Db, workspaceId: string, id: string) {
  return db.selectFrom("segments").select(shown).where(liveRow(workspaceId, id)).executeTakeFirst();
}

export async function updateSegment(tx: Tx, workspaceId: string, id: string, fields: SegmentFields) {
  const { filter, ...columns } = fields;
  return unlessTaken(
    nameTaken,
    tx
      .updateTable("segments")
      .set({ ...columns, ...(filter && { filter: JSON.stringify(filter) }), updated_at: sql`now()` })
      .where(liveRow(workspaceId, id))
      .returning(shown)
      .executeTakeFirst(),
  );
}

/** Newest first. */
export function listSegments(
  db: Db,
  workspaceId: string,
  page: { before?: string | undefined; limit: number },
) {
  return newestFirst(db.selectFrom("segments").select(shown).where(liveRows(workspaceId)), page);
}

export const deleteSegment = (tx: Tx, workspaceId: string, id: string) =>
  hideRow(tx, "segments", workspaceId, id);

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

/** The first of these segments that a person is in, in the order given; nobody is in one that is gone. */
export async function findSegmentOf(
  db: Db,
  workspaceId: string,
  contactId: string,
  segmentIds: readonly string[],
): Promise<string | undefined> {
  if (segmentIds.length === 0) return undefined;
  const segments = await db
    .selectFrom("segments")
    .select(["id", "filter"])
    .where(liveRows(workspaceId))
    .where("id", "in", segmentIds)
    .execute();
  const filters = new Map(segments.map(({ id, filter }) => [id, filter as SegmentFilter]));
  const cases = segmentIds.flatMap((id) => {
    const filter = filters.get(id);
    return filter === undefined ? [] : [sql`when ${segmentCondition(workspaceId, filter)} then ${id}`];
  });
  if (cases.length === 0) return undefined;
  const { rows } = await sql<{ id: string | null }>`
    select case ${sql.join(cases, sql` `)} end as id from contacts c
    where c.id = ${contactId} and ${belongsTo("c.workspace_id", workspaceId)}`.execute(db);
  return rows[0]?.id ?? undefined;
}
