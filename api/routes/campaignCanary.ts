import { z } from "@hono/zod-openapi";
import { resolveAlert } from "../../db/alerts.ts";
import { campaignSenders, moveCampaign } from "../../db/campaigns.ts";
import { canaryCause, continueCanary } from "../../db/canary.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { DomainError } from "../../domain/errors.ts";
import { wakeCampaign, wakeSender } from "../../workflows/handles.ts";
import { Campaign } from "../campaignSchemas.ts";
import type { Routes } from "../route.ts";
import { IdParams } from "../schemas.ts";
import { existingCampaign } from "../campaignMoves.ts";

const CanaryDecision = z
  .strictObject({ decision: z.enum(["continue", "cancel"]) })
  .openapi("CanaryDecision", { example: { decision: "continue" } });

export const campaignCanaryRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "decideCanary",
      method: "post",
      path: "/v1/campaigns/{id}/canary",
      tag: "Campaigns",
      summary: "Let the rest of a campaign go, whatever its canary said, or cancel it",
      params: IdParams,
      body: CanaryDecision,
      answer: Campaign,
      errors: ["not_found", "state_conflict"],
    },
    async ({ tx, auth, params: { id }, body: { decision }, audit }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      const decided =
        campaign.canary === null
          ? undefined
          : decision === "continue"
            ? await continueCanary(tx, auth.workspaceId, id, auth.keyId)
            : await moveCampaign(tx, auth.workspaceId, id, "cancelled", { reason: "canary" });
      if (decided === undefined) {
        throw new DomainError("state_conflict", "There is no canary to decide about.", {
          details: { state: campaign.state },
          fix: "GET the campaign: its canary_result says how its canary stands.",
        });
      }
      if (decision === "cancel") await resolveAlert(tx, auth.workspaceId, canaryCause(id), auth.keyId);
      audit({ subject_id: id, change: { decision } });
      const senders = await campaignSenders(tx, id);
      await oweWake(tx, [wakeCampaign(decided), ...senders.map(wakeSender)]);
      return decided;
    },
  );
};
