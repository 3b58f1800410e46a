import { emailOfCampaign } from "../db/campaignEmail.ts";
import type { CampaignRow } from "../db/campaigns.ts";
import type { Tx } from "../db/connect.ts";
import { findStandings } from "../db/emailHealth.ts";
import { variablesOfCampaign } from "../db/planPage.ts";
import { findPool } from "../db/planning.ts";
import { findSequence } from "../db/sequences.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { checkDomain } from "../domain/email/authentication.ts";
import type { EmailContent } from "../domain/email/content.ts";
import { COMPLAINT_LIMITS, isSlowed } from "../domain/email/health.ts";
import { startWarnings } from "../domain/email/startWarnings.ts";
import { settingsOf } from "../domain/settings.ts";
import type { RecordsOf } from "../providers/domains.ts";

/** How long a start waits for name servers; what they say later is there for the next time. */
const DNS_WAIT_MS = 2_000;

/**
 * What speaks against sending what a campaign says by e-mail: how its senders stand, what their domains lack, and what
 * is wrong with the mails themselves; none where it says nothing by e-mail.
 */
export async function mailWarnings(tx: Tx, recordsOf: RecordsOf, campaign: CampaignRow): Promise<string[]> {
  const mails = await mailsOf(tx, campaign);
  const senders = await findStandings(tx, campaign.workspace_id, await poolOf(tx, campaign, mails));
  const slow = senders
    .filter(({ level }) => isSlowed(level))
    .map(
      ({ address }) =>
        `${address}: more than ${COMPLAINT_LIMITS.slow} % of its e-mail was complained about, so that a campaign that is started now waits.`,
    );
  const domains = [...new Set(senders.map(({ address }) => address.slice(address.lastIndexOf("@") + 1)))];
  return [...slow, ...(await domainWarnings(recordsOf, domains)), ...(await wordsOf(tx, campaign, mails))];
}

interface Mail {
  /** Of a sequence: the id of the step that says it. */
  step: number | null;
  email: EmailContent;
}

async function mailsOf(tx: Tx, campaign: CampaignRow): Promise<Mail[]> {
  if (campaign.type === "broadcast")
    return campaign.channel === "email"
      ? [{ step: null, email: (await emailOfCampaign(tx, campaign)).email }]
      : [];
  const steps = (await findSequence(tx, campaign.workspace_id, campaign.id))?.steps ?? [];
  const mails: Mail[] = [];
  for (const { id: step, channel = campaign.channel, template_id = null } of steps) {
    if (channel !== "email") continue;
    mails.push({ step, email: (await emailOfCampaign(tx, { ...campaign, template_id })).email });
  }
  return mails;
}

/** The senders that would take them. */
async function poolOf(tx: Tx, campaign: CampaignRow, mails: readonly Mail[]): Promise<string[]> {
  const sender_ids = campaign.channel === "email" ? campaign.sender_ids : [];
  const pools = new Set(mails.map(({ email }) => email.ip_pool_name));
  const found: string[] = [];
  for (const ip_pool_name of pools)
    found.push(...(await findPool(tx, { ...campaign, channel: "email", sender_ids, ip_pool_name })));
  return [...new Set(found)];
}

async function domainWarnings(recordsOf: RecordsOf, domains: readonly string[]): Promise<string[]> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, DNS_WAIT_MS, undefined);
  const found = await Promise.all(domains.map((domain) => Promise.race([recordsOf(domain), late.promise])));
  clearTimeout(timer);
  return found
    .filter((records) => records !== undefined)
    .flatMap((records) =>
      checkDomain(records)
        .filter(({ verdict }) => verdict === "fail" || verdict === "warn")
        .map(({ check, detail, fix }) =>
          `${records.domain}, ${check.toUpperCase()}: ${detail} ${fix ?? ""}`.trim(),
        ),
    );
}

/** What is wrong with the mails, each fault once. */
async function wordsOf(tx: Tx, campaign: CampaignRow, mails: readonly Mail[]): Promise<string[]> {
  if (mails.length === 0) return [];
  const { settings } = (await findWorkspace(tx, campaign.workspace_id)) ?? {};
  const on = {
    marketing: campaign.purpose === "marketing",
    physical_address: settingsOf(settings).email.physical_address,
    variables: variablesOfCampaign(campaign),
  };
  return mails.flatMap(({ step, email }) =>
    startWarnings(email, on).map((warning) => (step === null ? warning : `Step ${step}: ${warning}`)),
  );
}
