import { sql } from "kysely";
import { clearest, type Match, matchOf, RELATED } from "../domain/language/knowledgeMatch.ts";
import { mattersOf, widened } from "../domain/language/knowledgeWords.ts";
import type { Language } from "../domain/language/language.ts";
import type { Db, Tx } from "./connect.ts";

const shown = [
  "id",
  "question",
  "answer",
  "language",
  "tags",
  "enabled",
  "created_at",
  "updated_at",
] as const;

export interface KnowledgeFields {
  question?: string | undefined;
  answer?: string | undefined;
  language?: Language | undefined;
  tags?: string[] | undefined;
  enabled?: boolean | undefined;
}

/** Newest first, behind `before`. */
export function listKnowledge(
  db: Db | Tx,
  workspaceId: string,
  filter: { language?: Language | undefined; tag?: string | undefined; enabled?: boolean | undefined },
  page: { before?: string | undefined; limit: number },
) {
  return db
    .selectFrom("knowledge_entries")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("deleted_at", "is", null)
    .$if(filter.language !== undefined, (query) => query.where("language", "=", filter.language ?? ""))
    .$if(filter.enabled !== undefined, (query) => query.where("enabled", "=", filter.enabled ?? true))
    .$if(filter.tag !== undefined, (query) => query.where(sql<boolean>`${filter.tag}::text = any(tags)`))
    .$if(page.before !== undefined, (query) => query.where("id", "<", page.before ?? ""))
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
}

export function findKnowledge(db: Db | Tx, workspaceId: string, id: string) {
  return db
    .selectFrom("knowledge_entries")
    .select(shown)
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

export function insertKnowledge(
  tx: Tx,
  workspaceId: string,
  fields: KnowledgeFields & { question: string; answer: string; language: Language },
) {
  return tx
    .insertInto("knowledge_entries")
    .values({ ...fields, workspace_id: workspaceId })
    .returning(shown)
    .executeTakeFirstOrThrow();
}

/** Undefined where there is none. */
export function updateKnowledge(tx: Tx, workspaceId: string, id: string, fields: KnowledgeFields) {
  return tx
    .updateTable("knowledge_entries")
    .set({ ...fields, updated_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .returning(shown)
    .executeTakeFirst();
}

/** Bursts that it has answered still refer to it. */
export function deleteKnowledge(tx: Tx, workspaceId: string, id: string) {
  return tx
    .updateTable("knowledge_entries")
    .set({ deleted_at: sql`now()`, updated_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .returning("id")
    .executeTakeFirst();
}

export interface FoundEntry extends Match {
  id: string;
  question: string;
  answer: string;
}

export interface Found {
  /** Best first; what has too little to do with it is left out. */
  entries: FoundEntry[];
  /** The one of them that answers as it is. */
  clear: FoundEntry | undefined;
}

const MOST_CANDIDATES = 20;
const MOST_FOUND = 5;
/** What somebody asks stands at the start of what they write. */
const LONGEST_ASKED = 1_000;

/** What a workspace knows about what somebody asks, in their language. */
export async function searchKnowledge(
  db: Db | Tx,
  workspaceId: string,
  asked: { text: string; language: Language },
): Promise<Found> {
  const { language } = asked;
  const text = asked.text.slice(0, LONGEST_ASKED);
  const { rows: candidates } = await sql<{ id: string; question: string; answer: string; tags: string[] }>`
    select e.id, e.question, e.answer, e.tags
    from knowledge_entries e, knowledge_query(${language}, ${widened(text, language)}) as query
    where e.workspace_id = ${workspaceId} and e.enabled and e.deleted_at is null and e.language = ${language}
      and e.search @@ query
    order by ts_rank(e.search, query) desc, e.id limit ${MOST_CANDIDATES}`.execute(db);
  if (candidates.length === 0) return { entries: [], clear: undefined };
  const texts = candidates.flatMap(({ question, tags, answer }) => [question, tags.join(" "), answer]);
  const [words = [], ...known] = await dictionaryWords(
    db,
    language,
    [text, ...texts].map((one) => mattersOf(one, language)),
  );
  const entries = candidates
    .map(({ id, question, answer }, n) => {
      const [ofQuestion = [], ofTags = [], ofAnswer = []] = known.slice(n * 3);
      const match = matchOf(words, { question: ofQuestion, tags: ofTags, answer: ofAnswer });
      return { id, question, answer, ...match };
    })
    .filter(({ score }) => score >= RELATED)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MOST_FOUND);
  return { entries, clear: clearest(entries) };
}

/** The words of each text as full text search compares them. */
async function dictionaryWords(
  db: Db | Tx,
  language: Language,
  texts: readonly string[],
): Promise<string[][]> {
  const { rows } = await sql<{ words: string[] }>`
    select tsvector_to_array(knowledge_words(${language}, text)) as words
    from unnest(${texts}::text[]) with ordinality as given (text, n) order by n`.execute(db);
  return rows.map(({ words }) => words);
}
