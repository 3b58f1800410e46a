import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** What a workspace knows and answers from, which of it answered what, and how conversations end. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [words, knowledge, answers, isolateTables("knowledge_entries")])
    await sql.raw(part).execute(db);
}

// People write without accents, which db/fold.ts takes away; the endings that the dictionaries know by their accent
// are given it back, so that "devolucion" and "devoluciones" are one word again.
const words = String.raw`
create function knowledge_words(language text, words text) returns tsvector
  language sql immutable parallel safe set search_path = pg_catalog as $$
  with plain as (select translate(lower(words collate "pg_c_utf8"), 'áàâãäéèêëíìîïóòôõöúùûüñç', 'aaaaaeeeeiiiiooooouuuunc')
    as folded)
  select case language
    when 'es' then to_tsvector('spanish'::regconfig, regexp_replace(folded, '([cs])ion\M', '\1ión', 'g'))
    when 'pt' then to_tsvector('portuguese'::regconfig, replace(replace(regexp_replace(regexp_replace(folded,
      '([cs])ao\M', '\1ão', 'g'), '([cs])oes\M', '\1ões', 'g'), 'cão', 'ção'), 'cões', 'ções'))
    else to_tsvector('english'::regconfig, folded) end
  from plain $$;
comment on function knowledge_words is 'The words of a text by the dictionary of its language, however it is accented.';

create function knowledge_search(language text, question text, answer text, tags text[]) returns tsvector
  language sql immutable parallel safe set search_path = pg_catalog, public as $$
  select setweight(knowledge_words(language, question), 'A')
    || setweight(knowledge_words(language, array_to_string(tags, ' ')), 'B')
    || setweight(knowledge_words(language, answer), 'D') $$;

create function knowledge_query(language text, words text) returns tsquery
  language sql immutable parallel safe set search_path = pg_catalog, public as $$
  select coalesce(string_agg('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''', ' | '), '')::tsquery
  from unnest(tsvector_to_array(knowledge_words(language, words))) as word $$;
comment on function knowledge_query is 'Finds what has any of the words.';
`;

const knowledge = `
create table knowledge_entries (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  question text not null,
  answer text not null,
  language text not null check (language in ('en','es','pt')),
  tags text[] not null default '{}',
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  search tsvector generated always as (knowledge_search(language, question, answer, tags)) stored
);
comment on table knowledge_entries is 'What a workspace knows: short questions with their answers, which people are answered by (domain/language/answerPolicy.ts). An answer of a model may say nothing that is not in them.';
comment on column knowledge_entries.tags is 'Other words by which it is found.';
create index knowledge_entries_page on knowledge_entries (workspace_id, id desc) where deleted_at is null;
create index knowledge_entries_search on knowledge_entries using gin (search);
`;

const answers = `
alter table conversation_bursts
  add column knowledge_entry_ids uuid[] not null default '{}',
  add column answer_model text;
comment on column conversation_bursts.knowledge_entry_ids is 'Entries that the answer was taken from, or that the model was left to answer by.';
comment on column conversation_bursts.answer_model is 'The model that put the answer into words; null: nobody did, or it is a stored text.';

alter table conversation_drafts drop constraint conversation_drafts_source_check;
alter table conversation_drafts add constraint conversation_drafts_source_check
  check (source in ('keyword','classification','knowledge','model','assistant'));

alter table conversations drop constraint conversations_handoff_reason_check;
alter table conversations add constraint conversations_handoff_reason_check check (handoff_reason in
  ('keyword','person_wanted','negative_sentiment','complaint','legal','medical','lead_score','unsure','limit','by_hand'));
alter table conversations add column outcome text check (outcome in ('resolved','escalated','abandoned','fallback'));
comment on column conversations.outcome is 'What came of it since it was last opened (domain/conversationEnding.ts); null while that is open. escalated shows as soon as people have it.';
`;
