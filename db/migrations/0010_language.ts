import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** Calls of language models: each one, and what they add up to by day. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [tables, isolation]) await sql.raw(part).execute(db);
}

const tables = `
create table ai_calls (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  at timestamptz not null default now(),
  feature text not null,
  prompt text not null,
  provider text not null check (provider in ('anthropic','openai','ollama')),
  model text not null,
  outcome text not null,
  input_tokens int not null default 0,
  cache_write_tokens int not null default 0,
  cache_read_tokens int not null default 0,
  output_tokens int not null default 0,
  cost_micros bigint,
  milliseconds int not null
);
comment on table ai_calls is 'One call of a language model, whatever came of it. Nothing of what was said.';
comment on column ai_calls.prompt is 'Name and version of the prompt: name@version.';
comment on column ai_calls.outcome is 'answered; not_allowed: it named what was not among the facts; else the fault of domain/language/providers.ts.';
comment on column ai_calls.cost_micros is 'Millionths of a US dollar by the price list of that day; null: the model has no price there.';
create index ai_calls_page on ai_calls (workspace_id, id desc);
create index ai_calls_age on ai_calls (at);

create table ai_usage (
  workspace_id uuid not null references workspaces on delete cascade,
  day date not null,
  provider text not null,
  model text not null,
  feature text not null,
  calls int not null default 0,
  failed int not null default 0,
  unpriced int not null default 0,
  input_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  cache_read_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cost_micros bigint not null default 0,
  primary key (workspace_id, day, provider, model, feature)
);
comment on table ai_usage is 'ai_calls by local day, for budgets and bills.';
comment on column ai_usage.unpriced is 'Calls whose cost is not known, and not in cost_micros.';
`;

const isolation = `
${isolateTables("ai_calls", "ai_usage")}
revoke insert, update, delete on ai_calls from campanile_api;
revoke insert, update, delete on ai_usage from campanile_api;
`;
