import { z } from "@hono/zod-openapi";
import {
  type CampaignMessage,
  explainMessage,
  type Explanation,
  listCampaignMessages,
} from "../../db/campaignMessages.ts";
import { findCampaign } from "../../db/campaigns.ts";
import type { Tx } from "../../db/connect.ts";
import { DomainError } from "../../domain/errors.ts";
import { explainEnrollment, explainState } from "../../domain/explain.ts";
import { MESSAGE_STATES } from "../../domain/receipts.ts";
import { csvAnswer, rowsOf } from "../csvAnswer.ts";
import { cursorOf, pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp } from "../schemas.ts";
import { Enrollment } from "../sequenceInput.ts";

const Recipient = z
  .object({
    id: Id,
    contact_id: Id,
    step: z.number().int().nullable().openapi({ description: "Of a drip sequence." }),
    contact_name: z.string().nullable(),
    address: z.string().nullable(),
    sender_id: Id.nullable(),
    sender_address: z.string().nullable(),
    state: z.string(),
    reason: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()).nullable(),
    error_code: z.string().nullable().openapi({ description: "The provider's own code." }),
    attempts: z.number().int(),
    parts: z.number().int(),
    due_at: Timestamp.nullable(),
    created_at: Timestamp,
    intended_at: Timestamp.nullable(),
    accepted_at: Timestamp.nullable(),
    sent_at: Timestamp.nullable(),
    delivered_at: Timestamp.nullable(),
    read_at: Timestamp.nullable(),
    failed_at: Timestamp.nullable(),
    replied_at: Timestamp.nullable(),
    variant_id: Id.nullable().openapi({ description: "Which wording they got; null: the campaign's own." }),
  })
  .openapi("CampaignMessage");

const ExplanationOf = z
  .object({
    campaign_id: Id,
    contact_id: Id,
    answer: z.string().openapi({ description: "Why they did or did not get it, as one sentence." }),
    messages: z.array(Recipient),
    attempts: z.array(
      z.object({
        message_id: Id,
        n: z.number().int(),
        intended_at: Timestamp,
        settled_at: Timestamp.nullable(),
        outcome: z.string(),
        settled_by: z.string().nullable(),
        receipt_state: z.string().nullable(),
        receipt_at: Timestamp.nullable(),
        provider_sid: z.string().nullable(),
        error_code: z.string().nullable(),
      }),
    ),
    enrollments: z.array(Enrollment),
    receipts: z.array(z.object({ provider_sid: z.string(), status: z.string(), received_at: Timestamp })),
    replies: z.array(z.object({ id: Id, created_at: Timestamp })),
    consents: z.array(
      z.object({
        channel: z.string(),
        state: z.string(),
        purpose: z.string(),
        source: z.string(),
        at: Timestamp,
      }),
    ),
  })
  .openapi("CampaignExplanation");

const Key = z.tuple([z.guid(), z.guid()]);
const Filter = { state: z.enum(MESSAGE_STATES).optional(), reason: z.string().max(100).optional() };
const COLUMNS = [
  "contact_id",
  "contact_name",
  "address",
  "sender_address",
  "state",
  "reason",
  "error_code",
  "attempts",
  "accepted_at",
  "sent_at",
  "delivered_at",
  "read_at",
  "failed_at",
  "replied_at",
] as const;

async function refuseUnknown(tx: Tx, workspaceId: string, id: string): Promise<void> {
  if ((await findCampaign(tx, workspaceId, id)) === undefined)
    throw new DomainError("not_found", "There is no such campaign.", {
      fix: "GET /v1/campaigns lists them.",
    });
}

/** Where they stand in a sequence, and how their newest message stands. */
function answerOf({ enrollments, messages }: Explanation): string {
  const place = enrollments.at(-1);
  const last = messages.at(-1);
  const step = typeof last?.step === "number" ? `Step ${last.step}: ` : "";
  return [
    ...(place === undefined ? [] : [explainEnrollment(place)]),
    ...(last === undefined ? [] : [`${step}${explainState(last)}`]),
  ].join(" ");
}

/** What became of each person of a campaign. */
export const campaignMessageRoutes: Routes = ({ route, stream }) => {
  const tag = "Campaigns";

  route(
    {
      operationId: "listCampaignMessages",
      method: "get",
      path: "/v1/campaigns/{id}/messages",
      tag,
      summary: "Each recipient with state, reason and provider error",
      params: IdParams,
      query: PageQuery.extend({ ...Filter, cursor: cursorOf(2) }),
      answer: pageOf(Recipient),
      errors: ["not_found"],
    },
    async ({ tx, auth, params: { id }, query: { limit, cursor, ...filter } }) => {
      await refuseUnknown(tx, auth.workspaceId, id);
      const [contactId, messageId] = readCursor(cursor, Key) ?? [];
      const after =
        contactId === undefined || messageId === undefined ? undefined : { contactId, id: messageId };
      const of = { workspaceId: auth.workspaceId, campaignId: id, ...filter };
      const rows = await listCampaignMessages(tx, of, { after, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.contact_id, row.id]);
    },
  );

  stream(
    {
      operationId: "exportCampaignMessages",
      method: "get",
      path: "/v1/campaigns/{id}/messages/export",
      tag,
      summary: "All recipients as CSV",
      params: IdParams,
      query: z.object(Filter),
      produces: { "text/csv": { schema: { type: "string" } } },
      errors: ["not_found"],
    },
    async ({ c, auth, params: { id }, query, inWorkspace }) => {
      await inWorkspace((tx) => refuseUnknown(tx, auth.workspaceId, id));
      const of = { workspaceId: auth.workspaceId, campaignId: id, ...query };
      const pages = (last: CampaignMessage | undefined, limit: number) => {
        const after = last && { contactId: last.contact_id, id: last.id };
        return inWorkspace((tx) => listCampaignMessages(tx, of, { after, limit }));
      };
      return csvAnswer(
        c,
        `campaign-${id}`,
        COLUMNS,
        rowsOf(pages, (row) => row),
      );
    },
  );

  route(
    {
      operationId: "explainCampaign",
      method: "get",
      path: "/v1/campaigns/{id}/explain",
      tag,
      summary: "Why one person did or did not get it, and what happened to it",
      params: IdParams,
      query: z.object({ contact_id: Id }),
      answer: ExplanationOf,
      errors: ["not_found"],
    },
    async ({ tx, auth, params: { id }, query: { contact_id } }) => {
      const found = await explainMessage(tx, {
        workspaceId: auth.workspaceId,
        campaignId: id,
        contactId: contact_id,
      });
      if (found === undefined) {
        throw new DomainError("not_found", "This contact has no message in this campaign.", {
          field: "contact_id",
          fix: "They are not in its audience, or it is not planned yet: see planned_at of the campaign.",
        });
      }
      return { campaign_id: id, contact_id, answer: answerOf(found), ...found };
    },
  );
};
