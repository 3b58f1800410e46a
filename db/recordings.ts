import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";

const shown = [
  "id",
  "workspace_id",
  "call_id",
  "recording_sid",
  "state",
  "duration_seconds",
  "channels",
  "url",
  "recorded_at",
  "deletion_requested_at",
  "deleted_at",
] as const;

export type Recording = Awaited<ReturnType<typeof listRecordings>>[number];

/** Of one call, in the order in which they were made. */
export function listRecordings(db: Db, callId: string) {
  return db.selectFrom("recordings").select(shown).where("call_id", "=", callId).orderBy("id").execute();
}

/** Recordings as a webhook or the provider's list tells them; what is final stays as it is. */
export async function saveRecordings(
  tx: Db,
  workspaceId: string,
  callId: string,
  recordings: readonly {
    sid: string;
    state: string;
    seconds: number | null;
    channels: number;
    url: string | null;
  }[],
): Promise<void> {
  if (recordings.length === 0) return;
  await tx
    .insertInto("recordings")
    .values(
      recordings.map(({ sid, state, seconds, channels, url }) => ({
        workspace_id: workspaceId,
        call_id: callId,
        recording_sid: sid,
        state,
        duration_seconds: seconds,
        channels,
        url,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(["workspace_id", "recording_sid"])
        .doUpdateSet({
          state: sql`excluded.state`,
          duration_seconds: sql`excluded.duration_seconds`,
          channels: sql`excluded.channels`,
          url: sql`excluded.url`,
        })
        .where("recordings.state", "=", "in_progress"),
    )
    .execute();
}

/** Asks for the deletion of a call's recordings; how many there still were. */
export async function requestDeletion(tx: Tx, workspaceId: string, callId: string): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable("recordings")
    .set({ deletion_requested_at: sql`coalesce(deletion_requested_at, now())` })
    .where("workspace_id", "=", workspaceId)
    .where("call_id", "=", callId)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Asks for the deletion of what has been kept for as long as its workspace wants; how many that are. */
export async function requestDeletionOfOld(
  db: Db,
  workspace: { id: string; keepDays: number },
  limit: number,
): Promise<number> {
  const { rows } = await sql`
    update recordings set deletion_requested_at = now()
    where id in (select id from recordings
      where workspace_id = ${workspace.id} and deleted_at is null and deletion_requested_at is null
        and recorded_at < now() - ${workspace.keepDays} * interval '1 day'
      order by recorded_at limit ${limit})
    returning id`.execute(db);
  return rows.length;
}

/** Recordings that somebody wants deleted, with whose account they are on; longest wanted first. */
export async function findUnwanted(db: Db, limit: number) {
  return db
    .selectFrom("recordings as r")
    .innerJoin("calls as c", "c.id", "r.call_id")
    .leftJoin("transcripts as t", "t.recording_id", "r.id")
    .select([
      "r.id",
      "r.workspace_id",
      "r.recording_sid",
      "c.provider_account_id",
      "t.provider_sid as transcript_sid",
      "t.given_up_sids",
    ])
    .where("r.deletion_requested_at", "is not", null)
    .where("r.deleted_at", "is", null)
    .orderBy("r.deletion_requested_at")
    .limit(limit)
    .execute();
}

/** It is gone at the provider. */
export async function markDeleted(db: Db, id: string): Promise<void> {
  await db
    .updateTable("recordings")
    .set({ deleted_at: sql`now()`, url: null })
    .where("id", "=", id)
    .execute();
}

/** Workspaces that have recordings which are not wanted away yet, with their settings. */
export function workspacesWithRecordings(db: Db) {
  return db
    .selectFrom("workspaces as w")
    .select(["w.id", "w.settings"])
    .where((is) =>
      is.exists(
        is
          .selectFrom("recordings as r")
          .select("r.id")
          .whereRef("r.workspace_id", "=", "w.id")
          .where("r.deleted_at", "is", null)
          .where("r.deletion_requested_at", "is", null),
      ),
    )
    .execute();
}
