import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** Conversations: how each stands, what became of every burst, drafts, notes, response times, and the feed of changes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [conversations, work, isolation]) await sql.raw(part).execute(db);
}

const conversations = `
alter table conversations
  add column state text not null default 'open' check (state in ('open','pending','closed')),
  add column assignee_id uuid,
  add column assigned_at timestamptz,
  add column tags text[] not null default '{}',
  add column language text,
  add column handed_off_at timestamptz,
  add column handoff_reason text check (handoff_reason in
    ('keyword','person_wanted','negative_sentiment','lead_score','unsure','limit','by_hand')),
  add column awaiting_since timestamptz,
  add column answer_due_at timestamptz,
  add column escalated_at timestamptz,
  add column first_inbound_at timestamptz,
  add column first_answered_at timestamptz,
  add column first_response_seconds int,
  add column close_due_at timestamptz,
  add column closed_at timestamptz,
  add column closed_by text,
  add column reopened_count int not null default 0,
  add column burst_started_at timestamptz,
  add column burst_due_at timestamptz,
  add column handled_message_id uuid,
  add column intent text,
  add column sentiment text check (sentiment in ('positive','neutral','negative')),
  add column urgency text check (urgency in ('low','medium','high')),
  add column auto_answers_on date,
  add column auto_answers int not null default 0,
  add column away_sent_at timestamptz,
  add column csat_requested_at timestamptz,
  add column csat_score smallint check (csat_score between 1 and 5),
  add column csat_at timestamptz;
comment on column conversations.status is 'Whether the thread is in use: blocked ones are stored and neither answered nor handed on. state says whose turn it is.';
comment on column conversations.state is 'open: somebody here has to act; pending: the person has; closed: over until they write again, which opens it.';
comment on column conversations.handed_off_at is 'Since when people answer it and the machine is silent; null while the machine may answer. Closing clears it.';
comment on column conversations.awaiting_since is 'When the person wrote what nobody has answered yet; null: nothing waits for an answer.';
comment on column conversations.answer_due_at is 'By when an answer must be given (SLA); only while handed over and awaiting. escalated_at: that it was missed has been told.';
comment on column conversations.first_response_seconds is 'From the first message since it was last opened to its first answer.';
comment on column conversations.close_due_at is 'When it closes by itself unless something happens; null: not by itself.';
comment on column conversations.closed_by is 'quiet, or member:<id> or key:<id>.';
comment on column conversations.burst_due_at is 'When the burst of messages that is coming in counts as over; null: all of it has been handled, up to handled_message_id.';
comment on column conversations.intent is 'Of the last burst, like sentiment and urgency; conversation_bursts has all of them.';
comment on column conversations.auto_answers is 'Automatic answers on the local day auto_answers_on.';
create index conversations_state on conversations (workspace_id, state, updated_at desc, id desc);
create index conversations_assignee on conversations (assignee_id, updated_at desc) where assignee_id is not null;
create index conversations_queue on conversations (workspace_id, handed_off_at) where handed_off_at is not null and assignee_id is null;

alter table messages
  add column author_kind text check (author_kind in ('machine','member','key')),
  add column author_id uuid,
  add column answers_id uuid,
  add column parts_in jsonb;
comment on column messages.author_kind is 'Who wrote an outgoing message of a conversation: a rule or model, a member, or a client whose key belongs to nobody. author_id is the member or the key.';
comment on column messages.answers_id is 'The last inbound message of the burst that an automatic answer is for: there is one per burst, whatever dies.';
comment on column messages.parts_in is 'Of an inbound message, what is neither text nor media: {button: {text, payload}, location: {latitude, longitude, address, label}, replied_to}.';
create unique index messages_one_answer on messages (answers_id) where answers_id is not null;

alter table members
  add column available boolean not null default false,
  add column assigned_at timestamptz;
comment on column members.available is 'Takes conversations that are handed over.';
comment on column members.assigned_at is 'When they were last given one: the next goes to whom it was longest ago.';

create index contacts_whatsapp_user on contacts (workspace_id, whatsapp_user_id) where whatsapp_user_id is not null;
`;

