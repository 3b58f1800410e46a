import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** Registers of people who want no advertising, which a workspace has to compare its numbers with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [tables, grants]) await sql.raw(part).execute(db);
}

const tables = `
create table scrub_lists (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  source text not null check (source in ('repep')),
  state text not null default 'loading' check (state in ('loading','active')),
  numbers int not null default 0,
  rejected int not null default 0,
  created_by uuid,
  created_at timestamptz not null default now()
);
comment on table scrub_lists is 'One import of a public register of people who want no advertising. The newest whole one of each source holds; the one before goes with it.';
comment on column scrub_lists.state is 'loading: its numbers are still being written, and hold nobody back.';
create unique index scrub_lists_active on scrub_lists (workspace_id, source) where state = 'active';

create table scrub_numbers (
  address_hash bytea not null,
  list_id uuid not null,
  workspace_id uuid not null,
  primary key (address_hash, list_id)
);
comment on table scrub_numbers is 'Numbers of a register, hashed as in suppressions: most of them belong to nobody whom the workspace knows.';
`;

const grants = `
${isolateTables("scrub_lists", "scrub_numbers")}
revoke insert, update, delete on scrub_lists from campanile_worker;
revoke insert, update, delete on scrub_numbers from campanile_worker;
`;
