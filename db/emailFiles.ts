import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";

/** A file that an e-mail names by its hash, in hex. */
export interface NamedFile {
  sha256: string;
  content_type: string;
  /** Null where it should be here already. */
  bytes: Buffer | null;
}

/**
 * Keeps files, each once, and notes that an e-mail names them, so that none of them goes before it is written. In the
 * transaction that writes it. Gives the hashes of which there is no file.
 */
export async function keepFiles(tx: Tx, workspaceId: string, files: readonly NamedFile[]): Promise<string[]> {
  const missing: string[] = [];
  // In one order, as two e-mails may bring the same files.
  for (const { sha256, bytes, content_type } of files.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1))) {
    const hash = Buffer.from(sha256, "hex");
    const { rows } =
      bytes === null
        ? await sql`update email_files set used_at = now()
            where workspace_id = ${workspaceId} and sha256 = ${hash} returning 1`.execute(tx)
        : await sql`insert into email_files (workspace_id, sha256, bytes, content_type)
            values (${workspaceId}, ${hash}, ${bytes}, ${content_type})
            on conflict (workspace_id, sha256) do update set used_at = now() returning 1`.execute(tx);
    if (rows.length === 0) missing.push(sha256);
  }
  return missing;
}

/** In bytes, of those of these files that are here. */
export async function findFileSizes(
  db: Db,
  workspaceId: string,
  hashes: readonly string[],
): Promise<Map<string, number>> {
  if (hashes.length === 0) return new Map();
  const rows = await db
    .selectFrom("email_files")
    .select([sql<string>`encode(sha256, 'hex')`.as("sha256"), sql<number>`size`.as("size")])
    .where("workspace_id", "=", workspaceId)
    .where(
      "sha256",
      "in",
      hashes.map((hash) => Buffer.from(hash, "hex")),
    )
    .execute();
  return new Map(rows.map((row) => [row.sha256, row.size]));
}

export async function findFile(
  db: Db,
  workspaceId: string,
  sha256: string,
): Promise<{ bytes: Buffer; content_type: string } | undefined> {
  return db
    .selectFrom("email_files")
    .select(["bytes", "content_type"])
    .where("workspace_id", "=", workspaceId)
    .where("sha256", "=", Buffer.from(sha256, "hex"))
    .executeTakeFirst();
}

/** Deletes files that no e-mail has named for a day and none names any more; gives how many. */
export async function deleteUnusedFiles(db: Db): Promise<number> {
  const named = (column: string) => sql`${sql.raw(column)} @> jsonb_build_array(jsonb_build_object('sha256',
    encode(f.sha256, 'hex')))`;
  const gone = await sql`
    delete from email_files f where f.used_at < now() - interval '1 day'
      and not exists (select from campaigns c where c.workspace_id = f.workspace_id and c.email ? 'attachments'
        and ${named("(c.email -> 'attachments')")})
      and not exists (select from templates t where t.workspace_id = f.workspace_id and t.deleted_at is null
        and t.email ? 'attachments' and ${named("(t.email -> 'attachments')")})
      and not exists (select from email_contents e where e.workspace_id = f.workspace_id and e.attachments <> '[]'
        and ${named("e.attachments")})`.execute(db);
  return Number(gone.numAffectedRows ?? 0);
}
