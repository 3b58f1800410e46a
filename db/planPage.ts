import type { SendRules } from "../domain/decide.ts";
import { localIso } from "../domain/localTime.ts";
import type { Place } from "../domain/quietHours.ts";
import { localTimesFrom, minuteOfDay, nextLocalTime, recipientZone } from "../domain/recipientTime.ts";
import { parseTemplate, type Template } from "../domain/template.ts";
import type { CampaignRow } from "./campaigns.ts";
import type { Db } from "./connect.ts";
import type { PersonFacts } from "./facts.ts";
import { judge } from "./judge.ts";
import type { PlannedMessage } from "./planning.ts";
import { renderFor } from "./renderMessage.ts";

/** A campaign with all that planning a page of it needs; the same for planning and for preflight. */
export interface Plan {
  campaign: CampaignRow;
  /** Null where the campaign has a text of its own. */
  template: { body: string; approval_status: string; content_sid: string | null } | null;
  text: Template;
  variables: Record<string, unknown>;
  rules: SendRules;
  addressKey: Buffer;
  sandboxed: boolean;
}

/** Values in metadata other than tone and sequence count as variables; those of `variables` win. */
export function variablesOfCampaign(campaign: CampaignRow): Record<string, unknown> {
  const { tone: _tone, sequence: _sequence, ...metadata } = campaign.metadata as Record<string, unknown>;
  return { ...metadata, ...(campaign.variables as Record<string, unknown>) };
}

export function planOf(
  campaign: CampaignRow,
  template: Plan["template"],
  on: { rules: SendRules; addressKey: Buffer; sandboxed: boolean },
): Plan {
  return {
    campaign,
    template,
    text: parseTemplate(template?.body ?? campaign.message_template ?? "", "message_template"),
    variables: variablesOfCampaign(campaign),
    ...on,
  };
}

/** Judges and renders a page of people: each comes back queued, perhaps held, or skipped with the reason. */
export async function planPage(
  tx: Db,
  plan: Plan,
  contactIds: readonly string[],
  now: Date,
): Promise<(PlannedMessage & { places: readonly Place[] })[]> {
  const { campaign } = plan;
  const judged = await judge(
    tx,
    {
      workspaceId: campaign.workspace_id,
      channel: campaign.channel as "whatsapp" | "sms",
      purpose: campaign.purpose as "marketing" | "transactional",
      rules: plan.rules,
      addressKey: plan.addressKey,
      sandboxed: plan.sandboxed,
      now,
    },
    contactIds.map((contactId) => ({
      contactId,
      senderId: null,
      address: null,
      expiresAt: campaign.expires_at,
      template: plan.template,
      topicId: (campaign.email as { topic_id?: string } | null)?.topic_id ?? null,
      recipientHoldUntil: null,
    })),
  );
  return judged.map((one, index) => {
    const contactId = contactIds[index] as string;
    const text =
      one.person === undefined
        ? { missing: [] }
        : renderFor({ ...plan, channel: campaign.channel }, one.person);
    const local = localTimeOf(plan, one.person, now);
    const decision = one.decide("missing" in text ? text.missing : [], local?.at ?? now);
    const skipped = decision.kind === "skip";
    return {
      contactId,
      places: one.places,
      senderId: null,
      state: skipped ? "skipped" : "queued",
      ...(decision.kind === "send"
        ? {
            dueAt: local?.at ?? null,
            reason: local === null ? null : "local_time",
            detail: local?.detail ?? null,
          }
        : decision.kind === "hold"
          ? { dueAt: decision.until, reason: decision.rule, detail: decision.detail }
          : { dueAt: null, reason: decision.reason, detail: decision.detail }),
      address: one.address,
      body: skipped || "missing" in text ? null : text.body,
      contentVariables: skipped || "missing" in text ? null : text.contentVariables,
      parts: skipped || "missing" in text ? 1 : text.parts,
    };
  });
}

/** The person's own hour, where the campaign has one and it is still to come. */
function localTimeOf(
  plan: Plan,
  person: PersonFacts | undefined,
  now: Date,
): { at: Date; detail: string } | null {
  const { local_time, scheduled_at, started_at } = plan.campaign;
  if (local_time === null || person === undefined) return null;
  const zone = recipientZone(person, plan.rules.time_zone);
  const from = localTimesFrom(scheduled_at, started_at ?? now);
  const due = nextLocalTime(zone, minuteOfDay(local_time), from);
  if (due <= now.getTime()) return null;
  return { at: new Date(due), detail: `${local_time} of the person's own day; until ${localIso(zone, due)}` };
}
