import { emailOfCampaign } from "../db/campaignEmail.ts";
import type { CampaignRow } from "../db/campaigns.ts";
import type { Tx } from "../db/connect.ts";
import { findMailDomains, findStandings } from "../db/emailHealth.ts";
import { variablesOfCampaign } from "../db/planPage.ts";
import { findPool } from "../db/planning.ts";
import { findSequence } from "../db/sequences.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { emailDomain } from "../domain/address.ts";
import { checkDomain, type DomainRecords } from "../domain/email/authentication.ts";
import type { EmailContent } from "../domain/email/content.ts";
import { COMPLAINT_LIMITS, isSlowed } from "../domain/email/health.ts";
import { startWarnings } from "../domain/email/startWarnings.ts";
import { settingsOf } from "../domain/settings.ts";
import type { RecordsOf } from "../providers/domains.ts";
import { existingCampaign } from "./campaignMoves.ts";
import type { ConsultCall } from "./routeSpec.ts";

/** How long a start waits for name servers; what they say later is there for the next time. */
const DNS_WAIT_MS = 2_000;

/** What name servers say of from-domains, by domain; one that they were slow to tell of is missing. */
export type Domains = ReadonlyMap<string, DomainRecords>;
export const NO_DOMAINS: Domains = new Map();

type Asked = Pick<ConsultCall<unknown, unknown, unknown>, "auth" | "inWorkspace">;

/** Asks about the from-domains of the workspace, outside of any transaction, where such a campaign may send e-mail. */
export async function lookUpDomains(
  { auth, inWorkspace }: Asked,
  recordsOf: RecordsOf,
  campaign: Pick<CampaignRow, "type" | "channel">,
): Promise<Domains> {
  if (campaign.type === "broadcast" && campaign.channel !== "email") return NO_DOMAINS;
  const domains = await inWorkspace((tx) => findMailDomains(tx, auth.workspaceId));
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, DNS_WAIT_MS, undefined);
  const found = await Promise.all(domains.map((domain) => Promise.race([recordsOf(domain), late.promise])));
  clearTimeout(timer);
  return new Map(found.flatMap((records) => (records === undefined ? [] : [[records.domain, records]])));
}

/** The same for a campaign that is there already. */
export async function lookUpDomainsOf(
  call: Asked & { params: { id: string } },
  recordsOf: RecordsOf,
): Promise<Domains> {
  const campaign = await call.inWorkspace((tx) =>
    existingCampaign(tx, call.auth.workspaceId, call.params.id),
  );
  return lookUpDomains(call, recordsOf, campaign);
}

/**
 * What speaks against sending what a campaign says by e-mail: how its senders stand, what their domains lack, and what
 * is wrong with the mails themselves; none where it says nothing by e-mail.
 */
export async function mailWarnings(tx: Tx, domains: Domains, campaign: CampaignRow): Promise<string[]> {
  const mails = await mailsOf(tx, campaign);
  const senders = await findStandings(tx, campaign.workspace_id, await poolOf(tx, campaign, mails));
  const slow = senders
    .filter(({ level }) => isSlowed(level))
    .map(
      ({ address }) =>
        `${address}: more than ${COMPLAINT_LIMITS.slow} % of its e-mail was complained about, so that a campaign that is started now waits.`,
    );
  const theirs = new Set(senders.map(({ address }) => emailDomain(address)));
  const lacking = [...theirs].flatMap((domain) => domainWarnings(domains.get(domain)));
  return [...slow, ...lacking, ...(await wordsOf(tx, campaign, mails))];
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

function domainWarnings(records: DomainRecords | undefined): string[] {
  if (records === undefined) return [];
  return checkDomain(records)
    .filter(({ verdict }) => verdict === "fail" || verdict === "warn")
    .map(({ check, detail, fix }) =>
      `${records.domain}, ${check.toUpperCase()}: ${detail} ${fix ?? ""}`.trim(),
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
