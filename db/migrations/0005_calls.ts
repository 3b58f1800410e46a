import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** Voice: calls, their recordings, and what was said in them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [calls, recordings, transcripts, isolation]) await sql.raw(part).execute(db);
}

const calls = `
alter table members add column call_phone text;
comment on column members.call_phone is 'Where calls of their conversations are forwarded to, E.164; null: callers leave a message.';

create table calls (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  call_sid text not null,
  provider_account_id uuid,
  sender_id uuid,
  contact_id uuid,
  conversation_id uuid,
  direction text not null default 'in' check (direction in ('in','out')),
  address text,
  own_address text,
  state text not null default 'ringing'
    check (state in ('ringing','in_progress','completed','busy','no_answer','failed','canceled')),
  language text,
  forwarded_to uuid,
  duration_seconds int,
  transcription text not null default 'waiting'
    check (transcription in ('waiting','requested','in_progress','completed','failed','none')),
  transcription_reason text,
  transcription_deadline_at timestamptz,
  retries smallint not null default 0,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, call_sid)
);
comment on table calls is 'One call to or from a number of ours. It belongs to the conversation of its pair of numbers.';
comment on column calls.address is 'The person''s number; null where they hide it. own_address is ours.';
comment on column calls.provider_account_id is 'Whose account the call is on; null: the environment''s.';
comment on column calls.forwarded_to is 'The member the caller was put through to; null: the caller left a message.';
comment on column calls.transcription is 'How it stands with all recordings of the call together; transcripts has each. none: there is nothing to be transcribed, transcription_reason says why.';
comment on column calls.transcription_deadline_at is 'Past it the transcription has failed. Begins with the end of the call, and anew with each retry.';
create index calls_page on calls (workspace_id, id desc);
create index calls_conversation on calls (conversation_id, id) where conversation_id is not null;
create index calls_contact on calls (contact_id, id) where contact_id is not null;
create index calls_age on calls (workspace_id, started_at);
`;

const recordings = `
create table recordings (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  call_id uuid not null,
  recording_sid text not null,
  state text not null default 'in_progress' check (state in ('in_progress','completed','absent','failed')),
  duration_seconds int,
  channels smallint not null default 1,
  url text,
  recorded_at timestamptz not null default now(),
  deletion_requested_at timestamptz,
  deleted_at timestamptz,
  unique (workspace_id, recording_sid)
);
comment on column recordings.url is 'Where the provider keeps it; asks for the account''s credentials. Null once deleted.';
comment on column recordings.deletion_requested_at is 'Somebody asked for it, or it has been kept long enough; deleted_at: it is gone at the provider too.';
create index recordings_call on recordings (call_id);
create index recordings_unwanted on recordings (deletion_requested_at) where deletion_requested_at is not null and deleted_at is null;
create index recordings_kept on recordings (workspace_id, recorded_at) where deleted_at is null;
`;

// What a language has no dictionary for is searched word by word.
const transcripts = `
create table transcripts (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  call_id uuid not null,
  recording_id uuid not null unique,
  engine text not null check (engine in ('twilio','speech')),
  state text not null default 'requested' check (state in ('requested','in_progress','ready','completed','failed')),
  reason text,
  provider_sid text,
  given_up_sids text[] not null default '{}',
  intended_at timestamptz,
  language text,
  duration_seconds int,
  text text,
  summary text,
  intent text,
  sentiment text check (sentiment in ('positive','neutral','negative')),
  action_items text[] not null default '{}',
  digested_by text,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  search tsvector generated always as (case language
    when 'es' then to_tsvector('spanish'::regconfig, coalesce(text, ''))
    when 'en' then to_tsvector('english'::regconfig, coalesce(text, ''))
    when 'pt' then to_tsvector('portuguese'::regconfig, coalesce(text, ''))
    else to_tsvector('simple'::regconfig, coalesce(text, '')) end) stored
);
comment on table transcripts is 'The text of one recording: there is one per recording, whatever dies.';
comment on column transcripts.state is 'requested: the provider is asked for it; in_progress: it works on it; ready: its sentences can be fetched; completed: they are stored and summarised.';
comment on column transcripts.intended_at is 'Committed before the provider is asked to create it; set without provider_sid means in doubt: its list is asked before another try.';
comment on column transcripts.given_up_sids is 'Transcripts of the provider that failed before a retry; the next one is another.';
comment on column transcripts.digested_by is 'What summary, intent, sentiment and action items come from: rules, or a model''s name.';
create index transcripts_call on transcripts (call_id);
create index transcripts_page on transcripts (workspace_id, id desc);
create index transcripts_search on transcripts using gin (search);
create unique index transcripts_sid on transcripts (workspace_id, provider_sid) where provider_sid is not null;

create table transcript_sentences (
  transcript_id uuid not null,
  position int not null,
  workspace_id uuid not null,
  speaker text not null check (speaker in ('person','agent','unknown')),
  start_seconds real not null,
  end_seconds real not null,
  confidence real,
  text text not null,
  created_at timestamptz not null default now(),
  primary key (transcript_id, position)
);
comment on table transcript_sentences is 'In the order in which they were said. unknown: both speak on one channel of the recording.';
`;

const isolation = `
${isolateTables("calls", "recordings", "transcripts", "transcript_sentences")}
`;
