import { DomainError } from "../domain/errors.ts";
import { sql } from "kysely";
import type { Db } from "./connect.ts";

/**
 * Refuses to take a list or segment away from a campaign that has yet to read it.
 * @throws DomainError `state_conflict`.
 */
export async function refuseWhileInAudience(
  db: Db,
  workspaceId: string,
  kind: "list" | "segment",
  id: string,
): Promise<void> {
  const named = JSON.stringify(kind === "list" ? { list_ids: [id] } : { segment_id: id });
  const excluded = JSON.stringify({ exclude: JSON.parse(named) as unknown });
  const campaign = await db
    .selectFrom("campaigns")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("state", "in", ["scheduled", "running", "paused"])
    .where("planned_at", "is", null)
    .where(sql<boolean>`(audience @> ${named}::jsonb or audience @> ${excluded}::jsonb)`)
    .limit(1)
    .executeTakeFirst();
  if (campaign) throw inUse(`A campaign that is not planned yet uses this ${kind}.`, campaign.id);
}

/**
 * Refuses to change or take away the template of a campaign that has still to send it.
 * @throws DomainError `state_conflict`.
 */
export async function refuseWhileSent(db: Db, workspaceId: string, templateId: string): Promise<void> {
  const campaign = await db
    .selectFrom("campaigns")
    .select("id")
    .where("workspace_id", "=", workspaceId)
    .where("state", "in", ["scheduled", "running", "paused"])
    .where((is) =>
      is.or([is("template_id", "=", templateId), is("id", "in", sequencesWith(db, workspaceId, templateId))]),
    )
    .limit(1)
    .executeTakeFirst();
  if (campaign) throw inUse("A campaign that is not over uses this template.", campaign.id);
}

/** The drip campaigns of whose present steps one sends this template. */
function sequencesWith(db: Db, workspaceId: string, templateId: string) {
  const step = JSON.stringify([{ template_id: templateId }]);
  return db
    .selectFrom("sequences as s")
    .innerJoin("sequence_versions as v", (join) =>
      join.onRef("v.campaign_id", "=", "s.campaign_id").onRef("v.version", "=", "s.version"),
    )
    .select("s.campaign_id")
    .where("s.workspace_id", "=", workspaceId)
    .where(sql<boolean>`v.steps @> ${step}::jsonb`);
}

function inUse(message: string, campaignId: string): DomainError {
  return new DomainError("state_conflict", message, {
    fix: `Wait for campaign ${campaignId} or cancel it first.`,
    details: { campaign_id: campaignId },
  });
}
