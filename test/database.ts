import { randomUUID } from "node:crypto";
import pg from "pg";
import { connectDatabase, type Database, type Db, type DbRole } from "../db/connect.ts";
import { shared } from "./shared.ts";

export type TestDatabase = {
  /** Of the superuser, for what a test has to do past the roles. */
  url: string;
  /** Under the worker's role, which sees all workspaces. */
  db: Db;
  pool: pg.Pool;
  /** Another pool, under the role of the API or the worker; closed with the database. */
  connect(role: DbRole): Database;
  close(): Promise<void>;
};

async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** A migrated, empty database of the test file's own. Call in beforeAll, close in afterAll. */
export async function testDatabase(): Promise<TestDatabase> {
  const template = new URL(await shared("postgres"));
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const admin = new URL(template);
  admin.pathname = "/postgres";
  await asAdmin(admin.href, (client) =>
    client.query(`create database ${name} template ${template.pathname.slice(1)}`),
  );
  const url = new URL(template);
  url.pathname = `/${name}`;

  const opened: Database[] = [];
  const connect = (role: DbRole) => {
    // A connection that a test breaks on purpose is replaced by the pool.
    const database = connectDatabase(url.href, { role, maxConnections: 10, onLost: () => {} });
    opened.push(database);
    return database;
  };
  const { db, pool } = connect("campanile_worker");
  const close = async () => {
    await Promise.all(opened.map((database) => database.close()));
    await asAdmin(admin.href, (client) => client.query(`drop database ${name} with (force)`));
  };
  return { url: url.href, db, pool, connect, close };
}
