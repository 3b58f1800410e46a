import { z } from "@hono/zod-openapi";
import { addConsent, listConsents } from "../../db/consents.ts";
import { findContact, lockContact } from "../../db/contacts.ts";
import { cancelQueued } from "../../db/suppressions.ts";
import { CHANNELS } from "../../domain/address.ts";
import { DomainError } from "../../domain/errors.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp, text } from "../schemas.ts";
import { wakeCampaigns } from "../wakeCampaigns.ts";

const Consent = z
  .object({
    id: Id,
    contact_id: Id,
    channel: z.enum(CHANNELS),
    state: z.enum(["opted_in", "opted_out"]),
    purpose: z.enum(["marketing", "transactional", "all"]),
    source: z.string(),
    method: z.string(),
    evidence: z.record(z.string(), z.unknown()),
    at: Timestamp,
  })
  .openapi("Consent");

const NewConsent = z
  .strictObject({
    channel: z.enum(CHANNELS),
    state: z.enum(["opted_in", "opted_out"]),
    purpose: z.enum(["marketing", "transactional", "all"]).default("marketing"),
    source: text(100).openapi({ description: "Where it was given: web_form, store, phone call …" }),
    method: text(100).openapi({ description: "How: checkbox, signature, spoken …" }),
    evidence: z.record(z.string().max(100), z.unknown()).default({}),
  })
  .openapi("NewConsent", {
    example: {
      channel: "whatsapp",
      state: "opted_in",
      purpose: "marketing",
      source: "web_form",
      method: "checkbox",
      evidence: { form: "altos-de-los-rosales", version: 3 },
    },
  });

const Key = z.tuple([z.guid()]);
const noneFound = () =>
  new DomainError("not_found", "There is no such contact.", { fix: "GET /v1/contacts lists them." });

/** What people have consented to: a record that only grows. */
export const consentRoutes: Routes = ({ route }) => {
  const tag = "Consents";

  route(
    {
      operationId: "listConsents",
      method: "get",
      path: "/v1/contacts/{id}/consents",
      tag,
      summary: "Show what a contact has consented to, newest first",
      description: "The newest record of a channel and purpose (or of purpose `all`) is the one that holds.",
      params: IdParams,
      query: PageQuery,
      answer: pageOf(Consent),
    },
    async ({ tx, auth, params, query: { limit, cursor } }) => {
      if (!(await findContact(tx, auth.workspaceId, params.id))) throw noneFound();
      const before = readCursor(cursor, Key)?.[0];
      const rows = await listConsents(tx, auth.workspaceId, params.id, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "addConsent",
      method: "post",
      path: "/v1/contacts/{id}/consents",
      tag,
      summary: "Record a consent or its withdrawal",
      description:
        "The record only grows. An `opted_out` also cancels what is queued for the person on that channel.",
      params: IdParams,
      body: NewConsent,
      status: 201,
      answer: Consent,
    },
    async ({ tx, auth, params, body, audit }) => {
      if (!(await lockContact(tx, auth.workspaceId, params.id))) throw noneFound();
      const consent = await addConsent(tx, auth.workspaceId, { ...body, contact_id: params.id });
      const { channel, state, purpose } = body;
      audit({ change: { channel, state, purpose } });
      if (state === "opted_out") {
        const purposes = purpose === "all" ? (["marketing", "transactional"] as const) : [purpose];
        const ids = [params.id];
        await wakeCampaigns(
          tx,
          await cancelQueued(tx, auth.workspaceId, ids, channel, "opted_out", purposes),
        );
      }
      return consent;
    },
  );
};
