import type { CampaignRow } from "../db/campaigns.ts";
import type { Tx } from "../db/connect.ts";
import { findStandings } from "../db/emailHealth.ts";
import { findPool } from "../db/planning.ts";
import { checkDomain } from "../domain/email/authentication.ts";
import { COMPLAINT_LIMITS } from "../domain/email/health.ts";
import type { RecordsOf } from "../providers/domains.ts";

/** What speaks against sending a campaign by the senders of e-mail that it has; none for other channels. */
export async function mailWarnings(tx: Tx, recordsOf: RecordsOf, campaign: CampaignRow): Promise<string[]> {
  if (campaign.channel !== "email") return [];
  const senders = await findStandings(tx, campaign.workspace_id, await findPool(tx, campaign));
  const slow = senders
    .filter(({ level }) => level === "slow" || level === "stop")
    .map(
      ({ address }) =>
        `${address}: more than ${COMPLAINT_LIMITS.slow} % of its e-mail was complained about, so that a campaign that is started now waits.`,
    );
  const domains = [...new Set(senders.map(({ address }) => address.slice(address.lastIndexOf("@") + 1)))];
  const records = await Promise.all(domains.map((domain) => recordsOf(domain)));
  const faults = records.flatMap((found) =>
    checkDomain(found)
      .filter(({ verdict }) => verdict === "fail" || verdict === "warn")
      .map(({ check, detail, fix }) =>
        `${found.domain}, ${check.toUpperCase()}: ${detail} ${fix ?? ""}`.trim(),
      ),
  );
  return [...slow, ...faults];
}
