import { type Kysely, sql } from "kysely";

/** Attempts of a call that takes many are found by their call while nobody knows its end: they need no entry of their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(open).execute(db);
}

const open = `
alter table attempts add column open_at timestamptz;
comment on column attempts.open_at is 'When it was written, until it is settled; null of those that a call holds open (email_calls). attempts_open hangs on it and not on settled_at, so that settling those is a heap-only update.';
update attempts set open_at = intended_at where settled_at is null and call_id is null;
drop index attempts_open;
create index attempts_open on attempts (sender_id, open_at) where open_at is not null;
alter table attempts set (fillfactor = 50);
`;
