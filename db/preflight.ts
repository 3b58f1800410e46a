import { type Audience, audiencePage, countAudience, resolveAudience } from "./audiences.ts";
import type { CampaignRow } from "./campaigns.ts";
import { approvedVariants } from "./campaignVariants.ts";
import type { Db } from "./connect.ts";
import { type CampaignForecast, type ForecastPerson, forecastCampaign } from "./forecast.ts";
import { type MailPlan, mailPlanOfCampaign } from "./mailPlan.ts";
import { planOf, planPage } from "./planPage.ts";
import { findPool } from "./planning.ts";
import { findTemplate } from "./templates.ts";
import { findWorkspace } from "./workspaces.ts";
import { DomainError } from "../domain/errors.ts";
import { riskOfText, type TextRisk } from "../domain/language/banRisk.ts";
import { sendRulesOf, settingsOf } from "../domain/settings.ts";

/** What planning a campaign at its start would give, by the same judgement and without a trace. */
export interface PreflightReport extends CampaignForecast {
  audience: number;
  judged: number;
  would_send: number;
  held: Record<string, number>;
  skipped: Record<string, number>;
  parts: number;
  cost_minor: number | null;
  senders: number;
  /** Of the text as it stands; null where there is none. */
  text_risk: TextRisk | null;
  warnings: string[];
}

const PAGE = 1_000;
/** What one request can judge; of a larger audience the first so many are judged, and the answer says so. */
const MOST = 100_000;

/**
 * Judges the audience as planning would, and writes nothing.
 * @throws DomainError `state_conflict` where the template is gone.
 */
export async function preflight(
  db: Db,
  campaign: CampaignRow,
  on: { addressKey: Buffer; sandboxed: boolean; now: Date },
): Promise<PreflightReport> {
  const workspace = await findWorkspace(db, campaign.workspace_id);
  const template =
    campaign.template_id === null
      ? null
      : await findTemplate(db, campaign.workspace_id, campaign.template_id);
  if (workspace === undefined || template === undefined)
    throw new DomainError("state_conflict", "The campaign's template is not there any more.", {
      field: "template_id",
    });
  const startsAt = startOf(campaign, on.now);
  const expires_at =
    campaign.expires_at ??
    new Date(startsAt.getTime() + settingsOf(workspace.settings).expires_after_days * DAY_MS);
  const { mail, fault } = await mailOf(db, campaign, settingsOf(workspace.settings).email);
  const rules = sendRulesOf(workspace);
  const of = { workspaceId: campaign.workspace_id, campaignId: campaign.id };
  const variants = await approvedVariants(db, of);
  const plan = planOf({ ...campaign, expires_at }, template, { ...on, rules, variants }, mail);
  const poolIds = await findPool(db, { ...campaign, ip_pool_name: mail?.email.ip_pool_name });
  const waiting: ForecastPerson[] = [];
  const audience = await resolveAudience(db, campaign.workspace_id, campaign.audience as Audience);
  const report: PreflightReport = {
    audience: await countAudience(db, audience),
    judged: 0,
    would_send: 0,
    held: {},
    skipped: {},
    parts: 0,
    cost_minor: null,
    senders: poolIds.length,
    first_send_at: null,
    last_send_at: null,
    unreached: 0,
    by_sender: [],
    text_risk: textRisk(mail === null ? (template?.body ?? campaign.message_template) : null),
    warnings: [],
  };
  for (let after: string | null = null; report.judged < MOST; ) {
    const ids = await audiencePage(db, audience, { after, limit: PAGE });
    if (ids.length === 0) break;
    for (const row of await planPage(db, plan, ids, startsAt)) {
      if (row.state === "skipped") add(report.skipped, row.reason);
      else {
        report.would_send += 1;
        report.parts += row.parts;
        const { contactId, address, parts, places } = row;
        if (address !== null)
          waiting.push({ contactId, address, dueAt: row.dueAt ?? startsAt, parts, places });
        if (row.reason !== null) add(report.held, row.reason);
      }
    }
    report.judged += ids.length;
    after = ids.at(-1) as string;
    if (ids.length < PAGE) break;
  }
  if (campaign.message_cost_minor !== null) report.cost_minor = report.parts * campaign.message_cost_minor;
  Object.assign(report, await forecastCampaign(db, plan, waiting, { poolIds, startsAt }));
  report.warnings = [...(fault === null ? [] : [fault]), ...warningsOf(report, template)];
  return report;
}

/** The e-mail of a campaign of e-mail; what would keep it from being started is said, and the rest is judged. */
async function mailOf(
  db: Db,
  campaign: CampaignRow,
  { physical_address }: { physical_address: string | null },
): Promise<{ mail: MailPlan | null; fault: string | null }> {
  if (campaign.channel !== "email") return { mail: null, fault: null };
  const missing = physical_address === null && campaign.purpose === "marketing";
  const mail = await mailPlanOfCampaign(db, campaign, { physical_address: physical_address ?? "-" });
  return {
    mail,
    fault: missing
      ? "Marketing by e-mail must name the sender's physical address: set settings.email."
      : null,
  };
}

const DAY_MS = 86_400_000;

const textRisk = (text: string | null) => (text === null ? null : riskOfText(text));

function startOf({ state, scheduled_at }: CampaignRow, now: Date): Date {
  const waits = state === "draft" || state === "scheduled";
  return waits && scheduled_at !== null && scheduled_at > now ? scheduled_at : now;
}

function add(counts: Record<string, number>, reason: string | null): void {
  const name = reason ?? "unknown";
  counts[name] = (counts[name] ?? 0) + 1;
}

function warningsOf(report: PreflightReport, template: { approval_status: string } | null): string[] {
  const warnings: string[] = [];
  if (report.senders === 0) warnings.push("No active sender can take this campaign's people.");
  if (template !== null && template.approval_status !== "approved")
    warnings.push(`The template is ${template.approval_status}, not approved.`);
  const risk = report.text_risk;
  if (risk !== null && (risk.risk_level === "high" || risk.risk_level === "critical"))
    warnings.push(
      `The text's ban risk is ${risk.risk_level} (${risk.risk_score} of 100): text_risk says what would lower it.`,
    );
  if (report.judged < report.audience)
    warnings.push(`Only the first ${report.judged} of ${report.audience} people were judged.`);
  if (report.unreached > 0)
    warnings.push(
      `${report.unreached} people would not be reached in time: the senders are too few or too slow.`,
    );
  if (report.audience > 0 && report.would_send === 0) warnings.push("Nobody would get this message.");
  return warnings;
}
