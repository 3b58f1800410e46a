import { sql } from "kysely";
import type { Channel } from "../domain/address.ts";
import type { Delimiter, Encoding } from "../domain/csvFormat.ts";
import type { MappedColumn } from "../domain/importMapping.ts";
import type { Db, Tx } from "./connect.ts";

export const IMPORT_STATES = ["uploading", "queued", "running", "completed", "failed", "cancelled"] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

/** As the client asked for it, the workspace's defaults filled in. */
export type ImportOptions = {
  default_region: string;
  mapping?: Record<string, string>;
  delimiter?: Delimiter;
  encoding?: Encoding;
  consent: {
    channels: Channel[];
    purpose: "marketing" | "transactional" | "all";
    source: string;
    method: string;
    yes?: string[];
    no?: string[];
  };
};

/** What the file turned out to be. */
export type DetectedFile = {
  encoding: Encoding;
  delimiter: Delimiter;
  /** Lines before the headers (Excel's `sep=;`). */
  skip_lines: number;
  columns: MappedColumn[];
};

/**
 * Where the next batch starts. `bytes` and `line` count in the file as UTF-8; `read` counts the file's own bytes;
 * `written` says which parts of that batch are written already and where it ends; `after` is the last contact whose
 * consent is recorded.
 */
export type ImportCursor = {
  phase: "rows" | "refusals" | "consents" | "ended";
  bytes: number;
  line: number;
  read: number;
  written?: { lanes: number[]; until: number };
  after?: string;
};

export const firstCursor: ImportCursor = { phase: "rows", bytes: 0, line: 1, read: 0 };

const shown = [
  "id",
  "workspace_id",
  "list_id",
  "file_name",
  "bytes",
  "state",
  "dry_run",
  "options",
  "detected",
  "cursor",
  "row_count",
  "created_count",
  "updated_count",
  "unchanged_count",
  "duplicate_count",
  "rejected_count",
  "opted_in_count",
  "opted_out_count",
  "warnings",
  "error",
  "created_at",
  "started_at",
  "finished_at",
] as const;

export type ContactImport = Omit<
  NonNullable<Awaited<ReturnType<typeof readImport>>>,
  "options" | "detected" | "cursor" | "state" | "warnings"
> & {
  options: ImportOptions;
  detected: DetectedFile;
  cursor: ImportCursor;
  state: ImportState;
  warnings: Record<string, number>;
};

function readImport(db: Db, workspaceId: string, id: string) {
  return db
    .selectFrom("imports")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
}

export async function findImport(db: Db, workspaceId: string, id: string) {
  return (await readImport(db, workspaceId, id)) as ContactImport | undefined;
}

/** Newest first. */
export async function listImports(
  db: Db,
  workspaceId: string,
  page: { before?: string | undefined; limit: number },
) {
  let query = db.selectFrom("imports").select(shown).where("workspace_id", "=", workspaceId);
  if (page.before) query = query.where("id", "<", page.before);
  return (await query.orderBy("id", "desc").limit(page.limit).execute()) as ContactImport[];
}

export function insertImport(tx: Tx, row: { workspace_id: string; file_name: string; created_by: string }) {
  return tx
    .insertInto("imports")
    .values({ ...row, state: "uploading", cursor: JSON.stringify(firstCursor) })
    .returning("id")
    .executeTakeFirstOrThrow();
}

/** The file is there: uploading → queued. Undefined where it was cancelled meanwhile. */
export function queueImport(
  tx: Tx,
  workspaceId: string,
  id: string,
  file: {
    file_name: string;
    dry_run: boolean;
    bytes: number;
    sha256: Buffer;
    options: ImportOptions;
    detected: DetectedFile;
    list_id: string | null;
  },
) {
  return tx
    .updateTable("imports")
    .set({
      state: "queued",
      file_name: file.file_name,
      dry_run: file.dry_run,
      bytes: file.bytes,
      file_sha256: file.sha256,
      options: JSON.stringify(file.options),
      detected: JSON.stringify(file.detected),
      list_id: file.list_id,
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("state", "=", "uploading")
    .returning(["id", "workspace_id"])
    .executeTakeFirst();
}

/** The list of this name, made where there is none. */
export async function listNamed(tx: Tx, workspaceId: string, name: string): Promise<string> {
  await sql`
    insert into contact_lists (workspace_id, name) values (${workspaceId}, ${name})
    on conflict (workspace_id, lower(name)) where deleted_at is null do nothing`.execute(tx);
  const list = await tx
    .selectFrom("contact_lists")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where(sql<string>`lower(name)`, "=", sql<string>`lower(${name})`)
    .where("deleted_at", "is", null)
    .executeTakeFirstOrThrow();
  return list.id;
}

/** An upload that came to nothing leaves nothing. */
export async function discardUpload(tx: Tx, workspaceId: string, id: string): Promise<void> {
  await tx
    .deleteFrom("import_chunks")
    .where("import_id", "=", id)
    .where("workspace_id", "=", workspaceId)
    .execute();
  await tx
    .deleteFrom("imports")
    .where("id", "=", id)
    .where("workspace_id", "=", workspaceId)
    .where("state", "in", ["uploading", "cancelled"])
    .execute();
}

/** queued → running; what runs already goes on. Gives the import as it stands. */
export async function beginImport(db: Db, workspaceId: string, id: string) {
  await db
    .updateTable("imports")
    .set({ state: "running", started_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("state", "=", "queued")
    .execute();
  return findImport(db, workspaceId, id);
}

/** Any state that is not final → a final one; undefined where it had ended already. */
export function endImport(
  db: Db,
  workspaceId: string,
  id: string,
  end: { from?: ImportState[]; to: "completed" | "failed" | "cancelled"; error?: string },
) {
  return db
    .updateTable("imports")
    .set({
      state: end.to,
      error: end.error ?? null,
      finished_at: sql`now()`,
      ...(end.to === "completed" && { total_rows: sql`row_count` }),
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("state", "in", end.from ?? ["uploading", "queued", "running"])
    .returning("id")
    .executeTakeFirst();
}

/**
 * Counts people, their consents and lists anew. A campaign that starts right after an import reads them page by page:
 * by the old figures PostgreSQL would sort a whole list for each page.
 */
export async function analyzePeople(db: Db): Promise<void> {
  await sql`analyze contacts, consents, contact_list_members`.execute(db);
}

/** Removes the uploaded file and the people it named. */
export async function clearImport(db: Db, id: string): Promise<void> {
  await db.deleteFrom("import_chunks").where("import_id", "=", id).execute();
  await db.deleteFrom("import_people").where("import_id", "=", id).execute();
}

/** Uploads that nobody finishes any more; their pieces go. Gives how many there were. */
export async function failStaleUploads(db: Db, olderThanHours: number): Promise<number> {
  const stale = await db
    .updateTable("imports")
    .set({ state: "failed", error: "The upload was broken off.", finished_at: sql`now()` })
    .where("state", "=", "uploading")
    .where("created_at", "<", sql<Date>`now() - ${olderThanHours} * interval '1 hour'`)
    .returning("id")
    .execute();
  for (const { id } of stale) await clearImport(db, id);
  return stale.length;
}
