import { z } from "@hono/zod-openapi";
import { endCall, findCall, listCalls } from "../../db/emailCalls.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { DomainError } from "../../domain/errors.ts";
import { wakeCampaign, wakeSender } from "../../workflows/handles.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp } from "../schemas.ts";

const OUTCOMES = ["open", "uncertain", "accepted", "refused", "not_sent"] as const;

const EmailCall = z
  .object({
    id: Id,
    sender_id: Id,
    content_id: Id,
    campaign_id: Id.nullable(),
    language: z.string().nullable(),
    rows: z.number().int().openapi({ description: "People in it." }),
    intended_at: Timestamp.openapi({ description: "Written before the call to the provider." }),
    outcome: z.enum(OUTCOMES),
    settled_at: Timestamp.nullable(),
    settled_by: z
      .string()
      .nullable()
      .openapi({ description: "answer, receipt, deadline, cancelled or operator:<key id>." }),
    x_message_id: z.string().nullable().openapi({ description: "SendGrid's id of the call." }),
    batch_id: z
      .string()
      .nullable()
      .openapi({ description: "By which it can be cancelled at SendGrid until send_at." }),
    send_at: Timestamp.nullable(),
  })
  .openapi("EmailCall");

const SettleCall = z
  .strictObject({
    sent: z.boolean().openapi({
      description: "What SendGrid's activity shows. false lets everybody in the call go again.",
    }),
  })
  .openapi("EmailCallSettlement", { example: { sent: true } });

/** A call may show in SendGrid's activity so late: before, that it is not there proves nothing. */
const PROOF_AGE_MS = 15 * 60_000;

const noneFound = () =>
  new DomainError("not_found", "There is no such call.", {
    fix: "GET /v1/email/calls?outcome=uncertain lists those in doubt.",
  });

/** Calls to SendGrid: each takes up to a thousand people, all of them or none. */
export const emailCallRoutes: Routes = ({ route }, deps) => {
  const tag = "E-mail";

  route(
    {
      operationId: "listEmailCalls",
      method: "get",
      path: "/v1/email/calls",
      tag,
      summary: "List the calls to the provider, newest first; with outcome=uncertain those in doubt",
      query: PageQuery.extend({ outcome: z.enum(OUTCOMES).optional() }),
      answer: pageOf(EmailCall),
    },
    async ({ tx, auth, query: { limit, cursor, outcome } }) => {
      const before = readCursor(cursor, z.tuple([z.guid()]))?.[0];
      const rows = await listCalls(tx, auth.workspaceId, { before, limit: limit + 1, outcome });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "getEmailCall",
      method: "get",
      path: "/v1/email/calls/{id}",
      tag,
      summary: "Show a call to the provider",
      params: IdParams,
      answer: EmailCall,
    },
    async ({ tx, auth, params }) => (await findCall(tx, auth.workspaceId, params.id)) ?? absent(),
  );

  route(
    {
      operationId: "settleEmailCall",
      method: "post",
      path: "/v1/email/calls/{id}/settle",
      tag,
      summary: "Say what became of a call in doubt",
      description:
        "For a call whose answer was lost and of which no event has come: look at SendGrid's activity around its time, then say whether it was sent. It holds for everybody in it. One that was not sent goes out again.",
      params: IdParams,
      body: SettleCall,
      answer: EmailCall,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params: { id }, body: { sent }, audit }) => {
      const call = (await findCall(tx, auth.workspaceId, id)) ?? absent();
      if (call.outcome !== "uncertain") throw notInDoubt(id);
      if (!sent && !deps.sandboxed && call.age_ms < PROOF_AGE_MS) {
        throw new DomainError("state_conflict", "The call is too young to know that it came to nothing.", {
          fix: "Wait until 15 minutes after the call and look at SendGrid again.",
        });
      }
      const campaigns = await endCall(tx, {
        id,
        workspaceId: auth.workspaceId,
        outcome: sent ? "accepted" : "not_sent",
        settledBy: `operator:${auth.keyId}`,
      });
      if (campaigns === undefined) throw notInDoubt(id);
      audit({ subject_id: id, change: { sent, rows: call.rows } });
      const wakes = campaigns.map((one) => wakeCampaign(one));
      const sender = { id: call.sender_id, workspace_id: auth.workspaceId, channel: "email" };
      await oweWake(tx, sent ? wakes : [...wakes, wakeSender(sender)]);
      return (await findCall(tx, auth.workspaceId, id)) ?? absent();
    },
  );
};

function absent(): never {
  throw noneFound();
}

const notInDoubt = (id: string) =>
  new DomainError("state_conflict", "This call is not in doubt.", {
    fix: `GET /v1/email/calls/${id} shows how it stands.`,
  });
