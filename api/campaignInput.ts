import { z } from "@hono/zod-openapi";
import { findPool } from "../db/planning.ts";
import type { CampaignRow } from "../db/campaigns.ts";
import type { Tx } from "../db/connect.ts";
import { missingReferences } from "../db/campaignReferences.ts";
import { findSequence } from "../db/sequences.ts";
import { emailOfCampaign } from "../db/campaignEmail.ts";
import { findTemplate } from "../db/templates.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { Canary } from "../domain/canary.ts";
import { compileEmail } from "../domain/email/compile.ts";
import { FOOTER_LANGUAGES, wordsFor } from "../domain/email/content.ts";
import { DomainError } from "../domain/errors.ts";
import { settingsOf } from "../domain/settings.ts";
import { parseTemplate } from "../domain/template.ts";
import { EmailField } from "./emailInput.ts";
import { writeEmail } from "./emailWords.ts";
import { Id, Instant, text } from "./schemas.ts";
import { checkStepsStartable, SequenceField } from "./sequenceInput.ts";

const Ids = z.array(Id).max(10_000);
const Value = z.union([z.string().max(1000), z.number(), z.boolean()]);

const People = z.strictObject({
  list_ids: Ids.optional(),
  segment_id: Id.optional(),
  contact_ids: Ids.optional(),
});

const fields = {
  name: text(200),
  type: z.enum(["broadcast", "drip"]).default("broadcast"),
  channel: z.enum(["whatsapp", "sms", "email"]),
  purpose: z.enum(["marketing", "transactional"]).default("marketing"),
  message_template: text(1600)
    .optional()
    .openapi({ description: "Text with {variables} and {variables|fallbacks}; or name a template_id." }),
  email: EmailField.optional().openapi({ description: "Of a campaign by e-mail; or name a template_id." }),
  template_id: Id.optional(),
  list_ids: Ids.optional(),
  segment_id: Id.optional(),
  contact_ids: Ids.optional(),
  exclude: People.optional(),
  sender_ids: z
    .array(Id)
    .max(200)
    .optional()
    .openapi({ description: "The senders that may take new people; none: every active one of the channel." }),
  phone_number_id: Id.optional().openapi({ description: "Taken as one of sender_ids." }),
  variables: z
    .record(z.string().max(100), Value)
    .optional()
    .openapi({ description: "Values for all people; a contact's own win." }),
  metadata: z.record(z.string().max(100), z.unknown()).optional(),
  scheduled_at: Instant.optional(),
  local_time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be an hour of the day, such as 10:30")
    .nullable()
    .optional()
    .openapi({
      description: "Each person gets it when their own clock shows this for the first time after the start.",
      example: "10:30",
    }),
  canary: Canary.nullable()
    .optional()
    .openapi({
      description:
        "Sends to a random share first, waits, and goes on, waits for an operator or pauses by what came back.",
      example: {
        share: 5,
        wait_minutes: 60,
        max_failure_rate: 10,
        max_opt_out_rate: 2,
        min_delivery_rate: 90,
      },
    }),
  expires_at: Instant.optional().openapi({
    description:
      "What is not sent by then is skipped; by default 7 days after the start, as the workspace sets.",
  }),
  message_cost_minor: z.int().min(0).max(1_000_000).optional(),
  conversion_value_minor: z.int().min(0).max(2_000_000_000).optional(),
};

const example = {
  name: "Altos de Los Rosales",
  channel: "whatsapp",
  template_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20",
  list_ids: ["0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20"],
  variables: { product_name: "Altos de Los Rosales" },
};

export const NewCampaign = z
  .strictObject({
    ...fields,
    sequence: SequenceField.optional().openapi({
      description: "Of a drip: its steps; or give them as metadata.sequence.",
    }),
    start: z.boolean().default(false).openapi({ description: "Create and start in one call." }),
  })
  .openapi("NewCampaign", { example: { ...example, start: true } });
export type NewCampaign = z.infer<typeof NewCampaign>;

const { type: _type, channel: _channel, purpose, ...changeable } = fields;
export const CampaignChange = z
  .strictObject({ ...changeable, name: text(200).optional(), purpose: purpose.removeDefault().optional() })
  .openapi("CampaignChange", { example: { name: "Altos de Los Rosales, segunda ola" } });
export type CampaignChange = z.infer<typeof CampaignChange>;

/**
 * The columns behind a request's fields; only those that were given.
 * @throws DomainError `validation` for an e-mail that cannot be sent as it is written.
 */
