import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** Erasures of people with their certificates, and how far each workspace's texts have been put away. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [tables, grants]) await sql.raw(part).execute(db);
}

const tables = `
create table erasures (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  contact_id uuid not null,
  origin text not null check (origin in ('erase','delete')),
  state text not null default 'running' check (state in ('running','completed','incomplete')),
  requested_by uuid,
  requested_at timestamptz not null default now(),
  address_hashes bytea[] not null default '{}',
  suppressed int not null default 0,
  cancelled int not null default 0,
  rows jsonb not null default '{}',
  provider jsonb not null default '{}',
  completed_at timestamptz
);
comment on table erasures is 'The certificate of each erasure: what was asked for, when, and how much went where. Counts and keys only.';
comment on column erasures.origin is 'erase: the person asked for it, and their addresses are suppressed; delete: somebody here deleted the contact.';
comment on column erasures.state is 'incomplete: everything here is gone, but the provider would not give up what provider.remaining counts.';
comment on column erasures.address_hashes is 'As in suppressions: by them an import that ran meanwhile is found to have brought the person back.';
comment on column erasures.rows is 'Rows that were emptied or deleted, by table.';
comment on column erasures.provider is '{erased, absent, remaining}: messages and recordings at the provider.';
create unique index erasures_contact on erasures (workspace_id, contact_id);
create index erasures_page on erasures (workspace_id, id desc);

create table erasure_sids (
  erasure_id uuid not null references erasures on delete cascade,
  sid text not null,
  workspace_id uuid not null,
  sender_id uuid,
  outcome text check (outcome in ('erased','absent')),
  primary key (erasure_id, sid)
);
comment on table erasure_sids is 'Messages of an erased person at the provider, which does not let go of what is on its way; without outcome: still to be asked for. They go when the erasure has ended.';

create table retention_marks (
  workspace_id uuid not null references workspaces on delete cascade,
  table_name text not null,
  emptied_until timestamptz not null,
  primary key (workspace_id, table_name)
);
comment on table retention_marks is 'Up to which age the texts of a large table have been put away, so that each night looks at one more day and not at all days.';

alter table job_runs add column report jsonb;
comment on column job_runs.report is 'Counts of what the run has done.';
`;

const grants = `
${isolateTables("erasures", "erasure_sids", "retention_marks")}
revoke delete on erasures from campanile_api;
revoke insert, update, delete on erasure_sids from campanile_api;
revoke insert, update, delete on retention_marks from campanile_api;
grant update (evidence) on consents to campanile_worker;
grant update (change) on audit_log to campanile_worker;
comment on table consents is 'Append-only; only the evidence goes when its person is erased. The newest row of a contact, channel and purpose (or purpose all) is what holds.';
`;
