import type { Tx } from "../db/connect.ts";
import type { Cancelled } from "../db/suppressions.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { wakeCampaign } from "../workflows/handles.ts";

/** Campaigns whose waiting rows were cancelled have to see whether they are through. */
export async function wakeCampaigns(tx: Tx, { campaigns }: Pick<Cancelled, "campaigns">): Promise<void> {
  await oweWake(
    tx,
    campaigns.map((one) => wakeCampaign(one)),
  );
}
