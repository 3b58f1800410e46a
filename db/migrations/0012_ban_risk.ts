import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** How the ban risk of each sender stands, and variants of a campaign's text. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [risks, variants, isolation]) await sql.raw(part).execute(db);
}

const risks = `
create table sender_risks (
  sender_id uuid primary key references senders on delete cascade,
  workspace_id uuid not null references workspaces on delete cascade,
  state text not null default 'watched' check (state in ('watched','braked')),
  risk_score real not null,
  risk_level text not null check (risk_level in ('low','medium','high','critical')),
  factors text[] not null default '{}',
  recommendations text[] not null default '{}',
  metrics jsonb not null default '{}',
  assessed_at timestamptz not null,
  braked_at timestamptz,
  calm_since timestamptz,
  override_until timestamptz,
  override_reason text,
  overridden_by uuid
);
comment on table sender_risks is 'The ban risk of each sender as the check of every half hour left it. braked: it was critical, and its campaigns were paused (domain/banRiskWatch.ts).';
comment on column sender_risks.calm_since is 'Since when the score has been low enough to let a braked sender go; null while it is not.';
comment on column sender_risks.override_until is 'Until then nothing is paused for it, by the word of an operator.';
create index sender_risks_workspace on sender_risks (workspace_id);
`;

const variants = `
create table campaign_variants (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  campaign_id uuid not null references campaigns on delete cascade,
  n int not null,
  body text not null,
  tone text not null,
  provider text not null,
  risk_score real not null,
  risk_level text not null check (risk_level in ('low','medium','high','critical')),
  state text not null default 'proposed' check (state in ('proposed','approved','rejected')),
  decided_by uuid,
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  unique (campaign_id, n)
);
comment on table campaign_variants is 'Other wordings of a campaign''s text. Planning spreads the approved ones over its people.';
comment on column campaign_variants.decided_by is 'The key of who approved or rejected it; null where its low risk approved it.';

alter table messages add column variant_id uuid;
comment on column messages.variant_id is 'Which wording of its campaign it has; null: the campaign''s own.';
`;

const isolation = `
${isolateTables("sender_risks", "campaign_variants")}
`;
