import { Context, heartbeat } from "@temporalio/activity";
import { type Audience, audiencePage, type ResolvedAudience, resolveAudience } from "../db/audiences.ts";
import { advancePlan, type CampaignRow, findCampaign, moveCampaign } from "../db/campaigns.ts";
import { databaseNow, inTransaction } from "../db/connect.ts";
import { PRIORITIES } from "../db/outbox.ts";
import { mailPlanOfCampaign, nameContents } from "../db/mailPlan.ts";
import { approvedVariants } from "../db/campaignVariants.ts";
import { type Plan, planOf, planPage } from "../db/planPage.ts";
import { findPool, insertPlanned, openLanes, type PlannedMessage } from "../db/planning.ts";
import { assignSenders } from "../db/rotation.ts";
import { findTemplate } from "../db/templates.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { canonicalAddress, type MessageChannel } from "../domain/address.ts";
import { isDomainError } from "../domain/errors.ts";
import { sendRulesOf, settingsOf } from "../domain/settings.ts";
import { type CampaignInput, wakeSender } from "../workflows/handles.ts";
import { ahead } from "./ahead.ts";
import type { ActivityDeps, ProviderDirectory } from "./deps.ts";

const PAGE = 1_000;
const STRETCH_MS = 5 * 60_000;

type PlanningDeps = Pick<ActivityDeps, "db" | "kick" | "addressKey"> & {
  providers: Pick<ProviderDirectory, "sandboxed">;
};

export interface PlanReport {
  done: boolean;
  /** Rows written in this stretch. */
  planned: number;
}

/**
 * Gives everyone in the audience a row, page by page; each page is one transaction that also moves the cursor, so that
 * a stretch can end anywhere and be done again. Ends early where the campaign does not run any more.
 */
export async function planAudience(deps: PlanningDeps, input: CampaignInput): Promise<PlanReport> {
  const started = performance.now();
  const campaign = await findCampaign(deps.db, input.workspaceId, input.campaignId);
  if (campaign === undefined || campaign.planned_at !== null) return { done: true, planned: 0 };
  const ready = await prepare(deps, campaign);
  if (ready === undefined) return { done: true, planned: 0 };
  let planned = 0;
  const judged = ahead(judgedPages(deps, ready, campaign.plan_cursor));
  for await (const page of ahead(givenSenders(deps, ready, judged))) {
    const written = await writePage(deps, ready, page);
    if (written === "stopped") return { done: false, planned };
    planned += written;
    if (page.next === null) return { done: true, planned };
    heartbeat({ planned });
    if (performance.now() - started >= STRETCH_MS || Context.current().cancellationSignal.aborted) break;
  }
  return { done: false, planned };
}

interface Ready {
  plan: Plan;
  audience: ResolvedAudience;
  pool: string[];
}

/** What cannot be planned at all fails the campaign, with a reason for the operator. */
async function prepare(deps: PlanningDeps, campaign: CampaignRow): Promise<Ready | undefined> {
  const fail = async (reason: string) => {
    await moveCampaign(deps.db, campaign.workspace_id, campaign.id, "failed", { reason });
    return undefined;
  };
  const workspace = await findWorkspace(deps.db, campaign.workspace_id);
  if (workspace === undefined) return fail("The workspace does not exist.");
  const template =
    campaign.template_id === null
      ? null
      : await findTemplate(deps.db, campaign.workspace_id, campaign.template_id);
  if (template === undefined) return fail("The template does not exist any more.");
  try {
    const { email } = settingsOf(workspace.settings);
    const mail = campaign.channel === "email" ? await mailPlanOfCampaign(deps.db, campaign, email) : null;
    const pool = await findPool(deps.db, { ...campaign, ip_pool_name: mail?.email.ip_pool_name });
    if (pool.length === 0) return fail("No active sender can send this campaign.");
    const audience = await resolveAudience(deps.db, campaign.workspace_id, campaign.audience as Audience);
    const on = {
      rules: sendRulesOf(workspace),
      addressKey: deps.addressKey,
      sandboxed: deps.providers.sandboxed,
      variants: await approvedVariants(deps.db, {
        workspaceId: campaign.workspace_id,
        campaignId: campaign.id,
      }),
    };
    return { plan: planOf(campaign, template, on, mail), audience, pool };
  } catch (error) {
    if (isDomainError(error)) return fail(error.message);
    throw error;
  }
}

