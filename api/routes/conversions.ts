import { z } from "@hono/zod-openapi";
import { findCampaign } from "../../db/campaigns.ts";
import { databaseNow, type Tx } from "../../db/connect.ts";
import { findContact } from "../../db/contacts.ts";
import { insertConversion, listConversions } from "../../db/conversions.ts";
import { lockContacts } from "../../db/locks.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { given } from "../given.ts";
import type { Routes } from "../route.ts";
import { Id, Instant, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";

const Outcome = z.enum(["purchased", "visited", "did_nothing", "resolved"]);
const currencies = new Set(Intl.supportedValuesOf("currency"));
/** Beyond any price, and small enough that sums of it stay exact. */
const MOST_MINOR_UNITS = 1_000_000_000_000;

const NewConversion = z
  .strictObject({
    contact_id: Id.optional().openapi({ description: "Who." }),
    campaign_id: Id.optional().openapi({ description: "The campaign that led to it." }),
    interaction_id: text(200).optional().openapi({
      description: "The interaction that led to it, by the name that its own system has for it.",
    }),
    outcome: Outcome,
    conversion_value: z.int().min(0).max(MOST_MINOR_UNITS).optional().openapi({
      description: "In minor units of the currency as ISO 4217 counts them: 1250 of USD is 12.50.",
      example: 125_000_000,
    }),
    currency: z
      .string()
      .refine((code) => currencies.has(code), "must be an ISO 4217 code, such as COP")
      .optional()
      .openapi({ description: "The workspace's where it is not given.", example: "COP" }),
    intent_score: z.int().min(0).max(100).optional(),
    trigger_message: text(4000).optional().openapi({ description: "What the person had said." }),
    bot_message: text(4000).optional().openapi({ description: "What a bot had answered." }),
    checkout_completed: z.boolean().optional(),
    pages_visited: z.int().min(0).max(1_000_000).optional(),
    time_to_conversion_seconds: z.int().min(0).max(2_000_000_000).optional(),
    at: Instant.optional().openapi({ description: "When it happened; none: now." }),
  })
  .openapi("NewConversion", {
    example: {
      contact_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20",
      campaign_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d21",
      outcome: "purchased",
      conversion_value: 125_000_000,
      currency: "COP",
      checkout_completed: true,
      at: "2026-11-03T09:05:00-05:00",
    },
  });
type NewConversion = z.infer<typeof NewConversion>;

const Conversion = z
  .object({
    id: Id,
    contact_id: Id.nullable(),
    campaign_id: Id.nullable(),
    interaction_id: z.string().nullable(),
    outcome: Outcome,
    conversion_value: z.int().nullable().openapi({ description: "In minor units of the currency." }),
    currency: z.string().nullable(),
    intent_score: z.int().nullable(),
    trigger_message: z.string().nullable(),
    bot_message: z.string().nullable(),
    checkout_completed: z.boolean().nullable(),
    pages_visited: z.int().nullable(),
    time_to_conversion_seconds: z.int().nullable(),
    at: Timestamp,
    created_at: Timestamp,
  })
  .openapi("Conversion");

const NewlyTold = Conversion.extend({
  stopped: z.int().openapi({ description: "Sequences that ended for the person." }),
}).openapi("ConversionTold");

const Filter = PageQuery.extend({
  contact_id: Id.optional(),
  campaign_id: Id.optional(),
  interaction_id: text(200).optional(),
  outcome: Outcome.optional(),
});
const Key = z.tuple([z.guid()]);

/** What campaigns and interactions have led to. */
export const conversionRoutes: Routes = ({ route }) => {
  const tag = "Conversions";

  route(
    {
      operationId: "listConversions",
      method: "get",
      path: "/v1/conversions",
      tag,
      summary: "List conversions, the last one told of first",
      query: Filter,
      answer: pageOf(Conversion),
    },
    async ({ tx, auth, query: { limit, cursor, ...filter } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listConversions(tx, auth.workspaceId, filter, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "createConversion",
      method: "post",
      path: "/v1/conversions",
      tag,
      summary: "Tell what a campaign or an interaction has led to",
      description:
        "Needs one of contact_id, campaign_id and interaction_id. A purchase or a visit ends the person's drip sequences that stop on a conversion, as far as they had begun by then, and counts for their lead score.",
      body: NewConversion,
      status: 201,
      answer: NewlyTold,
    },
    async ({ tx, auth, body, audit }) => {
      const { workspaceId } = auth;
      if (body.contact_id !== undefined) await lockContacts(tx, [body.contact_id]);
      await check(tx, workspaceId, body);
      const conversion = await insertConversion(tx, workspaceId, {
        ...given(body),
        currency: await currencyOf(tx, workspaceId, body),
        created_by: auth.keyId,
      });
      const { id, outcome, contact_id, stopped } = conversion;
      audit({ subject_id: id, change: { outcome, contact_id, stopped } });
      return conversion;
    },
  );
};

/** Null where there is no value that it could be the currency of. */
async function currencyOf(tx: Tx, workspaceId: string, body: NewConversion): Promise<string | null> {
  if (body.conversion_value === undefined) return null;
  return body.currency ?? (await findWorkspace(tx, workspaceId))?.currency ?? null;
}

/** Clocks of other systems differ by so much. */
const CLOCK_SLACK_MS = 300_000;

async function check(tx: Tx, workspaceId: string, body: NewConversion): Promise<void> {
  const { contact_id, campaign_id, interaction_id, currency, conversion_value, at } = body;
  if ((contact_id ?? campaign_id ?? interaction_id) === undefined)
    throw new DomainError("validation", "Neither who converted nor what led to it is said.", {
      field: "contact_id",
      fix: "Give at least one of contact_id, campaign_id and interaction_id.",
    });
  if (currency !== undefined && conversion_value === undefined)
    throw new DomainError("validation", "There is a currency and nothing in it.", {
      field: "currency",
      fix: "Give conversion_value in minor units of it, or leave the currency out.",
    });
  if (at !== undefined && at.getTime() > (await databaseNow(tx)).getTime() + CLOCK_SLACK_MS)
    throw new DomainError("validation", "A conversion cannot lie in the future.", {
      field: "at",
      fix: "Give the moment at which it happened.",
    });
  if (contact_id !== undefined && !(await findContact(tx, workspaceId, contact_id)))
    throw absent("contact_id", "contact", "GET /v1/contacts lists them.");
  if (campaign_id !== undefined && !(await findCampaign(tx, workspaceId, campaign_id)))
    throw absent("campaign_id", "campaign", "GET /v1/campaigns lists them.");
}

const absent = (field: string, what: string, fix: string) =>
  new DomainError("validation", `There is no such ${what}.`, { field, fix });
