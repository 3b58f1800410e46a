import { sql } from "kysely";
import type { SequenceSettings, Step } from "../domain/dripSequence.ts";
import type { Db, Tx } from "./connect.ts";

/** What a drip campaign has beside its row, with the steps of its newest version. */
export interface SequenceRow {
  campaign_id: string;
  workspace_id: string;
  version: number;
  /** Behind version while an edit is being carried to those who are on their way. */
  adopted_version: number;
  last_step_id: number;
  settings: SequenceSettings;
  steps: Step[];
  enroll_due_at: Date | null;
  enroll_cursor: string | null;
  enrolled_at: Date | null;
  updated_at: Date;
}

interface NewVersion {
  steps: readonly Step[];
  lastStepId: number;
  settings: SequenceSettings;
  createdBy: string | null;
}

export async function insertSequence(
  tx: Tx,
  campaign: { id: string; workspace_id: string },
  first: NewVersion,
): Promise<void> {
  await tx
    .insertInto("sequences")
    .values({
      campaign_id: campaign.id,
      workspace_id: campaign.workspace_id,
      last_step_id: first.lastStepId,
      settings: JSON.stringify(first.settings),
    })
    .execute();
  await insertVersion(tx, campaign, 1, first);
}

async function insertVersion(
  tx: Tx,
  campaign: { id: string; workspace_id: string },
  version: number,
  { steps, createdBy }: NewVersion,
): Promise<void> {
  await tx
    .insertInto("sequence_versions")
    .values({
      campaign_id: campaign.id,
      workspace_id: campaign.workspace_id,
      version,
      steps: JSON.stringify(steps),
      created_by: createdBy,
    })
    .execute();
}

/** `lock: "share"` keeps its version from changing until the transaction ends, `"update"` is for who changes it. */
export async function findSequence(
  db: Db,
  workspaceId: string,
  campaignId: string,
  lock?: "share" | "update",
): Promise<SequenceRow | undefined> {
  const locking = lock === undefined ? sql`` : sql`for no key update of s`;
  const { rows } = await sql<SequenceRow>`
    select s.campaign_id, s.workspace_id, s.version, s.adopted_version, s.last_step_id, s.settings, v.steps,
      s.enroll_due_at, s.enroll_cursor, s.enrolled_at, s.updated_at
    from sequences s join sequence_versions v on v.campaign_id = s.campaign_id and v.version = s.version
    where s.campaign_id = ${campaignId} and s.workspace_id = ${workspaceId}
    ${lock === "share" ? sql`for share of s` : locking}`.execute(db);
  return rows[0];
}

/** The steps of versions that people may still stand in, by version. */
export async function findVersions(
  db: Db,
  campaignId: string,
  versions: readonly number[],
): Promise<Map<number, Step[]>> {
  if (versions.length === 0) return new Map();
  const rows = await db
    .selectFrom("sequence_versions")
    .select(["version", "steps"])
    .where("campaign_id", "=", campaignId)
    .where("version", "in", [...versions])
    .execute();
  return new Map(rows.map((row) => [row.version, row.steps as unknown as Step[]]));
}

/**
 * Writes a new version of a locked sequence, or its settings alone where the steps are as they were. A draft's steps
 * count as a version too: nobody stands in one yet.
 */
export async function updateSequence(
  tx: Tx,
  sequence: SequenceRow,
  next: NewVersion & { stepsChanged: boolean },
): Promise<void> {
  const version = sequence.version + (next.stepsChanged ? 1 : 0);
  if (next.stepsChanged)
    await insertVersion(tx, { id: sequence.campaign_id, workspace_id: sequence.workspace_id }, version, next);
  await tx
    .updateTable("sequences")
    .set({
      version,
      last_step_id: next.lastStepId,
      settings: JSON.stringify(next.settings),
      updated_at: sql`now()`,
      ...(next.settings.continuous && { enroll_due_at: sql`coalesce(enroll_due_at, now())` }),
    })
    .where("campaign_id", "=", sequence.campaign_id)
    .execute();
}

/** Everybody has this version now. */
export async function noteAdopted(db: Db, campaignId: string, version: number): Promise<void> {
  await db
    .updateTable("sequences")
    .set({ adopted_version: version })
    .where("campaign_id", "=", campaignId)
    .where("version", "=", version)
    .execute();
}

/**
 * Moves the walk through the audience on, if nobody else has; `to: null` ends it, until `againInSeconds` later where
 * that is given. False where another walked.
 */
export async function advanceEnrolling(
  tx: Tx,
  campaignId: string,
  walk: { from: string | null; to: string | null; againInSeconds: number | null },
): Promise<boolean> {
  const row = await tx
    .updateTable("sequences")
    .set(
      walk.to === null
        ? {
            enroll_cursor: null,
            enrolled_at: sql<Date>`coalesce(enrolled_at, now())`,
            enroll_due_at: sql<Date>`now() + ${walk.againInSeconds}::int * interval '1 second'`,
          }
        : { enroll_cursor: walk.to },
    )
    .where("campaign_id", "=", campaignId)
    .where("enroll_due_at", "is not", null)
    .where(sql<boolean>`enroll_cursor is not distinct from ${walk.from}::uuid`)
    .returning("campaign_id")
    .executeTakeFirst();
  return row !== undefined;
}
