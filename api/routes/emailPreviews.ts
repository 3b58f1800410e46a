import { z } from "@hono/zod-openapi";
import { emailOfCampaign } from "../../db/campaignEmail.ts";
import { variablesOfCampaign } from "../../db/planPage.ts";
import { findTemplateEmail } from "../../db/templates.ts";
import { DomainError } from "../../domain/errors.ts";
import { EmailPreview } from "../emailInput.ts";
import { previewFor } from "../emailPreview.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams } from "../schemas.ts";
import { existingCampaign } from "../campaignMoves.ts";

const Wish = z
  .strictObject({
    contact_id: Id.optional().openapi({ description: "None: somebody of whom nothing is known." }),
    language: z.string().max(10).optional().openapi({ description: "By default the contact's." }),
  })
  .openapi("EmailPreviewWish", { example: { language: "pt_BR" } });

/** E-mails as somebody would get them, with what to know before they are sent. */
export const emailPreviewRoutes: Routes = ({ route }, deps) => {
  const publicUrl = deps.config.PUBLIC_URL;

  route(
    {
      operationId: "previewTemplate",
      method: "post",
      path: "/v1/templates/{id}/preview",
      tag: "Templates",
      summary: "An e-mail template as a contact would get it",
      description:
        "With size, links and their faults, a spam score and what dark mode makes of it. Without a contact its samples stand for the variables. Nothing is fetched or sent.",
      params: IdParams,
      body: Wish,
      answer: EmailPreview,
      errors: ["not_found"],
      changes: false,
    },
    async ({ tx, auth, params: { id }, body }) => {
      const found = await findTemplateEmail(tx, auth.workspaceId, id);
      if (found === undefined)
        throw new DomainError("not_found", "There is no such e-mail template.", {
          fix: "GET /v1/templates?channel=email lists them.",
        });
      const purpose = found.category === "marketing" ? "marketing" : "transactional";
      const of = { ...found, purpose, variables: found.samples };
      return previewFor(tx, { workspaceId: auth.workspaceId, publicUrl }, of, body);
    },
  );

  route(
    {
      operationId: "previewCampaign",
      method: "post",
      path: "/v1/campaigns/{id}/preview",
      tag: "Campaigns",
      summary: "A campaign's e-mail as a contact would get it",
      description: "As of a template, with the campaign's variables.",
      params: IdParams,
      body: Wish,
      answer: EmailPreview,
      errors: ["not_found", "state_conflict"],
      changes: false,
    },
    async ({ tx, auth, params: { id }, body }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      const said = await emailOfCampaign(tx, campaign);
      const variables = { ...said.samples, ...variablesOfCampaign(campaign) };
      const of = { ...said, purpose: campaign.purpose, variables };
      return previewFor(tx, { workspaceId: auth.workspaceId, publicUrl }, of, body);
    },
  );
};
