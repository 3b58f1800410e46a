import { Context, heartbeat } from "@temporalio/activity";
import { type Audience, audiencePage, resolveAudience } from "../db/audiences.ts";
import { type CampaignRow, findCampaign, moveCampaign } from "../db/campaigns.ts";
import { databaseNow, inTransaction } from "../db/connect.ts";
import {
  completeSequence,
  countEnrollments,
  type DripCounts,
  holdSequence,
  nextDripWorkMs,
  spreadLate,
} from "../db/drips.ts";
import { cancelOpen, enroll } from "../db/enrollments.ts";
import { type MailPlan, mailPlanOfCampaign } from "../db/mailPlan.ts";
import { planOf } from "../db/planPage.ts";
import { findPool } from "../db/planning.ts";
import { advanceEnrolling, findSequence, type SequenceRow } from "../db/sequences.ts";
import { findTemplate } from "../db/templates.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { endsWithItsPeople, type Step } from "../domain/dripSequence.ts";
import { isDomainError } from "../domain/errors.ts";
import type { CampaignState } from "../domain/receipts.ts";
import { sendRulesOf, settingsOf } from "../domain/settings.ts";
import type { CampaignInput } from "../workflows/handles.ts";
import { adoptVersion } from "./dripAdoption.ts";
import { takeDueSteps } from "./dripBatch.ts";
import type { DripDeps, ReadyDrip, ReadyStep } from "./dripMoves.ts";

const ENROLL_PAGE = 1_000;
const CANCEL_BATCH = 5_000;
/** Longer than that it lets others have its slot, and its workflow show how it stands. */
const STRETCH_MS = 60_000;
const BLOCKED_MS = 60_000;

/** What the sequence's workflow goes by: how it stands after everything that was due has been done. */
export interface DripLook {
  state: CampaignState;
  reason: string | null;
  /** ISO 8601; only where it waits for its time. */
  startsAt: string | null;
  version: number;
  /** Until there is something to do again; null: not before somebody says so. */
  waitMs: number | null;
  /** Why nothing can be sent although it runs. */
  blocked: string | null;
  /** What this look has done. */
  enrolled: number;
  taken: number;
  spread: number;
  /** Null where nobody asked. */
  counts: DripCounts | null;
}

type Done = Pick<DripLook, "enrolled" | "taken" | "spread">;

export function dripActivities(deps: DripDeps) {
  return {
    /**
     * Does what is due in a sequence: starts it at its time, carries edits to its people, enrolls whoever is to be,
     * takes the steps that are due, and ends it with its last person. Every part is written in batches that can be done
     * again, so that it may die anywhere.
     */
    async driveDrip(input: CampaignInput, on: { count: boolean }): Promise<DripLook> {
      const began = performance.now();
      const done: Done = { enrolled: 0, taken: 0, spread: 0 };
      // A template stays as it is while a sequence uses it.
      const mails = new Map<string, MailPlan>();
      for (;;) {
        const { campaign, sequence } = await find(deps, input);
        const wait = await startDue(deps, campaign);
        if (campaign.state === "scheduled" && wait === 0) continue;
        if (campaign.state !== "running") return lookOf(deps, campaign, sequence, done, { ...on, wait });
        const drip = await prepare(deps, campaign, sequence, mails);
        if (typeof drip === "string")
          return lookOf(deps, campaign, sequence, done, { ...on, wait: BLOCKED_MS, blocked: drip });
        const busy = await goOn(deps, drip, done);
        heartbeat(done);
        const over = performance.now() - began > STRETCH_MS || Context.current().cancellationSignal.aborted;
        if (busy && !over) continue;
        if (!busy && (await completes(deps, drip))) continue;
        const next = busy ? 0 : await nextDripWorkMs(deps.db, campaign.id);
        return lookOf(deps, campaign, sequence, done, { ...on, wait: next });
      }
    },

    /** Everybody who is still on their way in a sequence that was cancelled has come to its end. */
    async cancelEnrollments(input: CampaignInput): Promise<number> {
      for (let cancelled = 0; ; ) {
        const batch = await cancelOpen(deps.db, input.campaignId, "campaign_cancelled", CANCEL_BATCH);
        cancelled += batch;
        heartbeat({ cancelled });
        Context.current().cancellationSignal.throwIfAborted();
        if (batch === 0) return cancelled;
      }
    },
  };
}

async function find(deps: DripDeps, input: CampaignInput) {
  const campaign = await findCampaign(deps.db, input.workspaceId, input.campaignId);
  const sequence = await findSequence(deps.db, input.workspaceId, input.campaignId);
  if (campaign === undefined || sequence === undefined)
    throw new Error("The sequence of this workflow does not exist");
  return { campaign, sequence };
}

/** Starts a scheduled one whose time has come; gives the milliseconds until then, null where it waits for no time. */
async function startDue(deps: DripDeps, campaign: CampaignRow): Promise<number | null> {
  if (campaign.state !== "scheduled") return null;
  const clock = await databaseNow(deps.db);
  const wait = Math.max(0, (campaign.scheduled_at?.getTime() ?? 0) - clock.getTime());
  if (wait === 0)
    await moveCampaign(deps.db, campaign.workspace_id, campaign.id, "running", { from: ["scheduled"] });
  return wait;
}

