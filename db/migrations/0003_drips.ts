import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** Drip sequences: the steps of a drip campaign in their versions, and each person's place in them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [sequences, enrollments, isolation]) await sql.raw(part).execute(db);
}

const sequences = `
create table sequences (
  campaign_id uuid primary key references campaigns on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  version int not null default 1,
  adopted_version int not null default 1,
  last_step_id int not null,
  settings jsonb not null default '{}',
  enroll_due_at timestamptz default now(),
  enroll_cursor uuid,
  enrolled_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table sequences is 'What a campaign of type drip has beside its row; its steps stand in sequence_versions.';
comment on column sequences.adopted_version is 'The version that everybody who is enrolled has; behind version while an edit is being carried to them in batches.';
comment on column sequences.last_step_id is 'The highest id that a step of any version has had: ids are never given twice, so a step that was deleted is never sent by another''s name.';
comment on column sequences.settings is 'As domain/dripSequence.ts reads it: stop_on, reentry, continuous enrollment, events, goal, spreading.';
comment on column sequences.enroll_due_at is 'When the audience is walked through for people to enroll; null: not any more, or there is none.';
comment on column sequences.enroll_cursor is 'The last contact id of the walk that is under way.';

create table sequence_versions (
  campaign_id uuid not null references campaigns on delete cascade,
  version int not null,
  workspace_id uuid not null,
  steps jsonb not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (campaign_id, version)
);
comment on column sequence_versions.steps is 'In their order: [{id, delay_hours | delay, at_local_time, window, message | template_id, channel, conditions, stop_on}]. An id stays with its step through all versions.';
`;

const enrollments = `
create table enrollments (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  campaign_id uuid not null,
  contact_id uuid not null,
  entry int not null default 1,
  source text not null check (source in ('audience','api','event')),
  state text not null default 'active' check (state in ('active','paused','completed','stopped','cancelled')),
  reason text,
  version int not null,
  last_step int,
  next_step int,
  due_at timestamptz,
  last_step_at timestamptz,
  enrolled_at timestamptz not null default now(),
  paused_at timestamptz,
  ended_at timestamptz
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
comment on table enrollments is 'A person''s place in a drip sequence. No foreign keys, as on messages: rows are moved in batches, and what they point to is not deleted.';
comment on column enrollments.entry is 'Counts the times a person went through; more than one only where the sequence allows re-entry.';
comment on column enrollments.reason is 'Why it is stopped, cancelled or paused: reply, opt_out, conversion, goal, left_segment, deleted, no_step_left, campaign_cancelled, api …';
comment on column enrollments.version is 'Of whose steps next_step is one.';
comment on column enrollments.next_step is 'What they wait for; of ended ones, what they waited for when it ended.';
comment on column enrollments.due_at is 'When the next step is; kept through a pause, null once ended.';
comment on column enrollments.last_step_at is 'When the last step''s message was due, which the next delay counts from.';
create unique index enrollments_entry on enrollments (campaign_id, contact_id, entry);
create unique index enrollments_open on enrollments (campaign_id, contact_id) where ended_at is null;
create index enrollments_due on enrollments (campaign_id, due_at, id) where state = 'active';
create index enrollments_contact on enrollments (contact_id, id);
`;

const isolation = `
${isolateTables("sequences", "sequence_versions", "enrollments")}
revoke update, delete on sequence_versions from campanile_api, campanile_worker;
`;
