import { z } from "@hono/zod-openapi";
import type { Tx } from "../../db/connect.ts";
import { listConsents } from "../../db/consents.ts";
import { type Contact, findContact } from "../../db/contacts.ts";
import { listAttempts } from "../../db/messages.ts";
import { addressHash, listSuppressions } from "../../db/suppressions.ts";
import { listPersonEnrollments, listPersonMessages } from "../../db/timeline.ts";
import { DomainError } from "../../domain/errors.ts";
import { explainEnrollment, explainState } from "../../domain/explain.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import { Attempt } from "../messageSchemas.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf, Timestamp } from "../schemas.ts";

const MessageEntry = z
  .object({
    kind: z.literal("message"),
    id: Id,
    at: Timestamp,
    direction: z.string(),
    channel: z.string(),
    purpose: z.string(),
    campaign_id: Id.nullable(),
    campaign_name: z.string().nullable(),
    step: z.number().int().nullable().openapi({ description: "Of a drip sequence." }),
    sender_id: Id.nullable(),
    state: z.string(),
    reason: z.string().nullable(),
    answer: z.string().openapi({ description: "How it stands and why, as one sentence." }),
    error_code: z.string().nullable(),
    body: z.string().nullable(),
    due_at: Timestamp.nullable(),
    accepted_at: Timestamp.nullable(),
    sent_at: Timestamp.nullable(),
    delivered_at: Timestamp.nullable(),
    read_at: Timestamp.nullable(),
    failed_at: Timestamp.nullable(),
    replied_at: Timestamp.nullable(),
    attempts: z.array(Attempt),
  })
  .openapi("TimelineMessage");

const ConsentEntry = z
  .object({
    kind: z.literal("consent"),
    id: Id,
    at: Timestamp,
    channel: z.string(),
    state: z.string(),
    purpose: z.string(),
    source: z.string(),
    method: z.string(),
  })
  .openapi("TimelineConsent");

const SuppressionEntry = z
  .object({
    kind: z.literal("suppression"),
    id: Id,
    at: Timestamp,
    channel: z.string(),
    reason: z.string(),
    source: z.string(),
    lifted_at: Timestamp.nullable(),
  })
  .openapi("TimelineSuppression");

const EnrollmentEntry = z
  .object({
    kind: z.literal("enrollment"),
    id: Id,
    at: Timestamp,
    campaign_id: Id,
    campaign_name: z.string(),
    source: z.string(),
    state: z.string(),
    reason: z.string().nullable(),
    answer: z.string().openapi({ description: "Where they stand in the sequence, as one sentence." }),
    last_step: z.number().int().nullable(),
    next_step: z.number().int().nullable(),
    due_at: Timestamp.nullable(),
    ended_at: Timestamp.nullable(),
  })
  .openapi("TimelineEnrollment");

const Entry = z.union([MessageEntry, ConsentEntry, SuppressionEntry, EnrollmentEntry]);

const Key = z.tuple([z.guid()]);
type Page = { before?: string | undefined; limit: number };

/** What happened to one person, and why. */
export const timelineRoutes: Routes = ({ route }, deps) => {
  route(
    {
      operationId: "getContactTimeline",
      method: "get",
      path: "/v1/contacts/{id}/timeline",
      tag: "Contacts",
      summary: "Show what happened to a contact, newest first",
      description:
        "Messages in and out with how they stand and why, records of consent, places in drip sequences, and suppressions of the addresses they have now; in the order in which they were recorded.",
      params: IdParams,
      query: PageQuery,
      answer: pageOf(Entry),
    },
    async ({ tx, auth, params, query: { limit, cursor } }) => {
      const contact = await findContact(tx, auth.workspaceId, params.id);
      if (!contact) {
        throw new DomainError("not_found", "There is no such contact.", {
          fix: "GET /v1/contacts lists them.",
        });
      }
      const page = { before: readCursor(cursor, Key)?.[0], limit: limit + 1 };
      const entries = [
        ...(await messagesOf(tx, auth.workspaceId, contact.id, page)),
        ...(await enrollmentsOf(tx, auth.workspaceId, contact.id, page)),
        ...(await consentsOf(tx, auth.workspaceId, contact.id, page)),
        ...(await suppressionsOf(tx, deps.addressKey, auth.workspaceId, contact, page)),
      ];
      // Ids are UUIDv7: across tables, their order is the order of time.
      entries.sort((a, b) => (a.id < b.id ? 1 : -1));
      return pageFrom(entries.slice(0, limit + 1), limit, (entry) => [entry.id]);
    },
  );
};

async function messagesOf(tx: Tx, workspaceId: string, contactId: string, page: Page) {
  const rows = await listPersonMessages(tx, workspaceId, contactId, page);
  const ids = rows.filter((row) => row.attempts > 0).map((row) => row.id);
  const calls = ids.length === 0 ? [] : await listAttempts(tx, workspaceId, ids);
  const attempts = Map.groupBy(calls, (attempt) => attempt.message_id);
  return rows.map((row) => ({
    ...row,
    kind: "message" as const,
    at: row.created_at,
    answer: explainState({ ...row, detail: row.detail as Record<string, unknown> | null }),
    attempts: attempts.get(row.id) ?? [],
  }));
}

async function enrollmentsOf(tx: Tx, workspaceId: string, contactId: string, page: Page) {
  const rows = await listPersonEnrollments(tx, workspaceId, contactId, page);
  return rows.map((row) => ({
    ...row,
    kind: "enrollment" as const,
    at: row.enrolled_at,
    answer: explainEnrollment(row),
  }));
}

async function consentsOf(tx: Tx, workspaceId: string, contactId: string, page: Page) {
  const rows = await listConsents(tx, workspaceId, contactId, page);
  return rows.map((row) => ({ ...row, kind: "consent" as const }));
}

async function suppressionsOf(tx: Tx, key: Buffer, workspaceId: string, contact: Contact, page: Page) {
  const addresses = [contact.phone, contact.whatsapp_user_id, contact.email];
  const found = [];
  for (const address of new Set(addresses.filter((one) => one !== null))) {
    const filter = { addressHash: addressHash(key, address), lifted: true };
    found.push(...(await listSuppressions(tx, workspaceId, filter, page)));
  }
  return found.map((row) => ({ ...row, kind: "suppression" as const, at: row.created_at }));
}
