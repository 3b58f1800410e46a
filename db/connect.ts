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

/** As many texts as are prepared on a connection; those with lists of changing length could go on without end. */
const MOST_PREPARED = 300;

/** Names its statements, so that PostgreSQL parses and plans each text once for a connection. */
class PreparingClient extends pg.Client {
  readonly #names = new Map<string, string>();

  // oxlint-disable-next-line typescript/no-explicit-any -- pg's own overloads are wider than any type of ours.
  override query(text: any, values?: any, callback?: any): any {
    if (typeof text !== "string" || !Array.isArray(values) || values.length === 0)
      return super.query(text, values, callback);
    const name = this.#names.get(text) ?? this.#nameNext(text);
    return super.query(name === undefined ? { text, values } : { name, text, values }, callback);
  }

  #nameNext(text: string): string | undefined {
    if (this.#names.size >= MOST_PREPARED) return undefined;
    const name = `s${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
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
    Client: PreparingClient,
    connectionString: url,
    max: options.maxConnections,
    application_name: options.role,
    options: `-c role=${options.role}`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  pool.on("error", options.onLost);
  // The pool listens on idle connections only; one that is lost between two statements of a transaction would end the process.
  pool.on("connect", (client) => client.on("error", options.onLost));
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

/** The time by the database's clock: the only one that decides what is due and what is too late. */
export async function databaseNow(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  return (rows[0] as { now: Date }).now;
}
