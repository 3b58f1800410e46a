import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import type { DB } from "./schema.ts";

export type Db = Kysely<DB>;
export type Tx = Transaction<DB>;

/** Under which database role the program works: the API sees one workspace at a time, the worker all. */
export type DbRole = "campanile_api" | "campanile_worker";

// Counts come back as numbers: none of ours comes near 2^53. Dates without time stay text.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

export interface Database {
  db: Db;
  /** For statements that the query builder would only get in the way of: the send path's batches. */
  pool: pg.Pool;
  close(): Promise<void>;
}

/**
 * Opens a pool whose connections take `role` at once.
 * `onLost` hears of idle connections that broke (a database restart): the pool replaces them by itself.
 */
export function connectDatabase(
  url: string,
  options: { role: DbRole; maxConnections: number; onLost: (error: Error) => void },
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.maxConnections,
    application_name: options.role,
    options: `-c role=${options.role}`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  pool.on("error", options.onLost);
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  return { db, pool, close: () => db.destroy() };
}

/** Runs `work` in one transaction that sees and writes only the rows of `workspaceId`. */
export function inWorkspace<T>(db: Db, workspaceId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    await setWorkspace(tx, workspaceId);
    return work(tx);
  });
}

/** Lets the rest of this transaction see and write the rows of one workspace, under the role of the API. */
export async function setWorkspace(tx: Tx, workspaceId: string): Promise<void> {
  await sql`select set_config('app.workspace_id', ${workspaceId}, true)`.execute(tx);
}

const RETRYABLE = new Set(["40001", "40P01"]);

/** Whether a transaction lost against another and may be done again. */
export const isRetryable = (error: unknown) => RETRYABLE.has((error as { code?: string }).code ?? "");

/** One transaction, done again where it lost against another (deadlock, serialization): it has changed nothing then. */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (tries === 5 || !isRetryable(error)) throw error;
    }
  }
}
