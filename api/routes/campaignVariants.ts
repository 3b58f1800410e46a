import { z } from "@hono/zod-openapi";
import type { CampaignRow } from "../../db/campaigns.ts";
import {
  approvedVariants,
  decideVariant,
  listVariants,
  replaceProposals,
} from "../../db/campaignVariants.ts";
import type { Tx } from "../../db/connect.ts";
import { findTemplate } from "../../db/templates.ts";
import { DomainError } from "../../domain/errors.ts";
import { RISK_LEVELS } from "../../domain/language/banRisk.ts";
import { TONES } from "../../domain/language/tones.ts";
import { variantTexts } from "../../domain/language/variantTexts.ts";
import { answeredBy } from "../aiSchemas.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, Timestamp } from "../schemas.ts";
import { existingCampaign } from "../campaignMoves.ts";

const VariantParams = IdParams.extend({ variant_id: Id });
const MakeVariants = z
  .strictObject({
    variants: z.int().min(1).max(8),
    tone: z.enum(TONES).optional().openapi({ description: "None: tones in turn." }),
    auto_approve: z
      .boolean()
      .default(false)
      .openapi({ description: "Approves those whose ban risk is low; the others wait for a person." }),
  })
  .openapi("MakeVariants", { example: { variants: 3, auto_approve: true } });
const Decision = z
  .strictObject({ decision: z.enum(["approved", "rejected"]) })
  .openapi("VariantDecision", { example: { decision: "approved" } });

const Variant = z
  .object({
    id: Id,
    n: z.number().int(),
    body: z.string(),
    tone: z.enum(TONES),
    provider: answeredBy.provider,
    risk_score: z.number(),
    risk_level: z.enum(RISK_LEVELS),
    state: z.enum(["proposed", "approved", "rejected"]),
    decided_by: Id.nullable().openapi({ description: "The key; null where its low risk approved it." }),
    decided_at: Timestamp.nullable(),
    created_at: Timestamp,
  })
  .openapi("CampaignVariant");
const Variants = z
  .object({
    data: z.array(Variant),
    note: z.string().nullable().openapi({
      description: "Why there are fewer than were asked for, and which of a model's wordings were refused.",
    }),
    fallback_from: answeredBy.fallback_from,
    reason: answeredBy.reason,
  })
  .openapi("CampaignVariants");

/** Wordings of a campaign's text that its people share, so that a number does not repeat itself. */
export const campaignVariantRoutes: Routes = ({ route, consult }, deps) => {
  const tag = "Campaigns";
  const path = "/v1/campaigns/{id}/variants";

  consult(
    {
      operationId: "makeCampaignVariants",
      method: "post",
      path,
      tag,
      summary: "Propose other wordings of a campaign's text",
      description:
        "By the workspace's model, where it has one, and by rules for what that cannot. Any two are less than 70 % alike, and each has all facts of the text at no more ban risk, or a low one. They take the place of proposals that nobody has decided about. Planning spreads the approved ones over the people, each of whom always gets the same. Of an approved WhatsApp template they stay proposals, as its text may not be changed.",
      params: IdParams,
      body: MakeVariants,
      answer: Variants,
      errors: ["state_conflict"],
    },
    async ({ auth, params: { id }, body: { variants: n, tone }, signal, inWorkspace }) => {
      const { message, beside } = await inWorkspace(async (tx) => {
        const campaign = await unplanned(tx, auth.workspaceId, id);
        return { message: await textOf(tx, campaign), beside: await approvedBodies(tx, campaign) };
      });
      const asked = { message, n, tone, beside };
      return { asked, made: await variantTexts(deps.language, auth.workspaceId, asked, { signal }) };
    },
    async ({ tx, auth, params: { id }, body: { auto_approve }, consulted: { asked, made }, audit }) => {
      const campaign = await unplanned(tx, auth.workspaceId, id);
      await sameAs(tx, campaign, asked);
      const { variants, refused, ...instead } = made;
      const of = { workspaceId: auth.workspaceId, campaignId: id };
      const approves = auto_approve && !isFixed(campaign);
      await replaceProposals(
        tx,
        of,
        variants.map((one) => ({
          ...one,
          ...(approves && one.risk_level === "low" && { state: "approved", decided_at: new Date() }),
        })),
      );
      audit({ subject_id: id, change: { asked: asked.n, made: variants.length, auto_approve } });
      return {
        data: (await listVariants(tx, of)).map(shown),
        note: noteOf(asked.n, variants.length, refused),
        ...instead,
      };
    },
  );

  route(
    {
      operationId: "listCampaignVariants",
      method: "get",
      path,
      tag,
      summary: "The wordings of a campaign's text",
      params: IdParams,
      answer: Variants,
    },
    async ({ tx, auth, params: { id } }) => {
      await existingCampaign(tx, auth.workspaceId, id);
      const rows = await listVariants(tx, { workspaceId: auth.workspaceId, campaignId: id });
      return { data: rows.map(shown), note: null };
    },
  );

  route(
    {
      operationId: "decideCampaignVariant",
      method: "post",
      path: `${path}/{variant_id}`,
      tag,
      summary: "Approve or reject a wording, before the campaign starts",
      params: VariantParams,
      body: Decision,
      answer: Variant,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params: { id, variant_id }, body: { decision }, audit }) => {
      const campaign = await unplanned(tx, auth.workspaceId, id);
      if (decision === "approved" && isFixed(campaign))
        throw new DomainError(
          "state_conflict",
          "The text of an approved WhatsApp template may not be changed.",
          {
            field: "decision",
            fix: "Create a template with this wording, and submit it with POST /v1/templates/{id}/submit.",
          },
        );
      const of = { workspaceId: auth.workspaceId, campaignId: id };
      const row = await decideVariant(tx, of, variant_id, { state: decision, keyId: auth.keyId });
      if (row === undefined)
        throw new DomainError("not_found", "There is no such variant.", {
          fix: "GET /v1/campaigns/{id}/variants lists them.",
        });
      audit({ subject_id: id, change: { variant_id, decision } });
      return shown(row);
    },
  );
};