const work = `
create table conversation_bursts (
  last_message_id uuid primary key,
  workspace_id uuid not null,
  conversation_id uuid not null,
  messages int not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  handled_at timestamptz not null default now(),
  outcome text not null check (outcome in ('answered','away','draft','handed_off','left','refused')),
  reason text,
  intent text,
  sentiment text,
  confidence smallint,
  urgency text,
  language text,
  provider text,
  keyword_answer_id uuid,
  classification jsonb,
  answer_id uuid
);
comment on table conversation_bursts is 'What became of messages that came within a few seconds: one row per burst, and so one answer. left: nobody has to do anything, or a person has it already; refused: the rules of sending forbade the answer.';
comment on column conversation_bursts.reason is 'Why so: keyword, loop, opted_out, out_of_office, blocked, manual, outside_hours, or the rule that forbade it.';
comment on column conversation_bursts.classification is 'As /v1/ai/classify answers. It may quote the person and goes with their texts.';
create index conversation_bursts_conversation on conversation_bursts (conversation_id, last_message_id);
create index conversation_bursts_age on conversation_bursts (workspace_id, handled_at);

create table conversation_drafts (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  conversation_id uuid not null,
  answers_id uuid not null unique,
  body text,
  source text not null check (source in ('keyword','classification')),
  state text not null default 'waiting' check (state in ('waiting','sent','dropped','outdated')),
  edited boolean not null default false,
  message_id uuid,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  settled_by uuid
);
comment on table conversation_drafts is 'Answers that wait for a person in review mode; one per burst. A newer burst or another answer makes a waiting one outdated.';
comment on column conversation_drafts.settled_by is 'The member or key that sent or dropped it.';
create index conversation_drafts_waiting on conversation_drafts (workspace_id, id) where state = 'waiting';
create index conversation_drafts_conversation on conversation_drafts (conversation_id, id);

create table conversation_notes (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  conversation_id uuid not null,
  author_kind text not null check (author_kind in ('machine','member','key')),
  author_id uuid,
  body text not null,
  created_at timestamptz not null default now()
);
comment on table conversation_notes is 'What colleagues tell each other; never sent to the person.';
create index conversation_notes_conversation on conversation_notes (conversation_id, id);

create table response_times (
  message_id uuid primary key,
  workspace_id uuid not null,
  conversation_id uuid not null,
  kind text not null check (kind in ('first','next')),
  author_kind text not null check (author_kind in ('machine','member','key')),
  author_id uuid,
  asked_at timestamptz not null,
  answered_at timestamptz not null default now(),
  seconds int not null
);
comment on table response_times is 'How long a person waited for each answer: from what was not answered yet to the answer''s entry in the outbox (messages.accepted_at: when the provider took it). first: since the conversation was opened.';
create index response_times_age on response_times (workspace_id, answered_at);

create table keyword_answers (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  keywords text[] not null check (cardinality(keywords) between 1 and 20),
  match text not null default 'whole' check (match in ('whole','starts','contains')),
  channel text check (channel in ('whatsapp','sms')),
  language text,
  body text,
  hand_off boolean not null default false,
  position int not null default 0,
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  check (body is not null or hand_off)
);
comment on table keyword_answers is 'Fixed answers of a workspace, tried by position before anything else. Words are compared without case, accents and punctuation (domain/conversationKeywords.ts).';
comment on column keyword_answers.match is 'The whole text is the keyword, begins with it, or has it as words somewhere.';
comment on column keyword_answers.hand_off is 'The conversation goes to a person; the body, if any, is sent first.';
create index keyword_answers_order on keyword_answers (workspace_id, position, id) where deleted_at is null;

create table conversation_events (
  id bigint generated always as identity primary key,
  workspace_id uuid not null,
  conversation_id uuid not null,
  tx xid8 not null default pg_current_xact_id(),
  at timestamptz not null default now(),
  kind text not null check (kind in ('message_in','message_out','opened','pending','closed','status','assigned',
    'handed_off','escalated','note','tags','draft','csat','read','burst')),
  subject_id uuid,
  change jsonb not null default '{}'
);
comment on table conversation_events is 'Every change, in order, for live views; ids and states, nothing that a person wrote. Kept for a few days.';
comment on column conversation_events.tx is 'Ids are given before commit, so they may appear out of order. Read by (tx, id), and only what is older than every transaction that still runs (db/conversationEvents.ts): then nothing is ever missed.';
comment on column conversation_events.subject_id is 'The message, note, draft or member concerned.';
create index conversation_events_feed on conversation_events (workspace_id, tx, id);
create index conversation_events_age on conversation_events (at);
`;

const isolation = `
${isolateTables("conversation_bursts", "conversation_drafts", "conversation_notes", "response_times", "keyword_answers", "conversation_events")}
revoke update, delete on conversation_events from campanile_api;
revoke update on conversation_events from campanile_worker;
`;
