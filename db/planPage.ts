import type { MessageChannel } from "../domain/address.ts";
import type { SendRules } from "../domain/decide.ts";
import { localIso } from "../domain/localTime.ts";
import type { Place } from "../domain/quietHours.ts";
import { localTimesFrom, minuteOfDay, nextLocalTime, recipientZone } from "../domain/recipientTime.ts";
import { parseTemplate, type Template } from "../domain/template.ts";
import type { CampaignRow } from "./campaigns.ts";
import type { Db } from "./connect.ts";
import type { PersonFacts } from "./facts.ts";
import { variantAt } from "../domain/language/variants.ts";
import { judge } from "./judge.ts";
import { fillFor, type MailPlan } from "./mailPlan.ts";
import type { PlannedMessage } from "./planning.ts";
import { renderFor } from "./renderMessage.ts";

/** A campaign with all that planning a page of it needs; the same for planning and for preflight. */
export interface Plan {
  campaign: CampaignRow;
  /** Null where the campaign has a text of its own. */
  template: { body: string; approval_status: string; content_sid: string | null } | null;
  text: Template;
  /** Of e-mail, which has no text. */
  mail: MailPlan | null;
  /** Approved wordings, which people share; none: everybody gets `text`. */
  variants: readonly { id: string; text: Template }[];
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
  {
    variants = [],
    ...on
  }: {
    rules: SendRules;
    addressKey: Buffer;
    sandboxed: boolean;
    variants?: readonly { id: string; body: string }[];
  },
  mail: MailPlan | null = null,
): Plan {
  return {
    campaign,
    template,
    text:
      mail === null
        ? parseTemplate(template?.body ?? campaign.message_template ?? "", "message_template")
        : [],
    variants: variants.map(({ id, body }) => ({ id, text: parseTemplate(body, "body") })),
    mail,
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
      channel: campaign.channel as MessageChannel,
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
      recipientHoldUntil: null,
      topicId: plan.mail?.email.topic_id ?? null,
    })),
  );
  return judged.map((one, index) => {
    const contactId = contactIds[index] as string;
    const variant = plan.variants[variantAt(campaign.id, contactId, plan.variants.length || 1)];
    const text = one.person === undefined ? { missing: [] } : wordsOf({ ...plan, ...variant }, one.person);
    const local = localTimeOf(plan, one.person, now);
    const missing = "missing" in text ? text.missing : [];
    const fault = "fault" in text ? text.fault : null;
    const decision = one.decide(missing, local?.at ?? now, fault);
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
      ...("language" in text && { language: text.language }),
      variantId: skipped ? null : (variant?.id ?? null),
    };
  });
}

type Words =
  | { body: string | null; contentVariables: string | null; parts: number; language?: string }
  | { missing: string[]; fault?: "content_too_large" | "content_failed" | null };

/** What one person gets to read, or what it lacks. */
function wordsOf(plan: Plan, person: PersonFacts): Words {
  if (plan.mail === null) return renderFor({ ...plan, channel: plan.campaign.channel }, person);
  const { language, filled } = fillFor(plan.mail, person, plan.variables);
  if (filled.ok) return { body: null, contentVariables: JSON.stringify(filled.values), parts: 1, language };
  return { missing: filled.missing, fault: filled.reason === "missing_variables" ? null : filled.reason };
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
