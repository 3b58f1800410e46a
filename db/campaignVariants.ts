import { type Insertable, sql } from "kysely";
import type { Db, Tx } from "./connect.ts";
import type { CampaignVariants } from "./schema.ts";

type Of = { workspaceId: string; campaignId: string };

export function listVariants(db: Db, { workspaceId, campaignId }: Of) {
  return db
    .selectFrom("campaign_variants")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("campaign_id", "=", campaignId)
    .orderBy("n")
    .execute();
}

export type VariantRow = Awaited<ReturnType<typeof listVariants>>[number];

/** What planning spreads over a campaign's people. */
export async function approvedVariants(db: Db, of: Of): Promise<VariantRow[]> {
  return (await listVariants(db, of)).filter(({ state }) => state === "approved");
}

/** Puts new proposals in the place of those that nobody has decided about. */
export async function replaceProposals(
  tx: Tx,
  { workspaceId, campaignId }: Of,
  variants: readonly Omit<Insertable<CampaignVariants>, "n" | "workspace_id" | "campaign_id">[],
): Promise<void> {
  await tx
    .deleteFrom("campaign_variants")
    .where("workspace_id", "=", workspaceId)
    .where("campaign_id", "=", campaignId)
    .where("state", "=", "proposed")
    .execute();
  if (variants.length === 0) return;
  const { n } = await tx
    .selectFrom("campaign_variants")
    .select(sql<number>`coalesce(max(n), 0)::int`.as("n"))
    .where("campaign_id", "=", campaignId)
    .executeTakeFirstOrThrow();
  await tx
    .insertInto("campaign_variants")
    .values(
      variants.map((one, i) => ({
        ...one,
        workspace_id: workspaceId,
        campaign_id: campaignId,
        n: n + 1 + i,
      })),
    )
    .execute();
}

/** Undefined where there is none of this campaign. */
export function decideVariant(
  tx: Tx,
  { workspaceId, campaignId }: Of,
  id: string,
  by: { state: "approved" | "rejected"; keyId: string },
) {
  return tx
    .updateTable("campaign_variants")
    .set({ state: by.state, decided_by: by.keyId, decided_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("campaign_id", "=", campaignId)
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

/** They are wordings of a text that the campaign has no more. */
export async function dropVariants(tx: Tx, { workspaceId, campaignId }: Of): Promise<void> {
  await tx
    .deleteFrom("campaign_variants")
    .where("workspace_id", "=", workspaceId)
    .where("campaign_id", "=", campaignId)
    .execute();
}
