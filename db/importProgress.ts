import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";
import type { ImportCursor } from "./imports.ts";

/** How many parts of a batch are written side by side, each by a transaction of its own. */
export const LANES = 2;

/** One lane's part of the batch between two places in the file. */
export type BatchPart = { start: ImportCursor; end: ImportCursor; lane: number };

/** Where a part is still to be written: of a running import, at its cursor, by nobody before. */
const isAt = ({ start, lane }: BatchPart) => sql<boolean>`
  state = 'running' and cursor->>'phase' = 'rows' and (cursor->>'bytes')::bigint = ${start.bytes}
  and not coalesce(cursor->'written'->'lanes', '[]') @> to_jsonb(${lane}::int)`;

/**
 * Whether a part is still to be written. One worker at a time writes a lane of an import, until its transaction ends:
 * so nobody else adds to whom the file has named in it.
 */
export async function waitsAt(tx: Tx, id: string, part: BatchPart): Promise<boolean> {
  // A statement of its own: the next one sees what whoever held the lock has written.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`import:${id}:${part.lane}`}, 0))`.execute(tx);
  const row = await tx
    .selectFrom("imports")
    .select("id")
    .where("id", "=", id)
    .where(isAt(part))
    .executeTakeFirst();
  return row !== undefined;
}

export type ImportCounts = {
  row_count: number;
  created_count: number;
  updated_count: number;
  unchanged_count: number;
  duplicate_count: number;
  rejected_count: number;
  warnings: Record<string, number>;
};

/**
 * Last in a part's transaction: counts and cursor move with the rows or not at all. The last part of a batch moves on
 * to the next one. False, and nothing changed, where another worker has written this part or the import has ended.
 */
export async function advanceImport(
  tx: Tx,
  id: string,
  part: BatchPart,
  counts: ImportCounts,
): Promise<boolean> {
  const { rows } = await sql`
    update imports set
      row_count = row_count + ${counts.row_count}, created_count = created_count + ${counts.created_count},
      updated_count = updated_count + ${counts.updated_count},
      unchanged_count = unchanged_count + ${counts.unchanged_count},
      duplicate_count = duplicate_count + ${counts.duplicate_count},
      rejected_count = rejected_count + ${counts.rejected_count},
      warnings = ${addWarnings(counts.warnings)},
      cursor = case
        when jsonb_array_length(coalesce(cursor->'written'->'lanes', '[]')) = ${LANES - 1}::int
        then ${JSON.stringify(part.end)}::jsonb
        else cursor || jsonb_build_object('written', jsonb_build_object('until', ${part.end.bytes}::bigint,
          'lanes', coalesce(cursor->'written'->'lanes', '[]') || to_jsonb(${part.lane}::int)))
      end
    where id = ${id} and ${isAt(part)}
    returning id`.execute(tx);
  return rows.length > 0;
}

/** Sums two objects of counts. */
const addWarnings = (more: Record<string, number>) => sql`(
  select coalesce(jsonb_object_agg(reason, n), '{}') from (
    select key as reason, sum(value::bigint) as n
    from (select * from jsonb_each_text(warnings) union all select * from jsonb_each_text(${JSON.stringify(more)}::jsonb)) w
    group by key
  ) sums)`;

/** All rows are read: on to the consents. */
export async function endOfRows(db: Db, id: string, cursor: ImportCursor): Promise<void> {
  await db
    .updateTable("imports")
    .set({ cursor: JSON.stringify({ ...cursor, phase: "refusals" }) })
    .where("id", "=", id)
    .where(sql<string>`cursor->>'phase'`, "=", "rows")
    .execute();
}
