import { z } from "@hono/zod-openapi";
import type { Tx } from "../../db/connect.ts";
import { lockContacts } from "../../db/locks.ts";
import {
  cancelQueued,
  contactsAtAddress,
  findSuppression,
  liftSuppression,
  listSuppressions,
  SUPPRESSION_REASONS,
  suppress,
} from "../../db/suppressions.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { CHANNELS, type Channel } from "../../domain/address.ts";
import { DomainError } from "../../domain/errors.ts";
import { usableEmail, usablePhone } from "../contactInput.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";
import { wakeCampaigns } from "../wakeCampaigns.ts";

const Suppression = z
  .object({
    id: Id,
    channel: z.enum(CHANNELS),
    address: z
      .string()
      .nullable()
      .openapi({ description: "Null once its person was deleted; it still holds." }),
    reason: z.enum(SUPPRESSION_REASONS),
    source: z.string(),
    detail: z.record(z.string(), z.unknown()),
    created_by: Id.nullable(),
    created_at: Timestamp,
    lifted_at: Timestamp.nullable(),
  })
  .openapi("Suppression");

const NewSuppression = z
  .strictObject({
    channel: z
      .enum([...CHANNELS, "all"])
      .openapi({ description: "`all`: every channel the address can have." }),
    address: text(320).openapi({ description: "A phone number, an e-mail address or a WhatsApp user id." }),
    reason: z.enum(["blocked", "opted_out", "complaint", "bounced", "invalid"]).default("blocked"),
    note: text(1000).optional(),
  })
  .openapi("NewSuppression", {
    example: { channel: "all", address: "+573105550199", reason: "blocked", note: "Asked at the counter" },
  });

const Lift = z
  .strictObject({ reason: text(1000), evidence: z.record(z.string().max(100), z.unknown()).default({}) })
  .openapi("SuppressionLift", {
    example: { reason: "Asked for messages again at the counter", evidence: { form: 1841 } },
  });

const Key = z.tuple([z.guid()]);
const OWN_WORD = ["opted_out", "unsubscribed", "complaint", "erased"];
const noneFound = () =>
  new DomainError("not_found", "There is no such suppression.", { fix: "GET /v1/suppressions lists them." });

