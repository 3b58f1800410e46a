import type { Channel } from "../domain/address.ts";
import type { Db, Tx } from "./connect.ts";
import { markLeads } from "./leadMarks.ts";

const shown = [
  "id",
  "contact_id",
  "channel",
  "state",
  "purpose",
  "source",
  "method",
  "evidence",
  "at",
] as const;

export type NewConsent = {
  contact_id: string;
  channel: Channel;
  state: "opted_in" | "opted_out";
  purpose: "marketing" | "transactional" | "all";
  source: string;
  method: string;
  evidence?: Record<string, unknown>;
  /** Now, where it is not given. */
  at?: Date;
};

/** Adds to the record; nothing takes away from it. The caller holds the contact's lock (db/locks.ts). */
export async function addConsent(tx: Tx, workspaceId: string, consent: NewConsent) {
  await markLeads(tx, workspaceId, [consent.contact_id]);
  return tx
    .insertInto("consents")
    .values({ ...consent, workspace_id: workspaceId, evidence: JSON.stringify(consent.evidence ?? {}) })
    .returning(shown)
    .executeTakeFirstOrThrow();
}

/** One person's record, newest first. */
export function listConsents(
  db: Db,
  workspaceId: string,
  contactId: string,
  page: { before?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("consents")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("contact_id", "=", contactId);
  if (page.before) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}
