import { type Expression, type RawBuilder, sql, type SqlBool } from "kysely";
import type { Db } from "./connect.ts";

export interface TranscriptFilter {
  /** Words, "phrases", -without: as people type into a search box. */
  q?: string | undefined;
  language?: string | undefined;
  intent?: string | undefined;
  sentiment?: string | undefined;
  contact_id?: string | undefined;
}

/** The dictionary of each language, as the column `search` is made by. */
const DICTIONARIES = { es: "spanish", en: "english", pt: "portuguese" } as const;

/** Each language's rows by its own dictionary, so that "precios" finds "precio". */
function matches(q: string): Expression<SqlBool> {
  const known = Object.entries(DICTIONARIES).map(
    ([language, name]) =>
      sql<SqlBool>`(t.language = ${language} and t.search @@ websearch_to_tsquery(${sql.lit(name)}::regconfig, ${q}))`,
  );
  const languages = Object.keys(DICTIONARIES);
  const others = sql<SqlBool>`((t.language is null or t.language <> all (${languages}::text[]))
    and t.search @@ websearch_to_tsquery('simple'::regconfig, ${q}))`;
  return sql<SqlBool>`(${sql.join([...known, others], sql` or `)})`;
}

/** Where in the text it stands, between « and »; null without a search. */
function excerpt(q: string | undefined): RawBuilder<string | null> {
  if (q === undefined) return sql<null>`null::text`;
  const dictionary = sql`(case t.language ${sql.join(
    Object.entries(DICTIONARIES).map(
      ([language, name]) => sql`when ${sql.lit(language)} then ${sql.lit(name)}::regconfig`,
    ),
    sql` `,
  )} else 'simple'::regconfig end)`;
  return sql<string>`ts_headline(${dictionary}, t.text, websearch_to_tsquery(${dictionary}, ${q}),
    'StartSel=«, StopSel=», MaxWords=30, MinWords=10, MaxFragments=2')`;
}

/** Newest first. */
export function searchTranscripts(
  db: Db,
  workspaceId: string,
  filter: TranscriptFilter,
  page: { before?: string | undefined; limit: number },
) {
  let query = db
    .selectFrom("transcripts as t")
    .innerJoin("calls as c", "c.id", "t.call_id")
    .innerJoin("recordings as r", "r.id", "t.recording_id")
    .select([
      "t.id",
      "c.call_sid",
      "r.recording_sid",
      "r.url as recording_url",
      "c.contact_id",
      "c.conversation_id",
      "c.started_at",
      "t.duration_seconds as duration",
      "t.state",
      "t.reason",
      "t.language",
      "t.summary",
      "t.intent",
      "t.sentiment",
      "t.completed_at",
    ])
    .select(excerpt(filter.q).as("excerpt"))
    .where("t.workspace_id", "=", workspaceId);
  if (filter.q !== undefined) query = query.where(matches(filter.q));
  for (const column of ["language", "intent", "sentiment"] as const) {
    const wanted = filter[column];
    if (wanted !== undefined) query = query.where(`t.${column}`, "=", wanted);
  }
  if (filter.contact_id !== undefined) query = query.where("c.contact_id", "=", filter.contact_id);
  if (page.before !== undefined) query = query.where("t.id", "<", page.before);
  return query.orderBy("t.id", "desc").limit(page.limit).execute();
}

/** Everything that was written down of a call, recording by recording. */
export function readTranscripts(db: Db, workspaceId: string, callId: string) {
  return db
    .selectFrom("transcripts as t")
    .select(["t.id", "t.recording_id", "t.state", "t.reason", "t.language", "t.text", "t.summary"])
    .select(["t.intent", "t.sentiment", "t.action_items", "t.digested_by", "t.engine", "t.completed_at"])
    .where("t.workspace_id", "=", workspaceId)
    .where("t.call_id", "=", callId)
    .orderBy("t.recording_id")
    .execute();
}

/** Sentences in the order in which they were said, transcript by transcript. */
export function readSentences(db: Db, workspaceId: string, transcriptIds: readonly string[]) {
  return db
    .selectFrom("transcript_sentences")
    .select(["transcript_id", "position", "speaker", "start_seconds", "end_seconds", "confidence", "text"])
    .where("workspace_id", "=", workspaceId)
    .where("transcript_id", "in", [...transcriptIds])
    .orderBy("transcript_id")
    .orderBy("position")
    .execute();
}
