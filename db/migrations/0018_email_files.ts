import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** Files that go with e-mails, each kept once, and how large the contents are that they go with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [files, uses, isolation]) await sql.raw(part).execute(db);
}

const files = `
create table email_files (
  workspace_id uuid not null references workspaces on delete cascade,
  sha256 bytea not null check (length(sha256) = 32),
  bytes bytea not null,
  content_type text not null,
  size int generated always as (octet_length(bytes)) stored,
  created_at timestamptz not null default now(),
  used_at timestamptz not null default now(),
  primary key (workspace_id, sha256)
);
comment on table email_files is 'Files that go with e-mails, by their hash: the same file is kept once. campaigns.email, templates.email and email_contents.attachments name them, each by a file name of its own.';
comment on column email_files.content_type is 'As it was given first; an e-mail has its own.';
comment on column email_files.used_at is 'When an e-mail named it last. A day later it goes, unless one still does.';
alter table email_files alter column bytes set storage external;
create index email_files_unused on email_files (used_at);
`;

const uses = `
alter table email_contents add column size_bytes int not null default 0;
comment on column email_contents.attachments is '[{file_name, content_type, disposition, content_id, sha256, size}], in the order of the mail.';
comment on column email_contents.size_bytes is 'What it takes in a call before anybody is in it: words as JSON, files as base64.';
create index email_contents_files on email_contents using gin (attachments jsonb_path_ops) where attachments <> '[]';
create index campaigns_files on campaigns using gin ((email -> 'attachments') jsonb_path_ops) where email ? 'attachments';
create index templates_files on templates using gin ((email -> 'attachments') jsonb_path_ops) where email ? 'attachments';
`;

const isolation = `
${isolateTables("email_files")}
revoke delete on email_files from campanile_api;
`;
