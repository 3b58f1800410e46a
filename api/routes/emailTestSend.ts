import { z } from "@hono/zod-openapi";
import { emailOfCampaign } from "../../db/campaignEmail.ts";
import { databaseNow } from "../../db/connect.ts";
import { lockContacts } from "../../db/locks.ts";
import { findMessage } from "../../db/messages.ts";
import { variablesOfCampaign } from "../../db/planPage.ts";
import { queueSingle } from "../../db/singleMessages.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { testContent } from "../../domain/email/testContent.ts";
import { DomainError } from "../../domain/errors.ts";
import { wakeSender } from "../../workflows/handles.ts";
import { existingCampaign } from "../campaignMoves.ts";
import { exactlyOne, recipientOf } from "../messageInput.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams } from "../schemas.ts";

const EXPIRES_AFTER_MS = 3_600_000;

const TestSend = z
  .strictObject({
    addresses: z.array(z.string().min(3).max(254)).min(1).max(5).optional().openapi({
      description: "People who are not here yet become contacts.",
    }),
    contact_id: Id.optional(),
  })
  .openapi("EmailTestSend", { example: { addresses: ["valeria@artekmar.example"] } });

const TestSent = z
  .object({
    messages: z.array(z.object({ id: Id, contact_id: Id, state: z.string(), reason: z.string().nullable() })),
  })
  .openapi("EmailTestSent");

/** A campaign's e-mail, sent to those who made it. */
export const emailTestSendRoutes: Routes = ({ route }, deps) => {
  route(
    {
      operationId: "testSendCampaign",
      method: "post",
      path: "/v1/campaigns/{id}/test-send",
      tag: "Campaigns",
      summary: "Send a campaign's e-mail to up to five addresses, or to one contact, as a test",
      description:
        "By the way that every message goes, as a transactional one for which suppressions count; GET /v1/messages/{id} shows what becomes of each. The subject begins with [Test], and what has no value stands in brackets. It counts for no figure of the campaign, and carries no footer that marketing gets by itself.",
      params: IdParams,
      body: TestSend,
      status: 202,
      answer: TestSent,
      errors: ["not_found", "state_conflict"],
    },
    async ({ tx, auth, params: { id }, body: { addresses, contact_id }, audit }) => {
      exactlyOne({ addresses, contact_id }, "addresses", "contact_id");
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      const said = await emailOfCampaign(tx, campaign);
      const workspace = await findWorkspace(tx, auth.workspaceId);
      if (workspace === undefined) throw new DomainError("not_found", "There is no such workspace.");
      const now = await databaseNow(tx);
      const test = testContent(said.email);
      const to = contact_id === undefined ? (addresses ?? []).map((one) => ({ to: one })) : [{ contact_id }];
      const contactIds = new Set<string>();
      for (const one of to) contactIds.add(await recipientOf(tx, workspace, { channel: "email", ...one }));
      await lockContacts(tx, [...contactIds]);
      const messages = [];
      for (const contactId of contactIds) {
        const queued = await queueSingle(
          tx,
          { workspace, addressKey: deps.addressKey, sandboxed: deps.sandboxed, now },
          {
            contactId,
            channel: "email",
            purpose: "transactional",
            body: null,
            template: null,
            mail: { email: test.email, language: said.language },
            variables: { ...test.variables, ...said.samples, ...variablesOfCampaign(campaign) },
            expiresAt: new Date(now.getTime() + EXPIRES_AFTER_MS),
          },
        );
        if (queued.sender !== null) await oweWake(tx, [wakeSender(queued.sender)]);
        const { state, reason } = (await findMessage(tx, auth.workspaceId, queued.id)) ?? {
          state: "queued",
          reason: null,
        };
        messages.push({ id: queued.id, contact_id: contactId, state, reason });
      }
      audit({ subject_id: id, change: { messages: messages.length } });
      return { messages };
    },
  );
};