export async function columnsOf(tx: Tx, workspaceId: string, input: CampaignChange, before?: CampaignRow) {
  const {
    email,
    list_ids,
    segment_id,
    contact_ids,
    exclude,
    sender_ids,
    phone_number_id,
    variables,
    metadata,
    canary,
    ...plain
  } = input;
  const people = { list_ids, segment_id, contact_ids, exclude };
  const namesPeople = Object.values(people).some((value) => value !== undefined);
  const senders = [...(sender_ids ?? []), ...(phone_number_id === undefined ? [] : [phone_number_id])];
  return {
    ...plain,
    ...(email !== undefined && { email: JSON.stringify(await writeEmail(tx, workspaceId, email)) }),
    ...(namesPeople && { audience: JSON.stringify({ ...(before?.audience as object), ...people }) }),
    ...(senders.length > 0 && { sender_ids: [...new Set(senders)] }),
    ...(variables !== undefined && { variables: JSON.stringify(variables) }),
    ...(canary !== undefined && { canary: canary && JSON.stringify(canary) }),
    ...(metadata !== undefined && { metadata: JSON.stringify(metadata) }),
  };
}

/** Refuses what could never be sent, naming the field: both kinds of text, a text that does not parse, strangers' ids. */
export async function checkDraft(tx: Tx, campaign: CampaignRow): Promise<void> {
  if (campaign.type === "drip") refuseOfBroadcasts(campaign);
  else checkWords(campaign);
  if (campaign.message_template !== null) parseTemplate(campaign.message_template, "message_template");
  const missing = await missingReferences(tx, campaign);
  const first = missing[0];
  if (first !== undefined) {
    throw new DomainError("validation", `There is no such ${first.what} for this campaign.`, {
      field: first.field,
      fix: "Use ids that this workspace lists, of the campaign's channel.",
    });
  }
}

/**
 * E-mail says what it says in `email`, other channels in `message_template`.
 * @throws DomainError `validation`.
 */
export function refuseWordsOfOthers(
  channel: string,
  said: { email?: unknown; message_template?: unknown },
): void {
  const [own, other] = channel === "email" ? ["email", "message_template"] : ["message_template", "email"];
  if ((said[other as keyof typeof said] ?? null) === null) return;
  throw new DomainError("validation", `A campaign of channel ${channel} has no ${other}.`, {
    field: other as string,
    fix: `Say it in ${own}.`,
  });
}

/** A broadcast says one thing: its own, in the way of its channel, or a template's. */
function checkWords(campaign: CampaignRow): void {
  const own = campaign.channel === "email" ? "email" : "message_template";
  if ((campaign[own] === null) === (campaign.template_id === null)) {
    throw new DomainError("validation", "A campaign has either a text of its own or a template.", {
      field: campaign.template_id === null ? own : "template_id",
      fix: `Give exactly one of ${own} and template_id.`,
    });
  }
}

/** A drip has its texts and its hours in its steps. */
function refuseOfBroadcasts(campaign: CampaignRow): void {
  for (const field of ["message_template", "email", "template_id", "local_time", "canary"] as const) {
    if (campaign[field] === null) continue;
    throw new DomainError("validation", `A campaign of type drip has no ${field} of its own.`, {
      field,
      fix: "Say it in the steps of its sequence.",
    });
  }
}

/** Refuses a start that would only fail later, with what to do about it. */
export async function checkStartable(tx: Tx, campaign: CampaignRow): Promise<void> {
  await checkDraft(tx, campaign);
  if (campaign.type === "drip") {
    const sequence = await findSequence(tx, campaign.workspace_id, campaign.id);
    return checkStepsStartable(tx, campaign, sequence?.steps ?? []);
  }
  const audience = campaign.audience as { list_ids?: string[]; segment_id?: string; contact_ids?: string[] };
  if (!audience.list_ids?.length && !audience.segment_id && !audience.contact_ids?.length) {
    throw new DomainError("validation", "The campaign has no audience.", {
      field: "list_ids",
      fix: "Give list_ids, a segment_id or contact_ids.",
    });
  }
  const template =
    campaign.template_id === null
      ? undefined
      : await findTemplate(tx, campaign.workspace_id, campaign.template_id);
  if (template !== undefined && template.approval_status !== "approved") {
    throw new DomainError("state_conflict", `The template is ${template.approval_status}, not approved.`, {
      field: "template_id",
      fix: "Submit it with POST /v1/templates/{id}/submit and wait for the approval.",
    });
  }
  if (campaign.channel === "email") await checkSendable(tx, campaign);
  if ((await findPool(tx, campaign)).length === 0) {
    throw new DomainError("state_conflict", "No active sender can take this campaign's people.", {
      field: "sender_ids",
      fix: "Create a sender of this channel, or set one active and into rotation.",
    });
  }
}

/** Refuses an e-mail that the workspace cannot send as it stands: marketing without a physical address. */
async function checkSendable(tx: Tx, campaign: CampaignRow): Promise<void> {
  const said = await emailOfCampaign(tx, campaign);
  const workspace = await findWorkspace(tx, campaign.workspace_id);
  for (const language of [...FOOTER_LANGUAGES, ...Object.keys(said.email.languages ?? {})])
    compileEmail(wordsFor(said.email, language), {
      language,
      marketing: campaign.purpose === "marketing",
      physical_address: settingsOf(workspace?.settings).email.physical_address,
    });
}
