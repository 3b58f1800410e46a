import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** E-mail as a channel: from-addresses with their IP pools, compiled content, and calls that take many messages at once. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [senders, content, calls, isolation]) await sql.raw(part).execute(db);
}

const senders = `
alter table senders
  add column ip_pool_name text check (char_length(ip_pool_name) between 2 and 64),
  add column ip_pool_weight int not null default 1 check (ip_pool_weight between 1 and 1000),
  add column reply_to text,
  add column asm_group_id int,
  add constraint senders_email check
    (channel = 'email' or (ip_pool_name is null and ip_pool_weight = 1 and reply_to is null and asm_group_id is null));
comment on column senders.ip_pool_name is 'SendGrid''s pool of IP addresses that this from-address goes out by; null: the account''s own. A from-address with several pools is several senders.';
comment on column senders.ip_pool_weight is 'Its share of new recipients among the pools in use, before health is looked at.';
comment on column senders.asm_group_id is 'SendGrid''s unsubscribe group, where the content names none.';
drop index senders_address;
create unique index senders_address on senders (workspace_id, channel, address, ip_pool_name) nulls not distinct where removed_at is null;
drop index senders_default_account;
create unique index senders_default_account on senders (channel, address, ip_pool_name) nulls not distinct
  where provider_account_id is null and removed_at is null;
comment on column provider_accounts.account_sid is 'Twilio''s account SID; of SendGrid, which tells none, the public half of the first API key.';
`;

const content = `
alter table campaigns add column email jsonb check (email is null or channel = 'email' or type = 'drip');
comment on column campaigns.email is 'What is written, as domain/email/content.ts reads it, in all its languages; null where a template has it.';
alter table templates add column email jsonb check (email is null or channel = 'email');
comment on column templates.email is 'As campaigns.email; body has its text then, for lists.';

create table email_contents (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  campaign_id uuid,
  template_id uuid,
  contact_id uuid,
  language text not null,
  fingerprint bytea not null,
  subject text not null,
  preheader text not null default '',
  html text not null,
  text text not null,
  skeleton jsonb not null default '[]',
  envelope jsonb not null default '{}',
  attachments jsonb not null default '[]',
  created_at timestamptz not null default now()
);
comment on table email_contents is 'Compiled e-mail, never changed: what many people get alike, with tags where it is each one''s own. messages.content_sid names it, messages.content_variables has a person''s values.';
comment on column email_contents.contact_id is 'Of a single message that was written to one person; null where it is the workspace''s own text.';
comment on column email_contents.fingerprint is 'SHA-256 of what it was compiled from: the same is compiled and kept once.';
comment on column email_contents.skeleton is 'The tags and how each person''s value is made.';
comment on column email_contents.envelope is '{from_name, reply_to, categories, asm_group_id, topic_id, ip_pool_name, repeatable_minutes}';
create unique index email_contents_once on email_contents (workspace_id, campaign_id, contact_id, fingerprint) nulls not distinct;
create index email_contents_contact on email_contents (contact_id) where contact_id is not null;
`;

const calls = `
create table email_calls (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  sender_id uuid not null,
  content_id uuid not null,
  rows int not null check (rows between 1 and 1000),
  intended_at timestamptz not null default now(),
  outcome text not null default 'open' check (outcome in ('open','uncertain','accepted','refused','not_sent')),
  settled_at timestamptz,
  settled_by text,
  x_message_id text,
  error_code text,
  batch_id text,
  send_at timestamptz
) with (fillfactor = 80);
comment on table email_calls is 'One call to a provider that takes many messages at once, committed before it is made: all of its attempts end as it does.';
comment on column email_calls.rows is 'Attempts that were written for it; they name it by call_id.';
comment on column email_calls.outcome is 'As of attempts. Uncertain until an event of any of its rows, or an operator, tells.';
comment on column email_calls.settled_by is 'answer, receipt, cancelled, deadline or operator:<member or key id>.';
comment on column email_calls.batch_id is 'Where its content is repeatable: what the call can be cancelled by until send_at.';
create index email_calls_open on email_calls (sender_id, intended_at) where settled_at is null;
create index email_calls_doubtful on email_calls (workspace_id, id desc) where outcome = 'uncertain';

alter table attempts add column call_id uuid;
comment on column attempts.call_id is 'The call that it went out with, where one call takes many; such attempts are settled by their call.';
create index attempts_call on attempts (call_id) where call_id is not null;
`;

const isolation = `
${isolateTables("email_contents", "email_calls")}
revoke delete on email_contents, email_calls from campanile_api;
`;
