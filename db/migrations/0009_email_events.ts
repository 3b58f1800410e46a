import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** What e-mail brings back: events, links, figures by receiving domain, what people prefer, and how senders stand. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [events, preferences, health, grants]) await sql.raw(part).execute(db);
}

const events = `
create table email_links (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  campaign_id uuid,
  url_hash bytea not null,
  url text not null,
  created_at timestamptz not null default now(),
  constraint email_links_once unique nulls not distinct (workspace_id, campaign_id, url_hash)
);
comment on table email_links is 'Links of e-mails that somebody has clicked; url_hash is the SHA-256 of url, which may be too long for an index.';
comment on column email_links.url is 'Without what may tell one recipient from another (domain/email/link.ts).';

create table email_events (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  message_id uuid not null,
  campaign_id uuid,
  sender_id uuid,
  kind text not null check (kind in ('deferred','bounced','blocked','dropped','opened','clicked','complained',
    'unsubscribed','topic_declined','topic_accepted')),
  at timestamptz not null,
  machine boolean not null default false,
  reason text,
  link_id uuid,
  client_class text check (client_class in ('desktop','mobile','webmail','proxy')),
  country text,
  receiving_domain text
);
comment on table email_events is 'What happened to each e-mail beside its states, once each. No foreign keys, as on messages: they come by the thousand a second.';
comment on column email_events.machine is 'An open by a program that fetches pictures for everybody (Apple Mail Privacy Protection): in no rate.';
comment on column email_events.reason is 'A code of SMTP, a class of bounces or a reason for not sending; nothing of what the receiving server wrote.';
comment on column email_events.country is 'Null where the provider does not tell it.';
create index email_events_message on email_events (message_id, id);
create index email_events_campaign on email_events (campaign_id, kind, id) where campaign_id is not null;

create table email_domain_counts (
  workspace_id uuid not null,
  sender_id uuid not null,
  domain text not null,
  hour timestamptz not null,
  processed int not null default 0,
  deferred int not null default 0,
  delivered int not null default 0,
  bounced int not null default 0,
  blocked int not null default 0,
  dropped int not null default 0,
  complained int not null default 0,
  opened int not null default 0,
  machine_opened int not null default 0,
  clicked int not null default 0,
  unsubscribed int not null default 0,
  primary key (sender_id, domain, hour)
) with (fillfactor = 50);
comment on table email_domain_counts is 'Events of a sender by receiving domain and hour: what its health is judged by. Kept for 90 days.';
create index email_domain_counts_hour on email_domain_counts (hour);
`;

const preferences = `
create table email_topics (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  description text,
  translations jsonb not null default '{}',
  asm_group_id int,
  position int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
comment on table email_topics is 'What a workspace writes about, so that people may take some of it and decline the rest.';
comment on column email_topics.translations is 'By language: {es: {name, description}}.';
comment on column email_topics.asm_group_id is 'The unsubscribe group at SendGrid that means the same.';
create unique index email_topics_name on email_topics (workspace_id, lower(name)) where deleted_at is null;
create unique index email_topics_group on email_topics (workspace_id, asm_group_id) where deleted_at is null;

create table email_preferences (
  contact_id uuid primary key,
  workspace_id uuid not null,
  declined uuid[] not null default '{}',
  max_per_week smallint check (max_per_week between 1 and 100),
  language text check (language in ('en','es','pt')),
  updated_at timestamptz not null default now()
);
comment on table email_preferences is 'What a person has chosen on the preference page. Whether they get e-mail at all is not here: that is consent and suppression.';
comment on column email_preferences.declined is 'Ids of email_topics.';

alter table suppressions drop constraint suppressions_reason_check;
alter table suppressions add constraint suppressions_reason_check
  check (reason in ('opted_out','unsubscribed','bounced','blocked','complaint','invalid','erased'));
comment on column suppressions.reason is 'unsubscribed: no more marketing; everything else holds back messages of every purpose.';
`;

const health = `
create table email_sender_health (
  sender_id uuid primary key references senders on delete cascade,
  workspace_id uuid not null,
  level text not null default 'ok' check (level in ('ok','warn','slow','stop')),
  level_since timestamptz not null default now(),
  holds_since timestamptz,
  figures jsonb not null default '{}',
  judged_at timestamptz not null default now()
);
comment on table email_sender_health is 'How receiving servers and people take what a sender sends (domain/email/health.ts).';
comment on column email_sender_health.holds_since is 'Set at slow and stop: campaigns that were started later wait at this sender.';

create table email_suppression_syncs (
  workspace_id uuid not null references workspaces on delete cascade,
  account text not null,
  list text not null,
  synced_until timestamptz,
  running_until timestamptz,
  next_offset int not null default 0,
  finished_at timestamptz,
  found int not null default 0,
  primary key (workspace_id, account, list)
);
comment on table email_suppression_syncs is 'How far each suppression list of SendGrid has been read for a workspace, and how far its own have been written there.';
comment on column email_suppression_syncs.account is 'A provider account''s id, or environment.';
comment on column email_suppression_syncs.running_until is 'The end of the stretch of time that is being read now; synced_until once it is done. next_offset: the page to go on with.';
`;

const grants = `
${isolateTables(
  "email_links",
  "email_events",
  "email_domain_counts",
  "email_topics",
  "email_preferences",
  "email_sender_health",
  "email_suppression_syncs",
)}
revoke insert, update, delete on email_sender_health from campanile_api;
revoke insert, update, delete on email_suppression_syncs from campanile_api;
`;
