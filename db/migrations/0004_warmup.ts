import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** Warmups: which day of its ladder each new sender is on, and what became of every day. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [warmups, isolation]) await sql.raw(part).execute(db);
}

const warmups = `
create table warmups (
  sender_id uuid primary key references senders on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  state text not null check (state in ('running','paused','completed','stopped','failed')),
  ladder int[] not null check (cardinality(ladder) between 1 and 60),
  day_seconds int check (day_seconds between 1 and 86400),
  day int not null check (day between 1 and cardinality(ladder)),
  n int not null,
  day_ends_at timestamptz not null,
  reason text,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz
);
comment on table warmups is 'One row for each sender that has ever warmed up; started anew it begins again. completed: it has been up the whole ladder; stopped: by an operator; failed: by its figures. What it allows at present stands in senders.warmup_day_limit.';
comment on column warmups.ladder is 'Messages of each day, as they were when it started.';
comment on column warmups.day_seconds is 'For trials: a day lasts so long. Null: from local midnight to local midnight of the workspace.';
comment on column warmups.day is 'Of the ladder, from 1.';
comment on column warmups.n is 'Its newest row in warmup_days, over all its starts.';
comment on column warmups.day_ends_at is 'When the day is judged, while it is running.';
create index warmups_workspace on warmups (workspace_id, state);

create table warmup_days (
  sender_id uuid not null references senders on delete cascade,
  n int not null,
  workspace_id uuid not null references workspaces on delete cascade,
  day int not null,
  budget int not null,
  local_date date not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  used int,
  sent int,
  delivered int,
  failed int,
  opted_out int,
  blocked int,
  replied int,
  failures jsonb not null default '{}',
  quality text check (quality in ('green','yellow','red')),
  verdict text check (verdict in ('healthy','poor','bad','alarming','idle')),
  decision text check (decision in ('next','hold','step_back','stop','finish','pause','skip','end')),
  reasons text[] not null default '{}',
  primary key (sender_id, n)
);
comment on table warmup_days is 'A day of a warmup, or the part of one between two words of an operator: what it allowed, what it came to, and what was decided. Figures and decision are null while it lasts.';
comment on column warmup_days.used is 'Messages that went to the provider; sent: those it has taken. failed and blocked are weighed by code (domain/warmup.ts), failures has them all.';
comment on column warmup_days.verdict is 'Null where an operator ended the day before it could be judged.';

comment on column senders.warmup_day_limit is 'Messages that the warmup allows since local midnight; null when it has ended or does not apply. Set by the warmup alone (db/warmups.ts).';

-- What came in for a sender in a span of time.
create index messages_received on messages (sender_id, created_at) where direction = 'in';
`;

const isolation = `
${isolateTables("warmups", "warmup_days")}
`;
