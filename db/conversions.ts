import type { Insertable } from "kysely";
import type { Db, Tx } from "./connect.ts";
import { stopEnrollments } from "./enrollments.ts";
import { markLeads } from "./leadMarks.ts";
import { endLeads } from "./qualifiedLeads.ts";
import type { Conversions } from "./schema.ts";

const shown = [
  "id",
  "contact_id",
  "campaign_id",
  "interaction_id",
  "outcome",
  "conversion_value",
  "currency",
  "intent_score",
  "trigger_message",
  "bot_message",
  "checkout_completed",
  "pages_visited",
  "time_to_conversion_seconds",
  "at",
  "created_at",
] as const;

export type NewConversion = Omit<Insertable<Conversions>, "workspace_id">;

/** Outcomes that end what was meant to bring them about. */
const CONVERTS: ReadonlySet<string> = new Set(["purchased", "visited"]);
/** A sequence begun so soon after the moment that a shop gives was begun for the same order. */
const GRACE_MS = 3_600_000;

/**
 * Writes a conversion down with what follows from it. Who has bought or come leaves the sequences that stop on a
 * conversion, and who has bought is no open lead any more: as far as those had begun by then, so that telling of last
 * year ends nothing of today. The score is out of date. Gives how many sequences ended. The caller holds the person's
 * lock (db/locks.ts).
 */
export async function insertConversion(tx: Tx, workspaceId: string, conversion: NewConversion) {
  const row = await tx
    .insertInto("conversions")
    .values({ ...conversion, workspace_id: workspaceId })
    .returning(shown)
    .executeTakeFirstOrThrow();
  const { contact_id: contactId, outcome } = row;
  if (contactId === null || !CONVERTS.has(outcome)) return { ...row, stopped: 0 };
  const begunBy = new Date(row.at.getTime() + GRACE_MS);
  const stopped = await stopEnrollments(tx, { workspaceId, contactId, event: "conversion", begunBy });
  if (outcome === "purchased") await endLeads(tx, [contactId], "converted", begunBy);
  await markLeads(tx, workspaceId, [contactId]);
  return { ...row, stopped };
}

export interface ConversionFilter {
  contact_id?: string | undefined;
  campaign_id?: string | undefined;
  interaction_id?: string | undefined;
  outcome?: string | undefined;
}

/** The last one told of first. */
export function listConversions(
  db: Db,
  workspaceId: string,
  filter: ConversionFilter,
  page: { before?: string | undefined; limit: number },
) {
  let query = db.selectFrom("conversions").select(shown).where("workspace_id", "=", workspaceId);
  for (const field of ["contact_id", "campaign_id", "interaction_id", "outcome"] as const)
    if (filter[field] !== undefined) query = query.where(field, "=", filter[field]);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}
