import type { Db, Tx } from "./connect.ts";

/** Uploads are kept in pieces of exactly this size, but for the last. */
export const CHUNK_BYTES = 1_000_000;

export async function insertChunk(
  tx: Tx,
  chunk: { workspace_id: string; import_id: string; seq: number; bytes: Buffer },
): Promise<void> {
  await tx.insertInto("import_chunks").values(chunk).execute();
}

export async function readChunk(db: Db, importId: string, seq: number): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom("import_chunks")
    .select("bytes")
    .where("import_id", "=", importId)
    .where("seq", "=", seq)
    .executeTakeFirst();
  return row?.bytes;
}

/** By line, which every reject has of its own. */
export function listRejects(
  db: Db,
  workspaceId: string,
  importId: string,
  page: { after?: number | undefined; limit: number },
) {
  let query = db
    .selectFrom("import_rejects")
    .select(["line", "column_name", "reason", "cells"])
    .where("workspace_id", "=", workspaceId)
    .where("import_id", "=", importId);
  if (page.after !== undefined) query = query.where("line", ">", page.after);
  return query.orderBy("line").limit(page.limit).execute();
}
