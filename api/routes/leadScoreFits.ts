import { z } from "@hono/zod-openapi";
import { acceptFit, dropFit, findFit, insertFit, listFits } from "../../db/leadScoreFits.ts";
import type { Tx } from "../../db/connect.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { DomainError } from "../../domain/errors.ts";
import { FACTOR_NAMES } from "../../domain/leadScore.ts";
import { wakeLeadScoreFit } from "../../workflows/handles.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp } from "../schemas.ts";

const count = (description: string) => z.number().int().nullable().openapi({ description });
const area = (description: string) => z.number().nullable().openapi({ description, example: 0.812 });

const LeadScoreFit = z
  .object({
    id: Id,
    state: z.enum(["requested", "proposed", "accepted", "dropped", "too_few", "no_better"]).openapi({
      description:
        "proposed: waits to be applied or dropped; accepted: in use; too_few: fewer than 120 people who bought of whom enough is known; no_better: not surely better than the usual weights.",
    }),
    requested_by: Id.nullable(),
    requested_at: Timestamp,
    fitted_at: Timestamp.nullable(),
    people: count("Those that are looked at, held-out ones among them."),
    people_read: count("Those of them that have been read so far."),
    converted: count("Those of them who bought."),
    held_out: count("Those whom the weights were not fitted on."),
    held_out_converted: count("Those of them who bought."),
    auc_default: area(
      "Of the held-out people: the share of pairs of one who bought and one who did not in which the former scores higher, by the usual weights.",
    ),
    auc_fitted: area("The same by the fitted weights."),
    gain_low: area("What auc_fitted is above auc_default at least, with 95 % confidence."),
    weights: z
      .record(z.enum(FACTOR_NAMES), z.number())
      .nullable()
      .openapi({ description: "Most points of each factor; the parts stay 40, 20, 30 and 10." }),
    rescoring: z.boolean().openapi({
      description: "The weights have just come into use or gone out of it, and people are being scored anew.",
    }),
    decided_by: Id.nullable(),
    decided_at: Timestamp.nullable(),
  })
  .openapi("LeadScoreFit");

const Key = z.tuple([z.guid()]);

/** Weights of the lead score, fitted to what a workspace's own people bought. */
export const leadScoreFitRoutes: Routes = ({ route }) => {
  const tag = "AI";

  route(
    {
      operationId: "fitLeadScores",
      method: "post",
      path: "/v1/ai/lead-scores/fits",
      tag,
      summary: "Fit the weights of the lead score to your own purchases",
      description:
        "Begins a run that looks at people as they were before they bought, and at others at the same moments; needs 120 who bought within a year. Nothing is used before somebody applies it. docs/scores.md has the method.",
      status: 202,
      answer: LeadScoreFit,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, audit }) => {
      const fit = await insertFit(tx, auth.workspaceId, auth.keyId);
      if (fit === undefined)
        throw new DomainError("state_conflict", "A fit is under way already.", {
          fix: "GET /v1/ai/lead-scores/fits shows how far it has come.",
        });
      audit({ subject_id: fit.id });
      await oweWake(tx, [wakeLeadScoreFit(fit)]);
      return fit;
    },
  );

  route(
    {
      operationId: "listLeadScoreFits",
      method: "get",
      path: "/v1/ai/lead-scores/fits",
      tag,
      summary: "List the fits of the lead score's weights, newest first",
      query: PageQuery,
      answer: pageOf(LeadScoreFit),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listFits(tx, auth.workspaceId, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "getLeadScoreFit",
      method: "get",
      path: "/v1/ai/lead-scores/fits/{id}",
      tag,
      summary: "Show a fit: how much better it ranks, and its weights",
      params: IdParams,
      answer: LeadScoreFit,
    },
    async ({ tx, auth, params: { id } }) => existingFit(tx, auth.workspaceId, id),
  );

  route(
    {
      operationId: "applyLeadScoreFit",
      method: "post",
      path: "/v1/ai/lead-scores/fits/{id}/apply",
      tag,
      summary: "Score everybody by the weights of a fit",
      description:
        "In place of those in use; a dropped fit can be applied again, and one that is no better is applied at your own judgement. Everybody is scored anew at once.",
      params: IdParams,
      answer: LeadScoreFit,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params: { id }, audit }) => {
      const { state } = await existingFit(tx, auth.workspaceId, id);
      const fit = await acceptFit(tx, { workspaceId: auth.workspaceId, id, by: auth.keyId });
      if (fit === undefined) throw notNow("There are no weights to apply.", state);
      audit({ subject_id: id, change: { weights: fit.weights } });
      await oweWake(tx, [wakeLeadScoreFit(fit)]);
      return fit;
    },
  );

  route(
    {
      operationId: "dropLeadScoreFit",
      method: "post",
      path: "/v1/ai/lead-scores/fits/{id}/drop",
      tag,
      summary: "Drop a fit; if it is in use, go back to the usual weights",
      description: "Everybody is scored anew at once where its weights were in use.",
      params: IdParams,
      answer: LeadScoreFit,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params: { id }, audit }) => {
      const { state } = await existingFit(tx, auth.workspaceId, id);
      const fit = await dropFit(tx, { workspaceId: auth.workspaceId, id, by: auth.keyId });
      if (fit === undefined) throw notNow("There is nothing to drop.", state);
      audit({ subject_id: id, change: { from: state } });
      await oweWake(tx, [wakeLeadScoreFit(fit)]);
      return fit;
    },
  );
};

async function existingFit(tx: Tx, workspaceId: string, id: string) {
  const fit = await findFit(tx, workspaceId, id);
  if (fit === undefined)
    throw new DomainError("not_found", "There is no such fit.", {
      fix: "GET /v1/ai/lead-scores/fits lists them.",
    });
  return fit;
}

const notNow = (message: string, state: string) =>
  new DomainError("state_conflict", message, {
    details: { state },
    fix: "GET the fit: its state says whether it is proposed, in use or over.",
  });
