import { z } from "@hono/zod-openapi";
import type { CampaignRow } from "../db/campaigns.ts";
import type { Tx } from "../db/connect.ts";
import { findPool } from "../db/planning.ts";
import type { SequenceRow } from "../db/sequences.ts";
import { findTemplate } from "../db/templates.ts";
import {
  MOST_STEPS,
  type NewStep,
  SequenceSettings,
  settingsOver,
  stepOver,
} from "../domain/dripSequence.ts";
import { DomainError } from "../domain/errors.ts";
import { parseTemplate } from "../domain/template.ts";
import { Id, Timestamp } from "./schemas.ts";
import { FilterBody } from "./segmentFilterSchema.ts";

const Step = stepOver(FilterBody).openapi("SequenceStep", {
  example: { delay_hours: 24, message: "Hola {name|amigo}, ¿pudiste ver {product_name}?" },
});
const Steps = z.array(Step).min(1).max(MOST_STEPS);

export const NewSequence = settingsOver(FilterBody)
  .extend({ steps: Steps })
  .openapi("NewSequence", {
    example: {
      steps: [
        { delay_hours: 0, message: "Hola {name|amigo}, gracias por tu interés en {product_name}." },
        { delay: "P1D", window: { from: "09:00", to: "18:00" }, message: "¿Te gustaría conocerlo?" },
        { delay_hours: 72, message: "Última oportunidad, {name|amigo}.", stop_on: ["reply", "conversion"] },
      ],
      stop_on: ["reply", "conversion", "goal"],
    },
  });
export type NewSequence = z.infer<typeof NewSequence>;

/** A sequence, or its steps alone with everything else as it is by default. */
export const SequenceField = z.union([NewSequence, Steps]);

export const Sequence = settingsOver(FilterBody)
  .strip()
  .extend({
    campaign_id: Id,
    version: z.number().int(),
    steps: z.array(stepOver(FilterBody).and(z.object({ id: z.number().int() }))),
    adopted: z.boolean().openapi({ description: "Whether everybody who is on their way has this version." }),
    enrolled_at: Timestamp.nullable().openapi({
      description: "When the audience had been walked through for the first time.",
    }),
    updated_at: Timestamp,
  })
  .openapi("Sequence");

export const ENROLLMENT_STATES = ["active", "paused", "completed", "stopped", "cancelled"] as const;

/** One person's place in a sequence. */
export const Enrollment = z
  .object({
    id: Id,
    campaign_id: Id,
    contact_id: Id,
    entry: z.number().int().openapi({ description: "Counts the times this person went through." }),
    source: z.enum(["audience", "api", "event"]),
    state: z.enum(ENROLLMENT_STATES),
    reason: z.string().nullable().openapi({
      description:
        "Why it ended or waits: reply, opt_out, conversion, goal, left_segment, suppressed, deleted …",
    }),
    version: z.number().int(),
    last_step: z.number().int().nullable(),
    next_step: z.number().int().nullable(),
    due_at: Timestamp.nullable(),
    last_step_at: Timestamp.nullable(),
    enrolled_at: Timestamp,
    paused_at: Timestamp.nullable(),
    ended_at: Timestamp.nullable(),
  })
  .openapi("Enrollment");

/** A row as the API shows it. */
export function shownSequence({ settings, version, adopted_version, ...row }: SequenceRow) {
  return { ...row, ...settings, version, adopted: adopted_version === version };
}

/** What a new drip campaign brings: `sequence`, or the steps in `metadata.sequence`. */
export function sequenceOf(input: {
  sequence?: z.infer<typeof SequenceField> | undefined;
  metadata?: Record<string, unknown> | undefined;
}): { steps: NewStep[]; settings: SequenceSettings } {
  const given = input.sequence ?? stepsOfMetadata(input.metadata?.["sequence"]);
  if (Array.isArray(given)) return { steps: given, settings: SequenceSettings.parse({}) };
  const { steps, ...settings } = given;
  return { steps, settings };
}

function stepsOfMetadata(given: unknown): NewStep[] {
  const parsed = Steps.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("");
  throw new DomainError(
    "validation",
    given === undefined
      ? "A campaign of type drip has a sequence."
      : `A step ${issue?.message ?? "is wrong"}.`,
    {
      field: `metadata.sequence${path ?? ""}`,
      fix: "Give sequence, or metadata.sequence as [{delay_hours, message}].",
    },
  );
}

/** Refuses steps that could never be sent: texts that do not parse, templates of strangers or of another channel. */
export async function checkSteps(
  tx: Tx,
  campaign: Pick<CampaignRow, "workspace_id" | "channel">,
  steps: readonly NewStep[],
): Promise<void> {
  for (const [index, { message, template_id, channel }] of steps.entries()) {
    const field = `sequence.steps[${index}]`;
    if (message !== undefined) parseTemplate(message, `${field}.message`);
    if (message !== undefined && (channel ?? campaign.channel) === "email")
      throw new DomainError("validation", "A step by e-mail is written in a template.", {
        field: `${field}.message`,
        fix: "Create an e-mail template and name it as template_id.",
      });
    if (template_id === undefined) continue;
    const template = await findTemplate(tx, campaign.workspace_id, template_id);
    if (template === undefined || template.channel !== (channel ?? campaign.channel))
      throw new DomainError("validation", "There is no such template for this step.", {
        field: `${field}.template_id`,
        fix: "Use a template that this workspace lists, of the step's channel.",
      });
  }
}

/** Refuses a start that would only wait: templates that are not approved, channels without a sender. */
export async function checkStepsStartable(
  tx: Tx,
  campaign: CampaignRow,
  steps: readonly NewStep[],
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const template =
      step.template_id === undefined
        ? undefined
        : await findTemplate(tx, campaign.workspace_id, step.template_id);
    if (template !== undefined && template.approval_status !== "approved")
      throw new DomainError("state_conflict", `The template is ${template.approval_status}, not approved.`, {
        field: `sequence.steps[${index}].template_id`,
        fix: "Submit it with POST /v1/templates/{id}/submit and wait for the approval.",
      });
  }
  for (const channel of new Set(steps.map((step) => step.channel ?? campaign.channel))) {
    const senderIds = channel === campaign.channel ? campaign.sender_ids : [];
    if ((await findPool(tx, { ...campaign, channel, sender_ids: senderIds })).length === 0)
      throw new DomainError(
        "state_conflict",
        `No active sender can take this sequence's people on ${channel}.`,
        {
          field: "sender_ids",
          fix: "Create a sender of this channel, or set one active and into rotation.",
        },
      );
  }
}
