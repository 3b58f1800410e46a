import { z } from "@hono/zod-openapi";
import type { Tx } from "../../db/connect.ts";
import { findCampaignDomains, findCampaignLinks, listCampaignEvents } from "../../db/emailFigures.ts";
import { CLIENT_CLASSES } from "../../domain/email/clientClass.ts";
import { MAIL_EVENT_KINDS } from "../../domain/email/mailEvent.ts";
import { csvAnswer, rowsOf } from "../csvAnswer.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp } from "../schemas.ts";
import { existingCampaign } from "../campaignMoves.ts";

const count = z.int();
const Kind = z.enum(MAIL_EVENT_KINDS).exclude(["processed", "delivered"]);

const CampaignLink = z
  .object({
    id: Id,
    url: z.string().openapi({ description: "With … in place of what tells one recipient from another." }),
    clicks: count,
    people: count,
    first_at: Timestamp,
    last_at: Timestamp,
  })
  .openapi("CampaignLink");

const CampaignDomain = z
  .object({
    domain: z
      .string()
      .openapi({ description: "The part of the addresses behind the @.", example: "gmail.com" }),
    sent: count,
    delivered: count,
    opened: count.openapi({
      description: "By people: programs that fetch pictures for everybody do not count.",
    }),
    clicked: count,
    bounced: count,
    complained: count,
    unsubscribed: count,
  })
  .openapi("CampaignDomain");

const CampaignEvent = z
  .object({
    id: Id,
    message_id: Id,
    contact_id: Id,
    kind: Kind,
    at: Timestamp,
    machine: z.boolean(),
    reason: z.string().nullable(),
    url: z.string().nullable(),
    client_class: z.enum(CLIENT_CLASSES).nullable(),
    country: z.string().nullable(),
    receiving_domain: z.string().nullable(),
  })
  .openapi("CampaignEvent");

const EVENT_COLUMNS = [
  "contact_id",
  "message_id",
  "kind",
  "at",
  "machine",
  "reason",
  "url",
  "client_class",
  "country",
  "receiving_domain",
];

const TopQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100).openapi({
    type: "integer",
    minimum: 1,
    maximum: 1_000,
    default: 100,
    description: "The largest so many.",
  }),
});
const Key = z.tuple([z.guid()]);

/** What became of the e-mails of a campaign, beside their states. */
export const campaignMailRoutes: Routes = ({ route, stream }) => {
  const tag = "E-mail";
  const ofCampaign = async (tx: Tx, workspaceId: string, id: string) =>
    (await existingCampaign(tx, workspaceId, id)).id;

  route(
    {
      operationId: "listCampaignLinks",
      method: "get",
      path: "/v1/campaigns/{id}/links",
      tag,
      summary: "List the links that were clicked, the most clicked first",
      params: IdParams,
      query: TopQuery,
      answer: z.object({ data: z.array(CampaignLink) }),
    },
    async ({ tx, auth, params, query: { limit } }) => {
      const id = await ofCampaign(tx, auth.workspaceId, params.id);
      return { data: await findCampaignLinks(tx, auth.workspaceId, id, limit) };
    },
  );

  route(
    {
      operationId: "listCampaignDomains",
      method: "get",
      path: "/v1/campaigns/{id}/domains",
      tag,
      summary: "Show what became of the e-mails by receiving domain, the largest first",
      description: "People, each once.",
      params: IdParams,
      query: TopQuery,
      answer: z.object({ data: z.array(CampaignDomain) }),
    },
    async ({ tx, auth, params, query: { limit } }) => {
      const id = await ofCampaign(tx, auth.workspaceId, params.id);
      return { data: await findCampaignDomains(tx, auth.workspaceId, id, limit) };
    },
  );

  route(
    {
      operationId: "listCampaignEvents",
      method: "get",
      path: "/v1/campaigns/{id}/events",
      tag,
      summary: "List opens, clicks, bounces and the like of each recipient, newest first",
      params: IdParams,
      query: PageQuery.extend({ kind: Kind.optional(), contact_id: Id.optional() }),
      answer: pageOf(CampaignEvent),
    },
    async ({ tx, auth, params, query: { limit, cursor, kind, contact_id: contactId } }) => {
      const id = await ofCampaign(tx, auth.workspaceId, params.id);
      const page = { before: readCursor(cursor, Key)?.[0], limit: limit + 1 };
      const rows = await listCampaignEvents(tx, auth.workspaceId, id, { kind, contactId }, page);
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  stream(
    {
      operationId: "exportCampaignEvents",
      method: "get",
      path: "/v1/campaigns/{id}/events/export",
      tag,
      summary: "All events of each recipient as CSV, newest first",
      params: IdParams,
      query: z.object({ kind: Kind.optional() }),
      produces: { "text/csv": { schema: { type: "string" } } },
      errors: ["not_found"],
    },
    async ({ c, auth, params, query: { kind }, inWorkspace }) => {
      const id = await inWorkspace((tx) => ofCampaign(tx, auth.workspaceId, params.id));
      const pages = (before: string | undefined, limit: number) =>
        inWorkspace((tx) => listCampaignEvents(tx, auth.workspaceId, id, { kind }, { before, limit }));
      return csvAnswer(
        c,
        `campaign-${id}-events`,
        EVENT_COLUMNS,
        rowsOf(pages, (row) => row.id),
      );
    },
  );
};