/** All that the steps need, or why they cannot be sent at present. */
async function prepare(
  deps: DripDeps,
  campaign: CampaignRow,
  sequence: SequenceRow,
  mails: Map<string, MailPlan>,
): Promise<ReadyDrip | string> {
  const workspace = await findWorkspace(deps.db, campaign.workspace_id);
  if (workspace === undefined) return "The workspace does not exist.";
  const on = { rules: sendRulesOf(workspace), email: settingsOf(workspace.settings).email, mails };
  const steps = new Map<number, ReadyStep>();
  for (const [index, step] of sequence.steps.entries()) {
    const ready = await readyStep(deps, campaign, step, on);
    if (typeof ready === "string") return ready;
    steps.set(step.id, { step, ...ready, next: sequence.steps[index + 1] ?? null });
  }
  try {
    const audience = await resolveAudience(deps.db, campaign.workspace_id, campaign.audience as Audience);
    return {
      campaign,
      sequence,
      steps,
      audience,
      hasSegment: audience.include.filter !== undefined,
      timeZone: workspace.time_zone,
      expiresAfterDays: settingsOf(workspace.settings).expires_after_days,
    };
  } catch (error) {
    if (isDomainError(error)) return error.message;
    throw error;
  }
}

/** A step is planned as a campaign of its text would be. */
async function readyStep(
  deps: DripDeps,
  campaign: CampaignRow,
  step: Step,
  on: {
    rules: ReturnType<typeof sendRulesOf>;
    email: { physical_address: string | null };
    mails: Map<string, MailPlan>;
  },
): Promise<Pick<ReadyStep, "plan" | "pool"> | string> {
  const channel = step.channel ?? campaign.channel;
  const template =
    step.template_id === undefined
      ? null
      : await findTemplate(deps.db, campaign.workspace_id, step.template_id);
  if (template === undefined) return `The template of step ${step.id} does not exist any more.`;
  const own = await findPool(deps.db, { ...campaign, channel });
  // Senders that a campaign names are of its own channel; for another one any will do.
  const pool =
    own.length === 0 && channel !== campaign.channel
      ? await findPool(deps.db, { ...campaign, channel, sender_ids: [] })
      : own;
  if (pool.length === 0) return `No active sender can send step ${step.id} (${channel}).`;
  const said = {
    ...campaign,
    channel,
    message_template: step.message ?? null,
    template_id: step.template_id ?? null,
    local_time: null,
  };
  const { addressKey } = deps;
  try {
    const mail = channel === "email" ? await mailOf(deps, said, on) : null;
    const rest = { rules: on.rules, addressKey, sandboxed: deps.providers.sandboxed };
    return { plan: planOf(said, template, rest, mail), pool };
  } catch (error) {
    if (isDomainError(error)) return `Step ${step.id}: ${error.message}`;
    throw error;
  }
}

/** The e-mail of a step, compiled once in a stretch. */
async function mailOf(
  deps: DripDeps,
  said: CampaignRow,
  on: { email: { physical_address: string | null }; mails: Map<string, MailPlan> },
): Promise<MailPlan> {
  const key = said.template_id ?? "";
  const mail = on.mails.get(key) ?? (await mailPlanOfCampaign(deps.db, said, on.email));
  on.mails.set(key, mail);
  return mail;
}

/** One round of everything; false where nothing was due. */
async function goOn(deps: DripDeps, drip: ReadyDrip, done: Done): Promise<boolean> {
  const { campaign, sequence } = drip;
  if (sequence.adopted_version < sequence.version) {
    await adoptVersion(deps, drip, () => heartbeat(done));
    return true;
  }
  done.spread += await spreadLate(deps.db, campaign.id, sequence.settings.spread_minutes);
  const taken = await takeDueSteps(deps, drip);
  const walked = await enrollNext(deps, drip);
  done.taken += taken;
  done.enrolled += walked ?? 0;
  return taken > 0 || walked !== null;
}

/** Enrolls the next page of the audience; null where it is not to be walked through now. */
async function enrollNext(deps: DripDeps, drip: ReadyDrip): Promise<number | null> {
  const { campaign, audience, sequence } = drip;
  const now = await databaseNow(deps.db);
  if (sequence.enroll_due_at === null || sequence.enroll_due_at > now) return null;
  const from = sequence.enroll_cursor;
  const contactIds = await audiencePage(deps.db, audience, { after: from, limit: ENROLL_PAGE });
  const to = contactIds.length < ENROLL_PAGE ? null : (contactIds.at(-1) ?? null);
  const { continuous, enroll_every_seconds } = sequence.settings;
  return inTransaction(deps.db, async (tx) => {
    if (!(await holdSequence(tx, campaign.id, sequence.version))) return 0;
    const againInSeconds = continuous ? enroll_every_seconds : null;
    if (!(await advanceEnrolling(tx, campaign.id, { from, to, againInSeconds }))) return 0;
    const { enrolled } = await enroll(tx, sequence, {
      contactIds,
      source: "audience",
      now,
      timeZone: drip.timeZone,
    });
    return enrolled;
  });
}

/** Ends with its last person, where nobody can join any more. */
async function completes(deps: DripDeps, { campaign, sequence }: ReadyDrip): Promise<boolean> {
  if (sequence.enroll_due_at !== null || !endsWithItsPeople(sequence.settings)) return false;
  return inTransaction(deps.db, (tx) => completeSequence(tx, campaign.workspace_id, campaign.id));
}

async function lookOf(
  deps: DripDeps,
  campaign: CampaignRow,
  sequence: SequenceRow,
  done: Done,
  on: { count: boolean; wait: number | null; blocked?: string },
): Promise<DripLook> {
  return {
    state: campaign.state as CampaignState,
    reason: campaign.state_reason,
    startsAt: campaign.state === "scheduled" ? (campaign.scheduled_at?.toISOString() ?? null) : null,
    version: sequence.version,
    waitMs: on.wait,
    blocked: on.blocked ?? null,
    ...done,
    counts: on.count ? await countEnrollments(deps.db, campaign.id) : null,
  };
}