/** Addresses that must not be messaged. */
export const suppressionRoutes: Routes = ({ route }, deps) => {
  const tag = "Suppressions";

  route(
    {
      operationId: "listSuppressions",
      method: "get",
      path: "/v1/suppressions",
      tag,
      summary: "List the suppressed addresses",
      query: PageQuery.extend({
        channel: z.enum(CHANNELS).optional(),
        reason: z.enum(SUPPRESSION_REASONS).optional(),
        lifted: z
          .enum(["true", "false"])
          .default("false")
          .openapi({ description: "With those that were lifted." }),
      }),
      answer: pageOf(Suppression),
    },
    async ({ tx, auth, query: { limit, cursor, channel, reason, lifted } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const filter = { channel, reason, lifted: lifted === "true" };
      const rows = await listSuppressions(tx, auth.workspaceId, filter, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "addSuppression",
      method: "post",
      path: "/v1/suppressions",
      tag,
      summary: "Suppress an address",
      description:
        "At once: what is queued for the address is cancelled. One that is suppressed already is given as it is.",
      body: NewSuppression,
      status: 201,
      answer: z.object({ data: z.array(Suppression) }),
    },
    async ({ tx, auth, body, audit }) => {
      const places = await placesOf(tx, auth.workspaceId, body.channel, body.address);
      const people = new Map<Channel, string[]>();
      for (const { channel, address } of places)
        people.set(channel, await contactsAtAddress(tx, auth.workspaceId, channel, address));
      await lockContacts(tx, [...people.values()].flat());
      const data = [];
      for (const { channel, address } of places) {
        const detail = body.note === undefined ? {} : { note: body.note };
        const of = { workspaceId: auth.workspaceId, channel, address, reason: body.reason, source: "api" };
        data.push(await suppress(tx, deps.addressKey, { ...of, detail, createdBy: auth.keyId }));
        const ids = people.get(channel) ?? [];
        await wakeCampaigns(tx, await cancelQueued(tx, auth.workspaceId, ids, channel, "suppressed"));
      }
      const channels = places.map((place) => place.channel);
      audit({ subject_id: data[0]?.id ?? auth.workspaceId, change: { channels, reason: body.reason } });
      return { data };
    },
  );

  route(
    {
      operationId: "getSuppression",
      method: "get",
      path: "/v1/suppressions/{id}",
      tag,
      summary: "Show a suppression that holds",
      description: "Those that were lifted: GET /v1/suppressions?lifted=true.",
      params: IdParams,
      answer: Suppression,
    },
    ({ tx, auth, params }) => existing(tx, auth.workspaceId, params.id),
  );

  route(
    {
      operationId: "deleteSuppression",
      method: "delete",
      path: "/v1/suppressions/{id}",
      tag,
      summary: "Lift a suppression that was not the person's own word",
      params: IdParams,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, audit }) => {
      const suppression = await existing(tx, auth.workspaceId, params.id);
      if (OWN_WORD.includes(suppression.reason)) {
        throw new DomainError(
          "state_conflict",
          `An address that is suppressed as ${suppression.reason} stays so.`,
          {
            fix: `Only with evidence of the person's own word: POST /v1/suppressions/${params.id}/lift.`,
          },
        );
      }
      audit({ change: { reason: suppression.reason, channel: suppression.channel } });
      await lift(tx, auth.workspaceId, suppression, { by: auth.keyId });
    },
  );

  route(
    {
      operationId: "liftSuppression",
      method: "post",
      path: "/v1/suppressions/{id}/lift",
      tag,
      summary: "Lift a suppression, with evidence",
      description:
        "What the person has opted out of stays so until POST /v1/contacts/{id}/consents records that they opted in.",
      params: IdParams,
      body: Lift,
      answer: Suppression,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, body, audit }) => {
      const suppression = await existing(tx, auth.workspaceId, params.id);
      const { reason, channel } = suppression;
      audit({ change: { reason, channel, evidence: Object.keys(body.evidence) } });
      return lift(tx, auth.workspaceId, suppression, { by: auth.keyId, ...body });
    },
  );

  async function lift(
    tx: Tx,
    workspaceId: string,
    suppression: { id: string; reason: string },
    why: Record<string, unknown>,
  ) {
    const lifted = await liftSuppression(tx, workspaceId, suppression, why);
    if (lifted) return lifted;
    throw new DomainError("state_conflict", "This suppression was lifted before.", {
      fix: "Nothing is left to do; POST /v1/suppressions puts the address back.",
    });
  }
};

async function existing(tx: Tx, workspaceId: string, id: string) {
  const suppression = await findSuppression(tx, workspaceId, id);
  if (!suppression) throw noneFound();
  return suppression;
}

const WHATSAPP_USER_ID = /^[A-Z]{2}\.[A-Za-z0-9.]{4,}$/;

/** The channels and canonical addresses that a suppression by hand is about. */
async function placesOf(tx: Tx, workspaceId: string, channel: Channel | "all", raw: string) {
  if (channel === "email" || (channel === "all" && raw.includes("@"))) {
    return [{ channel: "email" as const, address: usableEmail(raw, "address") }];
  }
  if (WHATSAPP_USER_ID.test(raw) && (channel === "whatsapp" || channel === "all")) {
    return [{ channel: "whatsapp" as const, address: raw }];
  }
  const region = (await findWorkspace(tx, workspaceId))?.default_region ?? "";
  const address = usablePhone(raw, region, "address").canonical;
  const channels = channel === "all" ? (["whatsapp", "sms", "voice"] as const) : [channel];
  return channels.map((one) => ({ channel: one, address }));
}
