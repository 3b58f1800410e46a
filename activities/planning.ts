import { Context, heartbeat } from "@temporalio/activity";
import { type Audience, audiencePage, type ResolvedAudience, resolveAudience } from "../db/audiences.ts";
import { advancePlan, type CampaignRow, findCampaign, moveCampaign } from "../db/campaigns.ts";
import { databaseNow, inTransaction } from "../db/connect.ts";
import { PRIORITIES } from "../db/outbox.ts";
import { type Plan, planOf, planPage } from "../db/planPage.ts";
import { findPool, insertPlanned, openLanes, type PlannedMessage } from "../db/planning.ts";
import { assignSenders } from "../db/rotation.ts";
import { findTemplate } from "../db/templates.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { canonicalAddress } from "../domain/address.ts";
import { isDomainError } from "../domain/errors.ts";
import { sendRulesOf } from "../domain/settings.ts";
import { type CampaignInput, wakeSender } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

const PAGE = 1_000;
const STRETCH_MS = 5 * 60_000;

export interface PlanReport {
  done: boolean;
  /** Rows written in this stretch. */
  planned: number;
}

/**
 * Gives everyone in the audience a row, page by page; each page is one transaction that also moves the cursor, so that
 * a stretch can end anywhere and be done again. Ends early where the campaign does not run any more.
 */
export async function planAudience(deps: ActivityDeps, input: CampaignInput): Promise<PlanReport> {
  const started = performance.now();
  const campaign = await findCampaign(deps.db, input.workspaceId, input.campaignId);
  if (campaign === undefined || campaign.planned_at !== null) return { done: true, planned: 0 };
  const ready = await prepare(deps, campaign);
  if (ready === undefined) return { done: true, planned: 0 };
  let cursor = campaign.plan_cursor;
  let planned = 0;
  while (performance.now() - started < STRETCH_MS && !Context.current().cancellationSignal.aborted) {
    const page = await planNext(deps, ready, cursor);
    if (page === "stopped") return { done: false, planned };
    planned += page.written;
    if (page.cursor === null) return { done: true, planned };
    cursor = page.cursor;
    heartbeat({ planned });
  }
  return { done: false, planned };
}

interface Ready {
  plan: Plan;
  audience: ResolvedAudience;
  pool: string[];
}

/** What cannot be planned at all fails the campaign, with a reason for the operator. */
async function prepare(deps: ActivityDeps, campaign: CampaignRow): Promise<Ready | undefined> {
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
  const pool = await findPool(deps.db, campaign);
  if (pool.length === 0) return fail("No active sender can send this campaign.");
  try {
    const audience = await resolveAudience(deps.db, campaign.workspace_id, campaign.audience as Audience);
    const on = {
      rules: sendRulesOf(workspace),
      addressKey: deps.addressKey,
      sandboxed: deps.providers.sandboxed,
    };
    return { plan: planOf(campaign, template, on), audience, pool };
  } catch (error) {
    if (isDomainError(error)) return fail(error.message);
    throw error;
  }
}

/**
 * Plans the page behind the cursor. `cursor: null`: that was the last. People are judged and given their senders first,
 * in short transactions of their own: who has a sender keeps it, so that doing it again does no harm.
 */
async function planNext(
  deps: ActivityDeps,
  { plan, audience, pool }: Ready,
  cursor: string | null,
): Promise<{ written: number; cursor: string | null } | "stopped"> {
  const { campaign } = plan;
  const contactIds = await audiencePage(deps.db, audience, { after: cursor, limit: PAGE });
  const next = contactIds.length < PAGE ? null : (contactIds.at(-1) as string);
  const rows =
    contactIds.length === 0 ? [] : await planPage(deps.db, plan, contactIds, await databaseNow(deps.db));
  const used = await giveSenders(deps, campaign, pool, rows);
  const page = await inTransaction(deps.db, async (tx) => {
    const moved = await advancePlan(tx, campaign.id, cursor, next);
    if (!moved) return "stopped" as const;
    const shared = { ...campaign, content_sid: plan.template?.content_sid ?? null };
    const written = rows.length === 0 ? 0 : await insertPlanned(tx, shared, rows, PRIORITIES.bulk);
    const fresh = await openLanes(tx, campaign.workspace_id, campaign.id, used);
    const wakes = fresh.map((id) =>
      wakeSender({ id, workspace_id: campaign.workspace_id, channel: campaign.channel }),
    );
    await oweWake(tx, wakes);
    return { written, cursor: next };
  });
  deps.kick();
  return page;
}

/** Those who wait get their sender, always the same for one address; gives the senders that were used. */
async function giveSenders(
  deps: ActivityDeps,
  campaign: CampaignRow,
  pool: readonly string[],
  rows: readonly PlannedMessage[],
): Promise<string[]> {
  const channel = campaign.channel as "whatsapp" | "sms";
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
