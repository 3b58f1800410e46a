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
    .where("template_id", "=", templateId)
    .limit(1)
    .executeTakeFirst();
  if (campaign) throw inUse("A campaign that is not over uses this template.", campaign.id);
}

function inUse(message: string, campaignId: string): DomainError {
  return new DomainError("state_conflict", message, {
    fix: `Wait for campaign ${campaignId} or cancel it first.`,
    details: { campaign_id: campaignId },
  });
}