/** People behind the cursor `from`, each judged; `next` is the cursor behind them, null where they are the last. */
interface JudgedPage {
  from: string | null;
  next: string | null;
  rows: PlannedMessage[];
}

/** A page whose people have their senders. */
interface ReadyPage extends JudgedPage {
  senders: string[];
}

/** Judges page after page, before those in front of them are written: nobody is on two pages. */
async function* judgedPages(
  deps: PlanningDeps,
  { plan, audience }: Ready,
  cursor: string | null,
): AsyncGenerator<JudgedPage> {
  for (let from = cursor; ; ) {
    const contactIds = await audiencePage(deps.db, audience, { after: from, limit: PAGE });
    const next = contactIds.length < PAGE ? null : (contactIds.at(-1) as string);
    const rows =
      contactIds.length === 0 ? [] : await planPage(deps.db, plan, contactIds, await databaseNow(deps.db));
    yield { from, next, rows };
    if (next === null) return;
    from = next;
  }
}

/**
 * Gives senders page by page, each in a short transaction of its own, while the page before is being written: who has
 * one keeps it, so that doing it again does no harm.
 */
async function* givenSenders(
  deps: PlanningDeps,
  { plan, pool }: Ready,
  pages: AsyncGenerator<JudgedPage>,
): AsyncGenerator<ReadyPage> {
  for await (const page of pages) {
    if (plan.mail !== null) await nameContents(deps.db, plan.mail, page.rows);
    yield { ...page, senders: await giveSenders(deps, plan.campaign, pool, page.rows) };
  }
}

/** Gives a page its rows and moves the cursor. */
async function writePage(
  deps: PlanningDeps,
  { plan }: Ready,
  { from, next, rows, senders }: ReadyPage,
): Promise<number | "stopped"> {
  const { campaign } = plan;
  const written = await inTransaction(deps.db, async (tx) => {
    const moved = await advancePlan(tx, campaign.id, from, next);
    if (!moved) return "stopped" as const;
    const shared = { ...campaign, content_sid: plan.template?.content_sid ?? null };
    const rowCount = rows.length === 0 ? 0 : await insertPlanned(tx, shared, rows, PRIORITIES.bulk);
    const fresh = await openLanes(tx, campaign.workspace_id, campaign.id, senders);
    const wakes = fresh.map((id) =>
      wakeSender({ id, workspace_id: campaign.workspace_id, channel: campaign.channel }),
    );
    await oweWake(tx, wakes);
    return rowCount;
  });
  deps.kick();
  return written;
}

/** Those who wait get their sender, always the same for one address; gives the senders that were used. */
async function giveSenders(
  deps: PlanningDeps,
  campaign: CampaignRow,
  pool: readonly string[],
  rows: readonly PlannedMessage[],
): Promise<string[]> {
  const channel = campaign.channel as MessageChannel;
  const waiting = rows.filter((row) => row.state === "queued" && row.address !== null);
  const addresses = waiting.map((row) => canonicalAddress(channel, row.address as string));
  const senders = await inTransaction(deps.db, (tx) =>
    assignSenders(tx, campaign.workspace_id, channel, pool, addresses),
  );
  for (const [index, row] of waiting.entries()) {
    row.senderId = senders.get(addresses[index] as string) ?? null;
    if (row.senderId === null) throw new Error("No sender of this campaign can take new people at present");
  }
  return [...new Set(senders.values())];
}
