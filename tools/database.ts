import { connectDatabase, type Db } from "../db/connect.ts";
import { readDev } from "./home.ts";
import { Failure } from "./say.ts";

/** Works on the database of the environment, else on that of the system that runs here; under the worker's role. */
export async function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const url = process.env["DATABASE_URL"] ?? readDev()?.database_url;
  if (!url)
    throw new Failure("There is no database: set DATABASE_URL, or start a system here with npm start.");
  const { db, close } = connectDatabase(url, {
    role: "campanile_worker",
    maxConnections: 1,
    onLost: () => {},
  });
  try {
    return await work(db);
  } finally {
    await close();
  }
}
