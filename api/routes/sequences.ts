import { z } from "@hono/zod-openapi";
import { nothingOf, readFunnel } from "../../db/dripFunnel.ts";
import type { Tx } from "../../db/connect.ts";
import { findStandings } from "../../db/enrollments.ts";
import { findSequence, findVersions, type SequenceRow, updateSequence } from "../../db/sequences.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { changesOf, type EditEffect, effectOf, identifySteps } from "../../domain/dripEdit.ts";
import type { Step } from "../../domain/dripSequence.ts";
import { DomainError } from "../../domain/errors.ts";
import { wakeCampaign } from "../../workflows/handles.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams } from "../schemas.ts";
import { checkSteps, NewSequence, Sequence, shownSequence } from "../sequenceInput.ts";
import { existingCampaign } from "../campaignMoves.ts";

const Counts = z.record(z.string(), z.number().int());

const SequenceEdit = z
  .object({
    dry_run: z.boolean(),
    sequence: Sequence,
    changes: z.array(
      z.object({ id: z.number().int(), change: z.enum(["unchanged", "changed", "new", "deleted"]) }),
    ),
    effect: z
      .object({
        keep: z.number().int().openapi({ description: "People who are past the edit." }),
        take_new: z.number().int().openapi({ description: "People for whom something is different ahead." }),
        end: z.number().int().openapi({ description: "Of these, people for whom nothing is left." }),
      })
      .openapi({ description: "Of those who are on their way." }),
  })
  .openapi("SequenceEdit");

const Funnel = z
  .object({
    campaign_id: Id,
    version: z.number().int(),
    steps: z.array(
      z.object({
        step: z.number().int(),
        deleted: z.boolean(),
        reached: z.number().int().openapi({ description: "People who came to it, whatever came of it." }),
        queued: z.number().int(),
        skipped: Counts,
        cancelled: z.number().int(),
        sent: z.number().int(),
        delivered: z.number().int(),
        read: z.number().int(),
        replied: z.number().int(),
        failed: z.number().int(),
        waiting: z.number().int(),
        stopped: Counts.openapi({ description: "People who ended while they waited for it, by reason." }),
      }),
    ),
  })
  .openapi("SequenceFunnel");

/** The sequence of a campaign of type drip; any other campaign has none. */
export async function existingSequence(
  tx: Tx,
  workspaceId: string,
  campaignId: string,
  lock?: "share" | "update",
): Promise<SequenceRow> {
  const sequence = await findSequence(tx, workspaceId, campaignId, lock);
  if (sequence !== undefined) return sequence;
  await existingCampaign(tx, workspaceId, campaignId);
  throw new DomainError("not_found", "This campaign is no drip sequence.", {
    fix: "Only campaigns of type drip have steps and enrollments.",
  });
}

/** The steps of a drip campaign, how they are edited while people are on their way, and what became of each. */
export const sequenceRoutes: Routes = ({ route }) => {
  const tag = "Drip sequences";

  route(
    {
      operationId: "getSequence",
      method: "get",
      path: "/v1/campaigns/{id}/sequence",
      tag,
      summary: "The steps of a drip campaign",
      params: IdParams,
      answer: Sequence,
    },
    async ({ tx, auth, params: { id } }) => shownSequence(await existingSequence(tx, auth.workspaceId, id)),
  );

  route(
    {
      operationId: "replaceSequence",
      method: "put",
      path: "/v1/campaigns/{id}/sequence",
      tag,
      summary: "Edit a sequence, or see what an edit would do",
      description:
        "Steps that keep their id are the same steps: who had one keeps what they had, others get it as it is now. " +
        "Who is past an edit is not disturbed, and a deleted step is sent to nobody any more. dry_run writes nothing.",
      params: IdParams,
      query: z.object({
        dry_run: z
          .enum(["true", "false"])
          .default("false")
          .transform((value) => value === "true")
          .openapi({ type: "boolean", default: false }),
      }),
      body: NewSequence,
      answer: SequenceEdit,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params: { id }, query: { dry_run: dryRun }, body, audit }) => {
      const before = await existingSequence(tx, auth.workspaceId, id, dryRun ? undefined : "update");
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      if (["completed", "cancelled", "failed"].includes(campaign.state))
        throw new DomainError(
          "state_conflict",
          `A sequence that is ${campaign.state} is not edited any more.`,
          {
            details: { state: campaign.state },
            fix: "Create another one.",
          },
        );
      const { steps: given, ...settings } = body;
      await checkSteps(tx, campaign, given);
      const { steps, lastId } = identifySteps(before.steps, given, before.last_step_id);
      const changes = changesOf(before.steps, steps);
      const effect = await effectOn(tx, id, steps);
      audit({ subject_id: id, change: { dry_run: dryRun, ...effect } });
      const next = { steps, settings, lastStepId: lastId, createdBy: auth.keyId };
      const moved = steps.some((step, index) => step.id !== before.steps[index]?.id);
      const stepsChanged = moved || changes.some(({ change }) => change !== "unchanged");
      if (dryRun) {
        const version = before.version + (stepsChanged ? 1 : 0);
        return {
          dry_run: true,
          sequence: shownSequence({ ...before, steps, settings, version }),
          changes,
          effect,
        };
      }
      await updateSequence(tx, before, { ...next, stepsChanged });
      if (campaign.state !== "draft") await oweWake(tx, [wakeCampaign(campaign)]);
      const after = await existingSequence(tx, auth.workspaceId, id);
      return { dry_run: false, sequence: shownSequence(after), changes, effect };
    },
  );

  route(
    {
      operationId: "getSequenceFunnel",
      method: "get",
      path: "/v1/campaigns/{id}/sequence/funnel",
      tag,
      summary: "What became of each step",
      params: IdParams,
      answer: Funnel,
    },
    async ({ tx, auth, params: { id } }) => {
      const sequence = await existingSequence(tx, auth.workspaceId, id);
      const funnel = await readFunnel(tx, id);
      const present = sequence.steps.map((step) => funnel.get(step.id) ?? nothingOf(step.id));
      const known = new Set(sequence.steps.map((step) => step.id));
      const gone = [...funnel.values()].filter(({ step }) => !known.has(step));
      return {
        campaign_id: id,
        version: sequence.version,
        steps: [
          ...present.map((step) => ({ ...step, deleted: false })),
          ...gone.map((step) => ({ ...step, deleted: true })),
        ],
      };
    },
  );
};

/** Those on their way may stand in different versions, where an edit is still being carried to them. */
async function effectOn(tx: Tx, campaignId: string, after: readonly Step[]): Promise<EditEffect> {
  const standings = await findStandings(tx, campaignId);
  const byVersion = Map.groupBy(standings, ({ version }) => version);
  const versions = await findVersions(tx, campaignId, [...byVersion.keys()]);
  const total: EditEffect = { keep: 0, take_new: 0, end: 0 };
  for (const [version, some] of byVersion) {
    const effect = effectOf(versions.get(version) ?? [], after, some);
    for (const key of ["keep", "take_new", "end"] as const) total[key] += effect[key];
  }
  return total;
}
