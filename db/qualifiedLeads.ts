import { sql } from "kysely";
import {
  hasCooled,
  INTENT_DAYS,
  type LeadScoreSettings,
  type QualifiedBy,
  qualifiedBy,
} from "../domain/leadQuality.ts";
import type { LeadScore } from "../domain/leadScore.ts";
import type { Db, Tx } from "./connect.ts";
import type { LeadRow } from "./leadFacts.ts";

interface ScoredLead {
  facts: LeadRow;
  score: LeadScore;
}

const idsOf = (leads: readonly ScoredLead[]) => leads.map(({ facts }) => facts.contact_id);

/** Opens and ends what qualified_leads says of these people, whose rows the caller has locked. */
export async function qualify(
  tx: Tx,
  on: { workspaceId: string; settings: LeadScoreSettings },
  leads: readonly ScoredLead[],
): Promise<{ qualified: number; cooled: number }> {
  const { workspaceId, settings } = on;
  const found = leads.flatMap((lead) => {
    const by = qualifiedBy(lead.score, lead.facts, lead.facts.intended !== null, settings);
    return by === null ? [] : [{ ...lead, by }];
  });
  const cold = leads.filter(({ score, facts }) => hasCooled(score, facts, facts.intended !== null, settings));
  return {
    cooled: await endLeads(tx, idsOf(cold), "cooled"),
    qualified: await openLeads(tx, workspaceId, found),
  };
}

/** The campaign whose message they had answered within so many days has brought them. */
export const BROUGHT_WITHIN_DAYS = 7;

/** Who has converted is no lead again for as long as what they had said before still qualifies. */
async function openLeads(
  tx: Tx,
  workspaceId: string,
  leads: readonly (ScoredLead & { by: QualifiedBy })[],
): Promise<number> {
  if (leads.length === 0) return 0;
  const opened = await sql`
    insert into qualified_leads (workspace_id, contact_id, qualified_by, score, intent, conversation_id, campaign_id)
    select ${workspaceId}::uuid, u.id, u.qualified_by, u.score, u.intent, talk.id, answered.campaign_id
    from unnest(${idsOf(leads)}::uuid[], ${leads.map(({ by }) => by)}::text[],
      ${leads.map(({ score }) => score.total)}::smallint[], ${leads.map(({ facts }) => facts.intended)}::text[])
      u (id, qualified_by, score, intent)
    left join lateral (select k.id from conversations k
      where k.contact_id = u.id and k.last_inbound_at is not null order by k.last_inbound_at desc limit 1) talk on true
    left join lateral (select m.campaign_id from messages m
      where m.contact_id = u.id and m.campaign_id is not null
        and m.replied_at > now() - ${BROUGHT_WITHIN_DAYS} * interval '1 day'
      order by m.replied_at desc limit 1) answered on true
    where not exists (select from qualified_leads q where q.contact_id = u.id and (q.ended_at is null
      or q.ended_by = 'converted' and q.ended_at > now() - ${INTENT_DAYS} * interval '1 day'))
    on conflict do nothing`.execute(tx);
  return Number(opened.numAffectedRows ?? 0);
}

/** People who are no qualified leads any more, or of what they had become by a moment. Gives how many were. */
export async function endLeads(
  tx: Tx,
  contactIds: readonly string[],
  by: "cooled" | "converted" | "erased",
  begunBy: Date | null = null,
): Promise<number> {
  if (contactIds.length === 0) return 0;
  const ended = await sql`
    update qualified_leads set ended_at = now(), ended_by = ${by}
    where contact_id = any(${contactIds as string[]}::uuid[]) and ended_at is null
      and (${begunBy}::timestamptz is null or at <= ${begunBy})`.execute(tx);
  return Number(ended.numAffectedRows ?? 0);
}

/** One time that somebody became a qualified lead. */
export interface QualifiedLead {
  id: string;
  contact_id: string;
  at: Date;
  qualified_by: string;
  score: number;
  intent: string | null;
  conversation_id: string | null;
  campaign_id: string | null;
  ended_at: Date | null;
  ended_by: string | null;
}

const shown = [
  "id",
  "contact_id",
  "at",
  "qualified_by",
  "score",
  "intent",
  "conversation_id",
  "campaign_id",
  "ended_at",
  "ended_by",
] as const;

/** Newest first. */
export function listQualifiedLeads(
  db: Db,
  workspaceId: string,
  filter: { open?: boolean | undefined; campaign_id?: string | undefined },
  page: { before?: string | undefined; limit: number },
): Promise<QualifiedLead[]> {
  let query = db.selectFrom("qualified_leads").select(shown).where("workspace_id", "=", workspaceId);
  if (filter.open !== undefined) query = query.where("ended_at", filter.open ? "is" : "is not", null);
  if (filter.campaign_id !== undefined) query = query.where("campaign_id", "=", filter.campaign_id);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

/** One that nobody has been told of. */
export interface UntoldLead {
  id: string;
  workspace_id: string;
  contact_id: string;
  conversation_id: string | null;
  qualified_by: string;
  score: number;
  intent: string | null;
}

/** The oldest first. */
export function findUntold(db: Db, limit: number): Promise<UntoldLead[]> {
  return db
    .selectFrom("qualified_leads")
    .select(["id", "workspace_id", "contact_id", "conversation_id", "qualified_by", "score", "intent"])
    .where("told_at", "is", null)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** True for whoever comes first. */
export async function markTold(tx: Tx, id: string): Promise<boolean> {
  const told = await tx
    .updateTable("qualified_leads")
    .set({ told_at: sql`now()` })
    .where("id", "=", id)
    .where("told_at", "is", null)
    .executeTakeFirst();
  return told.numUpdatedRows > 0n;
}