async function approvedBodies(tx: Tx, { workspace_id, id }: CampaignRow): Promise<string[]> {
  const approved = await approvedVariants(tx, { workspaceId: workspace_id, campaignId: id });
  return approved.map(({ body }) => body);
}

/** While a model was thinking, somebody may have changed what it was thinking about. */
async function sameAs(tx: Tx, campaign: CampaignRow, asked: { message: string; beside: string[] }) {
  const beside = await approvedBodies(tx, campaign);
  if ((await textOf(tx, campaign)) === asked.message && beside.join("\n") === asked.beside.join("\n")) return;
  throw new DomainError("state_conflict", "The campaign has been changed meanwhile.", {
    fix: "Ask again.",
  });
}

function noteOf(asked: number, made: number, refused: readonly string[]): string | null {
  const notes = [
    ...(made < asked
      ? [`${made} of ${asked} were found that are less than 70 % alike without losing a fact or adding risk.`]
      : []),
    ...(refused.length > 0 ? [`Refused of the model's: ${refused.join(" ")}`] : []),
  ];
  return notes.length === 0 ? null : notes.join(" ");
}

const isFixed = ({ channel, template_id }: CampaignRow) => channel === "whatsapp" && template_id !== null;

const shown = <T extends { tone: string; risk_score: number; risk_level: string; state: string }>(
  row: T,
) => ({
  ...row,
  tone: row.tone as (typeof TONES)[number],
  risk_score: Math.round(10 * row.risk_score) / 10,
  risk_level: row.risk_level as (typeof RISK_LEVELS)[number],
  state: row.state as "proposed" | "approved" | "rejected",
});

/** A broadcast whose people have no messages yet. */
async function unplanned(tx: Tx, workspaceId: string, id: string): Promise<CampaignRow> {
  const campaign = await existingCampaign(tx, workspaceId, id);
  if (campaign.type === "broadcast" && (campaign.state === "draft" || campaign.state === "scheduled"))
    return campaign;
  throw new DomainError("state_conflict", "Only a broadcast that has not started can have other wordings.", {
    details: { state: campaign.state, type: campaign.type },
    fix: "Make them before the start, or write them into the steps of a drip sequence.",
  });
}

async function textOf(tx: Tx, campaign: CampaignRow): Promise<string> {
  const template =
    campaign.template_id === null
      ? undefined
      : await findTemplate(tx, campaign.workspace_id, campaign.template_id);
  const text = campaign.message_template ?? template?.body;
  if (text !== undefined && campaign.channel !== "email") return text;
  throw new DomainError(
    "state_conflict",
    "The campaign has no text of which there could be other wordings.",
    {
      field: "message_template",
      fix: "Give it a message_template or a template_id.",
    },
  );
}
