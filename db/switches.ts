import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** The stop switch for everything: turned by operators only, so it needs the worker's role. A second stop keeps the first time. */
export function setAllSendingStopped(db: Db, stopped: boolean, reason: string | null) {
  return db
    .updateTable("switches")
    .set({ engaged_at: stopped ? sql`coalesce(engaged_at, now())` : null, reason })
    .where("name", "=", "sending_stopped")
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function findAllSendingStopped(db: Db) {
  return db
    .selectFrom("switches")
    .selectAll()
    .where("name", "=", "sending_stopped")
    .executeTakeFirstOrThrow();
}
