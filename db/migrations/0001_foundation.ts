import { type Kysely, sql } from "kysely";
import { isolate } from "./isolate.ts";

/** Tenants, access, people, senders, campaigns, messages and the tables that carry work between processes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [
    roles,
    access,
    contacts,
    audiences,
    sending,
    campaigns,
    messages,
    plumbing,
    resolvers,
    isolation,
  ]) {
    await sql.raw(part).execute(db);
  }
}

const roles = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'campanile_api') then create role campanile_api nologin; end if;
  if not exists (select from pg_roles where rolname = 'campanile_worker') then create role campanile_worker nologin; end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  execute format('grant campanile_api, campanile_worker to %I', current_user);
end $$;
grant usage on schema public to campanile_api, campanile_worker;
`;

const access = `
create table workspaces (
  id uuid primary key default uuidv7(),
  name text not null,
  time_zone text not null default 'America/Mexico_City',
  currency text not null default 'MXN',
  default_region text not null default 'MX',
  test_mode boolean not null default false,
  sending_stopped_at timestamptz,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now()
);
comment on column workspaces.settings is 'Overrides of the defaults of domain/settings.ts; validated by the same schema at the API.';
comment on column workspaces.sending_stopped_at is 'The stop switch of this workspace: while set, no intent is written.';

create table members (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  email text not null,
  role text not null check (role in ('owner','admin','operator','agent','viewer')),
  created_at timestamptz not null default now(),
  removed_at timestamptz
);
create unique index members_email on members (workspace_id, lower(email)) where removed_at is null;

create table api_keys (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  member_id uuid references members,
  name text not null,
  prefix text not null unique,
  secret_hash bytea not null,
  role text not null check (role in ('owner','admin','operator','agent','viewer')),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now()
);
comment on column api_keys.secret_hash is 'SHA-256 of the 256 random bits behind the prefix; the key itself is shown once and never stored.';
create index api_keys_workspace on api_keys (workspace_id, id);

create table provider_accounts (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  provider text not null check (provider in ('twilio','sendgrid')),
  name text not null,
  account_sid text not null,
  sealed_credentials bytea not null,
  previous_credentials bytea,
  previous_until timestamptz,
  verified_at timestamptz,
  created_at timestamptz not null default now(),
  unique (provider, account_sid)
);
comment on column provider_accounts.sealed_credentials is 'AES-256-GCM under SECRET_KEY; the previous ones verify webhooks until previous_until.';
create index provider_accounts_workspace on provider_accounts (workspace_id, id);

create table test_allowlist (
  workspace_id uuid not null references workspaces on delete cascade,
  address text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, address)
);
comment on table test_allowlist is 'The canonical addresses that a workspace in test mode may reach beside the sandbox.';

create table audit_log (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  actor_kind text not null check (actor_kind in ('api_key','system','provider')),
  actor_id uuid,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  change jsonb not null default '{}',
  request_id text,
  at timestamptz not null default now()
);
comment on column audit_log.change is 'Names of changed fields and their non-personal values; never an address, a name or a text.';
create index audit_log_workspace on audit_log (workspace_id, id desc);

create table idempotency_keys (
  workspace_id uuid not null references workspaces on delete cascade,
  key text not null,
  route text not null,
  body_hash bytea not null,
  status smallint,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (workspace_id, key)
);
comment on table idempotency_keys is 'Status is null while the first request is in work; rows live for 24 hours.';
create index idempotency_keys_age on idempotency_keys (created_at);
`;

const contacts = `
-- Workspaces and contacts are never deleted; erasing somebody empties the row. So nothing that an import writes for
-- each of a million people has a foreign key: checking one takes as long as writing the row to an index.
create table contacts (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  identity text,
  phone text,
  phone_type text,
  email text,
  whatsapp_user_id text,
  name text,
  search_name text generated always as
    (translate(lower(name collate "pg_c_utf8"), 'áàâãäéèêëíìîïóòôõöúùûüñç', 'aaaaaeeeeiiiiooooouuuunc')) stored,
  city text,
  region text,
  country text,
  time_zone text,
  number_zones text[] not null default '{}',
  language text,
  attributes jsonb not null default '{}',
  tags text[] not null default '{}',
  lifecycle text not null default 'lead',
  lead_score smallint check (lead_score between 0 and 100),
  last_activity_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  erased_at timestamptz
);
comment on column contacts.identity is 'What makes two rows one person: tel:<canonical phone>, else wa:<WhatsApp user id>, else mailto:<canonical e-mail>; null once erased.';
comment on column contacts.search_name is 'Folded for search, whatever the locale of the database (db/fold.ts).';
comment on column contacts.phone is 'Canonical E.164 (domain/address.ts): Mexico without 521, Argentina without 9, Brazil with the ninth digit.';
comment on column contacts.email is 'Canonical: NFC, lower case.';
comment on column contacts.time_zone is 'Set by the client; number_zones are those the number allows. Rules of time take the stricter.';
-- Whoever looks somebody up by what they are known by begins with that, not with the tenant (docs/decisions/0010).
create unique index contacts_identity on contacts (identity, workspace_id);
create index contacts_page on contacts (workspace_id, id);
create index contacts_phone on contacts (workspace_id, phone text_pattern_ops) where phone is not null;
create index contacts_email on contacts (workspace_id, email text_pattern_ops) where email is not null;
create index contacts_search on contacts (workspace_id, search_name text_pattern_ops);
create index contacts_tags on contacts using gin (tags);
create index contacts_activity on contacts (workspace_id, last_activity_at) where last_activity_at is not null;
create index contacts_score on contacts (workspace_id, lead_score) where lead_score is not null;

create table consents (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  contact_id uuid not null,
  channel text not null check (channel in ('whatsapp','sms','voice','email')),
  state text not null check (state in ('opted_in','opted_out')),
  purpose text not null default 'marketing' check (purpose in ('marketing','transactional','all')),
  source text not null,
  method text not null,
  evidence jsonb not null default '{}',
  at timestamptz not null default now()
);
comment on table consents is 'Append-only. The newest row of a contact, channel and purpose (or purpose all) is what holds.';
create index consents_newest on consents (contact_id, channel, at desc, id desc);

create table suppressions (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  channel text not null check (channel in ('whatsapp','sms','voice','email')),
  address_hash bytea not null,
  address text,
  reason text not null check (reason in ('opted_out','bounced','blocked','complaint','invalid','erased')),
  source text not null,
  detail jsonb not null default '{}',
  created_by uuid,
  created_at timestamptz not null default now(),
  lifted_at timestamptz
);
comment on column suppressions.address_hash is 'HMAC-SHA256 of the canonical address, keyed by SECRET_KEY: it outlives the erasure of the address.';
create unique index suppressions_active on suppressions (address_hash, channel, workspace_id) where lifted_at is null;
create index suppressions_address on suppressions (workspace_id, address_hash);
create index suppressions_page on suppressions (workspace_id, id desc);
`;

const audiences = `
create table contact_lists (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  description text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index contact_lists_name on contact_lists (workspace_id, lower(name)) where deleted_at is null;

create table contact_list_members (
  workspace_id uuid not null,
  list_id uuid not null,
  contact_id uuid not null,
  added_at timestamptz not null default now(),
  primary key (list_id, contact_id)
);
create index contact_list_members_contact on contact_list_members (contact_id);

create table segments (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  description text,
  filter jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index segments_name on segments (workspace_id, lower(name)) where deleted_at is null;

create table imports (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  list_id uuid references contact_lists,
  file_name text not null,
  file_sha256 bytea,
  bytes bigint not null default 0,
  state text not null check (state in ('uploading','queued','running','completed','failed','cancelled')),
  dry_run boolean not null default false,
  options jsonb not null default '{}',
  detected jsonb,
  cursor jsonb not null default '{}',
  row_count bigint not null default 0,
  created_count bigint not null default 0,
  updated_count bigint not null default 0,
  unchanged_count bigint not null default 0,
  duplicate_count bigint not null default 0,
  rejected_count bigint not null default 0,
  opted_in_count bigint not null default 0,
  opted_out_count bigint not null default 0,
  warnings jsonb not null default '{}',
  total_rows bigint,
  error text,
  created_by uuid,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
comment on column imports.options is 'Mapping override, default region, consent channel and words, delimiter, encoding.';
comment on column imports.detected is 'Encoding, delimiter and mapping as they were recognised.';
comment on column imports.cursor is 'Where the next batch starts: bytes and lines already applied; then how far consents are recorded.';
comment on column imports.warnings is 'How often something was taken with a reservation, by reason: an unusable e-mail beside a good phone, a yes of somebody who had opted out.';
create index imports_page on imports (workspace_id, id desc);

create table import_chunks (
  workspace_id uuid not null references workspaces on delete cascade,
  import_id uuid not null references imports on delete cascade,
  seq int not null,
  bytes bytea not null,
  primary key (import_id, seq)
);
comment on table import_chunks is 'The uploaded file as it came, in pieces; removed when the import has ended.';
alter table import_chunks alter column bytes set storage external;

create table import_people (
  workspace_id uuid not null,
  import_id uuid not null,
  identity_hash uuid not null,
  contact_id uuid,
  consent smallint not null default 0,
  outcome char(1) not null check (outcome in ('c','u','s')),
  given bytea not null,
  primary key (import_id, identity_hash)
);
create index import_people_consents on import_people (import_id, consent, contact_id) where consent <> 0 and contact_id is not null;
comment on table import_people is 'The people a file has named so far: what tells a duplicate row, and lets a later no win over a yes (-1 no, 0 nothing, 1 yes). Removed when the import has ended.';
comment on column import_people.contact_id is 'Null in a dry run.';
comment on column import_people.outcome is 'Created, updated, or the same as before.';
comment on column import_people.given is 'A bit for each column of the file that has given this person a value: the first one counts.';

create table import_rejects (
  workspace_id uuid not null references workspaces on delete cascade,
  import_id uuid not null references imports on delete cascade,
  line bigint not null,
  column_name text,
  reason text not null,
  cells jsonb not null,
  primary key (import_id, line)
);
`;

const sending = `
create table senders (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  provider_account_id uuid references provider_accounts,
  channel text not null check (channel in ('whatsapp','sms','email')),
  address text not null,
  name text,
  country text,
  kind text not null default 'long_code' check (kind in ('long_code','toll_free','short_code','whatsapp','email')),
  status text not null default 'active' check (status in ('active','paused','stopped')),
  status_reason text,
  rotation_enabled boolean not null default true,
  rotation_priority int not null default 0,
  last_used_at timestamptz,
  max_per_hour int not null default 100,
  max_per_day int not null default 1000,
  gap_min_ms int,
  gap_max_ms int,
  rate_per_second real,
  warmup_enabled boolean not null default true,
  warmup_day_limit int,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  removed_at timestamptz
);
comment on column senders.warmup_day_limit is 'Messages a day that the warmup allows at present; null when it has ended or does not apply.';
create unique index senders_address on senders (workspace_id, channel, address) where removed_at is null;
create unique index senders_default_account on senders (channel, address) where provider_account_id is null and removed_at is null;
create index senders_page on senders (workspace_id, id);

create table sender_pace (
  sender_id uuid primary key references senders on delete cascade,
  workspace_id uuid not null,
  epoch bigint not null default 0,
  next_send_at timestamptz not null default '-infinity',
  rate_factor real not null default 1,
  slowed_at timestamptz,
  inbound_seen_at timestamptz
) with (fillfactor = 50);
comment on table sender_pace is 'The row that a delivery slice holds while it writes an intent; apart from senders, so that rotation and changes of a sender never wait for its sending.';
comment on column sender_pace.epoch is 'Raised by each delivery slice as it begins; an intent is written only under the epoch of the slice that runs now.';
comment on column sender_pace.inbound_seen_at is 'Up to when the provider has been asked for inbound messages that no webhook brought; null before the first time.';
comment on column sender_pace.rate_factor is 'Halved when the provider says slow down, climbing back to 1: scales the pace.';

create table sender_minutes (
  workspace_id uuid not null,
  sender_id uuid not null,
  minute timestamptz not null,
  used int not null,
  primary key (sender_id, minute)
) with (fillfactor = 50);
comment on table sender_minutes is 'What a sender has used of its budgets, by minute; taken with the intent, given back for what was not sent.';

create table sender_assignments (
  workspace_id uuid not null,
  channel text not null,
  address text not null,
  sender_id uuid not null,
  assigned_at timestamptz not null default now(),
  primary key (workspace_id, channel, address)
);
comment on table sender_assignments is 'Which sender an address hears from: the first that wrote to it or was written to, from then on always the same.';
create index sender_assignments_sender on sender_assignments (sender_id);

create table templates (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  channel text not null check (channel in ('whatsapp','sms','email')),
  language text not null default 'es',
  category text not null default 'marketing' check (category in ('marketing','utility','authentication')),
  body text not null,
  samples jsonb not null default '{}',
  content_sid text,
  approval_status text not null default 'unsubmitted',
  approval_reason text,
  submitted_at timestamptz,
  checked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
comment on column templates.approval_status is 'As Twilio says: unsubmitted, received, pending, approved, rejected, paused, disabled; unknown words are kept as they come. Channels that need no approval are approved from the start.';
create unique index templates_name on templates (workspace_id, lower(name), channel, language) where deleted_at is null;
create index templates_pending on templates (checked_at) where deleted_at is null and content_sid is not null;
`;

const campaigns = `
create table campaigns (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  type text not null default 'broadcast' check (type in ('broadcast','drip')),
  channel text not null check (channel in ('whatsapp','sms','email')),
  purpose text not null default 'marketing' check (purpose in ('marketing','transactional')),
  state text not null default 'draft'
    check (state in ('draft','scheduled','running','paused','completed','cancelled','failed')),
  state_reason text,
  message_template text,
  template_id uuid references templates,
  audience jsonb not null default '{}',
  sender_ids uuid[] not null default '{}',
  variables jsonb not null default '{}',
  metadata jsonb not null default '{}',
  canary jsonb,
  canary_result jsonb,
  scheduled_at timestamptz,
  local_time text,
  expires_at timestamptz,
  message_cost_minor int,
  conversion_value_minor int,
  currency text,
  plan_cursor uuid,
  planned_at timestamptz,
  started_at timestamptz,
  paused_at timestamptz,
  completed_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on column campaigns.audience is '{list_ids, segment_id, contact_ids, exclude: {list_ids, segment_id, contact_ids}}';
comment on column campaigns.canary_result is 'How its canary stands (db/canary.ts): phase, figures, reasons, who decided, whether the rest has been let go; null until it begins.';
comment on column campaigns.local_time is 'HH:MM: each person is due when their own clock shows it for the first time after the start.';
comment on column campaigns.plan_cursor is 'The last contact id that has its row; planning goes on behind it. planned_at is set when everyone has one.';
create index campaigns_page on campaigns (workspace_id, id desc);

create table campaign_senders (
  workspace_id uuid not null references workspaces on delete cascade,
  campaign_id uuid not null references campaigns on delete cascade,
  sender_id uuid not null references senders on delete cascade,
  primary key (sender_id, campaign_id)
);
comment on table campaign_senders is 'The senders that hold rows of a campaign: the lanes a delivery slice looks into.';
create index campaign_senders_campaign on campaign_senders (campaign_id);
`;

const messages = `
create table conversations (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  channel text not null check (channel in ('whatsapp','sms','email')),
  contact_id uuid not null references contacts on delete cascade,
  sender_id uuid not null references senders,
  address text not null,
  status text not null default 'active' check (status in ('active','inactive','blocked')),
  last_inbound_at timestamptz,
  last_outbound_at timestamptz,
  unread_count int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint conversations_pair unique (address, sender_id, channel, workspace_id)
);
comment on table conversations is 'The thread with one address on one channel. WhatsApp free text is allowed until 24 hours after last_inbound_at.';
create index conversations_page on conversations (workspace_id, updated_at desc, id desc);
create index conversations_contact on conversations (contact_id);

create table messages (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  contact_id uuid not null,
  campaign_id uuid,
  enrollment_id uuid,
  sender_id uuid,
  conversation_id uuid,
  template_id uuid,
  lane uuid not null default '00000000-0000-0000-0000-000000000000',
  due_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  intended_at timestamptz,
  accepted_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  failed_at timestamptz,
  replied_at timestamptz,
  step int,
  priority smallint not null default 4,
  attempts smallint not null default 0,
  refusals smallint not null default 0,
  parts smallint not null default 1,
  direction text not null check (direction in ('out','in')),
  channel text not null check (channel in ('whatsapp','sms','email')),
  purpose text not null default 'marketing' check (purpose in ('marketing','transactional','conversation')),
  state text not null check (state in
    ('queued','sending','uncertain','accepted','sent','delivered','read','skipped','failed','undelivered','cancelled','received')),
  reason text,
  detail jsonb,
  error_code text,
  address text,
  body text,
  content_sid text,
  content_variables jsonb,
  media jsonb,
  provider_sid text
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);
comment on table messages is 'Every message in or out; outgoing rows are the outbox. A row that may be sent has a due_at; nothing else has one. No foreign keys here nor on attempts: each would cost a look-up and a shared lock per row on the send path.';
comment on column messages.due_at is 'Set while queued, null otherwise: the claim index hangs on it and not on state, so that later state changes are heap-only updates.';
comment on column messages.lane is 'The campaign, or the nil UUID: a sender takes turns between its lanes. The rest of a campaign whose canary is out waits in a lane that no sender looks into (db/canary.ts).';
comment on column messages.attempts is 'Attempts so far; the newest has this number. refusals counts those that were refused and may be retried, up to three.';
comment on column messages.provider_sid is 'Of inbound messages; those of outgoing ones belong to their attempts.';
create unique index messages_once on messages (campaign_id, contact_id, enrollment_id, step) nulls not distinct where campaign_id is not null;
create index messages_due on messages (sender_id, priority, lane, due_at, id) where due_at is not null;
create index messages_contact on messages (contact_id, id);
create index messages_thread on messages (conversation_id, id) where conversation_id is not null;
create unique index messages_inbound on messages (provider_sid) where provider_sid is not null;
create index messages_page on messages (workspace_id, id) where campaign_id is null;

create table attempts (
  message_id uuid not null,
  n smallint not null,
  workspace_id uuid not null,
  sender_id uuid not null,
  epoch bigint not null,
  intended_at timestamptz not null default now(),
  settled_at timestamptz,
  receipt_at timestamptz,
  outcome text not null default 'open' check (outcome in ('open','uncertain','accepted','refused','not_sent')),
  settled_by text,
  receipt_state text,
  receipt_rank smallint not null default 0,
  provider_sid text,
  error_code text,
  detail jsonb,
  primary key (message_id, n)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01);
comment on table attempts is 'The ledger: one row for each call to a provider, committed before the call. Open after its slice has died means in doubt.';
comment on column attempts.settled_by is 'answer, receipt, listing, deadline or operator:<member or key id>.';
create unique index attempts_sid on attempts (provider_sid) where provider_sid is not null;
create index attempts_open on attempts (sender_id, intended_at) where settled_at is null;
-- For the reconciler, which asks about attempts of a certain age; a summary per megabyte, which sending hardly pays for.
create index attempts_age on attempts using brin (intended_at) with (pages_per_range = 32, autosummarize = on);

create table message_fallbacks (
  message_id uuid primary key,
  workspace_id uuid not null,
  channel text not null check (channel in ('whatsapp','sms')),
  template_id uuid,
  body text,
  variables jsonb not null default '{}',
  due_at timestamptz,
  look_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  outcome text check (outcome in ('sent','not_needed','dropped')),
  reason text,
  fallback_id uuid
);
comment on table message_fallbacks is 'What goes out once, on the other channel, where a single message is refused or not delivered by due_at. Open ones are looked at in growing intervals; settled_at is what makes it once. The words go when it is settled.';
create index message_fallbacks_look on message_fallbacks (look_at) where settled_at is null;

create table alerts (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  alert_type text not null,
  severity text not null check (severity in ('low','medium','high','critical')),
  cause text not null,
  subject_kind text,
  subject_id uuid,
  metric_value double precision,
  threshold_value double precision,
  suggestion text,
  detail jsonb not null default '{}',
  created_at timestamptz not null default now(),
  read_at timestamptz,
  resolved_at timestamptz,
  resolved_by uuid
);
create unique index alerts_one_open on alerts (workspace_id, cause) where resolved_at is null;
create index alerts_page on alerts (workspace_id, id desc);
`;

const plumbing = `
create table webhook_events (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  provider text not null,
  kind text not null,
  dedupe_key text not null,
  payload jsonb not null,
  received_at timestamptz not null default now(),
  applied_at timestamptz,
  tries smallint not null default 0,
  last_error text,
  unique (workspace_id, provider, dedupe_key)
);
comment on table webhook_events is 'Each webhook as it came, applied in the same transaction; one whose effects failed keeps applied_at null and is redriven.';
create index webhook_events_unapplied on webhook_events (received_at) where applied_at is null;
-- For housekeeping, which asks for days at a time: a summary per megabyte, which taking receipts hardly pays for.
create index webhook_events_age on webhook_events using brin (received_at) with (pages_per_range = 32, autosummarize = on);

create table temporal_outbox (
  workflow_id text not null,
  request text not null,
  workspace_id uuid not null references workspaces on delete cascade,
  input jsonb not null default '{}',
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  next_try_at timestamptz not null default now(),
  tries int not null default 0,
  last_error text,
  primary key (workflow_id, request)
);
comment on table temporal_outbox is 'Starts and signals that a committed transaction owes to Temporal; one row per workflow and request, gone once done.';
create index temporal_outbox_due on temporal_outbox (next_try_at);

create table job_runs (
  workspace_id uuid not null references workspaces on delete cascade,
  kind text not null,
  local_date date not null,
  finished_at timestamptz,
  primary key (workspace_id, kind, local_date)
);

create table reconciler_cursors (
  age_minutes int primary key,
  asked_until timestamptz not null
);
comment on table reconciler_cursors is 'Attempts without a final receipt are asked about when they reach each of a few ages: up to which intended_at that has been done. The installation''s, not a workspace''s.';

create table switches (
  name text primary key,
  engaged_at timestamptz,
  reason text
);
comment on table switches is 'Switches of the whole installation; sending_stopped is the stop switch for everything.';
insert into switches (name) values ('sending_stopped');
`;

const resolvers = `
create function resolve_api_key(key_prefix text)
returns table (id uuid, workspace_id uuid, member_id uuid, role text, secret_hash bytea, expires_at timestamptz, revoked_at timestamptz, last_used_at timestamptz)
language sql stable security definer set search_path = public as $$
  select k.id, k.workspace_id, k.member_id, k.role, k.secret_hash, k.expires_at, k.revoked_at, k.last_used_at
  from api_keys k where k.prefix = key_prefix
$$;
comment on function resolve_api_key is 'One of the two ways around row-level security: who a key belongs to, before its workspace is known.';

create function resolve_webhook(of_provider text, of_account_sid text, of_workspace uuid, of_channel text, of_address text)
returns table (workspace_id uuid, provider_account_id uuid, sealed_credentials bytea, previous_credentials bytea, previous_until timestamptz)
language sql stable security definer set search_path = public as $$
  select a.workspace_id, a.id, a.sealed_credentials, a.previous_credentials, a.previous_until
  from provider_accounts a where a.provider = of_provider and a.account_sid = of_account_sid
  union all
  select w.id, null, null, null, null from workspaces w
  where w.id = of_workspace
    and not exists (select from provider_accounts a where a.provider = of_provider and a.account_sid = of_account_sid)
  union all
  select s.workspace_id, null, null, null, null from senders s
  where of_workspace is null and s.channel = of_channel and s.address = of_address
    and s.provider_account_id is null and s.removed_at is null
    and not exists (select from provider_accounts a where a.provider = of_provider and a.account_sid = of_account_sid)
$$;
comment on function resolve_webhook is 'The other: whose webhook this is, by the account, or on the shared account by the workspace in its signed URL or by the number written to.';
revoke all on function resolve_api_key, resolve_webhook from public;
grant execute on function resolve_api_key, resolve_webhook to campanile_api, campanile_worker;
`;

const isolation = `
create function app_workspace() returns uuid language sql stable as
  $$ select nullif(current_setting('app.workspace_id', true), '')::uuid $$;
${isolate(`select c.table_name from information_schema.columns c
    join information_schema.tables x on x.table_schema = c.table_schema and x.table_name = c.table_name and x.table_type = 'BASE TABLE'
    where c.table_schema = 'public' and c.column_name = 'workspace_id'`)}
alter table workspaces enable row level security;
alter table workspaces force row level security;
create policy workspace_only on workspaces to campanile_api using (id = (select app_workspace())) with check (id = (select app_workspace()));
create policy worker_all on workspaces to campanile_worker using (true) with check (true);
grant select, insert, update, delete on all tables in schema public to campanile_api, campanile_worker;
-- What fills by the hundred thousand within seconds is analysed by whoever has filled it: autovacuum comes a minute late.
grant maintain on contacts, consents, contact_list_members, messages, attempts to campanile_worker;
revoke insert, update, delete on switches from campanile_api;
revoke all on reconciler_cursors from campanile_api;
revoke update, delete on consents, audit_log from campanile_api;
revoke update on consents, audit_log from campanile_worker;
alter default privileges in schema public grant select, insert, update, delete on tables to campanile_api, campanile_worker;
`;
