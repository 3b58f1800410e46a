import { sql } from "kysely";
import { plainWords } from "../domain/conversationKeywords.ts";
import type { Span } from "./analyticsSpan.ts";
import type { Db } from "./connect.ts";
import { folded } from "./fold.ts";
import { BROUGHT_WITHIN_DAYS } from "./qualifiedLeads.ts";
import { receivedIn } from "./sentMessages.ts";

export interface KeywordFigures {
  keyword: string;
  mentions: number;
  conversations: number;
  leads: number;
}

/** Keywords of a workspace's fixed answers, as plain words. */
export async function listKeywords(db: Db, workspaceId: string): Promise<string[]> {
  const { rows } = await sql<{ keyword: string }>`
    select distinct unnest(keywords) as keyword from keyword_answers
    where workspace_id = ${workspaceId} and deleted_at is null`.execute(db);
  return rows.map(({ keyword }) => keyword);
}

/**
 * How often people said each of these words in a span, the most frequent first: whole words without case, accents and
 * punctuation, wherever they stand. What a program of theirs wrote does not count, nor what retention has emptied.
 */
export async function readKeywordFigures(
  db: Db,
  workspaceId: string,
  span: Span,
  keywords: readonly string[],
  limit: number,
): Promise<KeywordFigures[]> {
  const words = [...new Set(keywords.map(plainWords))].filter((word) => word !== "");
  const plain = sql`' ' || regexp_replace(${folded(sql<string>`m.body`)} collate "pg_c_utf8", '[^[:alnum:]]+', ' ', 'g') || ' '`;
  const { rows } = await sql<KeywordFigures>`
    with said as materialized (
      select at, contact_id, conversation_id, ${plain} as words from (${receivedIn(workspaceId, span, {})}) m
      where m.reason is distinct from 'automatic' and m.body is not null
    ), led as materialized (
      select contact_id, at from qualified_leads where workspace_id = ${workspaceId} and at >= ${span.from}
    )
    select k.word as keyword, count(s.at)::int as mentions, count(distinct s.conversation_id)::int as conversations,
      count(distinct s.contact_id) filter (where exists (select from led l where l.contact_id = s.contact_id
        and l.at >= s.at and l.at < s.at + ${BROUGHT_WITHIN_DAYS} * interval '1 day'))::int as leads
    from unnest(${words}::text[]) k (word)
      left join said s on position(' ' || k.word || ' ' in s.words) > 0
    group by k.word order by mentions desc, k.word limit ${limit}`.execute(db);
  return rows;
}
