import { type Kysely, sql } from "kysely";
import { isolateTables } from "./isolate.ts";

/** Lead scores: whose is out of date, how they went, who is a qualified lead, weights of one's own; and conversions. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const part of [scores, leads, conversions, isolation]) await sql.raw(part).execute(db);
}

const scores = `
create table lead_score_marks (
  id bigint generated always as identity primary key,
  workspace_id uuid not null,
  contact_id uuid not null
);
comment on table lead_score_marks is 'People whose lead score is out of date: one row for each thing that happened, taken by the next round. Only ever added to and taken, so that whoever adds one waits for nobody.';

create table lead_score_history (
  contact_id uuid not null,
  at timestamptz not null default now(),
  workspace_id uuid not null,
  total smallint not null check (total between 0 and 100),
  engagement smallint not null,
  profile smallint not null,
  behavior smallint not null,
  timing smallint not null,
  cause text not null check (cause in ('event','nightly')),
  primary key (contact_id, at)
);
comment on table lead_score_history is 'How the lead score of a person went: a row where it is five points or more from the last one; the current score stands in contacts.lead_score.';

create table lead_score_fits (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null references workspaces on delete cascade,
  state text not null default 'requested'
    check (state in ('requested','proposed','accepted','dropped','too_few','no_better')),
  requested_by uuid,
  requested_at timestamptz not null default now(),
  fitted_at timestamptz,
  weights jsonb,
  people int,
  converted int,
  held_out int,
  held_out_converted int,
  auc_default double precision,
  auc_fitted double precision,
  decided_at timestamptz,
  decided_by uuid
);
comment on table lead_score_fits is 'Weights of the lead score fitted to the workspace''s own conversions. proposed: they wait for somebody to accept or drop them; too_few, no_better: there is nothing to accept.';
comment on column lead_score_fits.weights is 'Most points of each factor of domain/leadScore.ts, together 100.';
comment on column lead_score_fits.auc_default is 'Of those who were held out: how often somebody who converted has the higher score of a pair, by the weights in use and by the fitted ones.';
create unique index lead_score_fits_accepted on lead_score_fits (workspace_id) where state = 'accepted';
create unique index lead_score_fits_requested on lead_score_fits (workspace_id) where state = 'requested';
create index lead_score_fits_page on lead_score_fits (workspace_id, id desc);
`;

const leads = `
create table qualified_leads (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  contact_id uuid not null,
  at timestamptz not null default now(),
  qualified_by text not null check (qualified_by in ('score','intent')),
  score smallint not null,
  intent text,
  conversation_id uuid,
  campaign_id uuid,
  told_at timestamptz,
  ended_at timestamptz,
  ended_by text check (ended_by in ('cooled','converted','erased'))
);
comment on table qualified_leads is 'Each time that a person became a qualified lead, by their score or by what they said, until they ceased to be one or converted.';
comment on column qualified_leads.campaign_id is 'The campaign that they had answered within the seven days before: whose lead this is.';
comment on column qualified_leads.told_at is 'When their conversation was handed to people and marked, or it was seen that there is none.';
create unique index qualified_leads_open on qualified_leads (contact_id) where ended_at is null;
create index qualified_leads_page on qualified_leads (workspace_id, id desc);
create index qualified_leads_campaign on qualified_leads (campaign_id) where campaign_id is not null;
create index qualified_leads_untold on qualified_leads (id) where told_at is null;

alter table conversation_events drop constraint conversation_events_kind_check;
alter table conversation_events add constraint conversation_events_kind_check check (kind in ('message_in','message_out',
  'opened','pending','closed','status','assigned','handed_off','escalated','note','tags','draft','csat','read','burst',
  'qualified'));
`;

const conversions = `
create table conversions (
  id uuid primary key default uuidv7(),
  workspace_id uuid not null,
  contact_id uuid,
  campaign_id uuid,
  interaction_id text,
  outcome text not null check (outcome in ('purchased','visited','did_nothing','resolved')),
  conversion_value numeric(14,2),
  currency text,
  intent_score smallint check (intent_score between 0 and 100),
  trigger_message text,
  bot_message text,
  checkout_completed boolean,
  pages_visited int,
  time_to_conversion_seconds int,
  at timestamptz not null default now(),
  created_by uuid,
  created_at timestamptz not null default now()
);
comment on table conversions is 'What a campaign or an interaction has led to, as the business tells it.';
comment on column conversions.conversion_value is 'In units of currency, which is the workspace''s unless given.';
comment on column conversions.trigger_message is 'What the person had said; bot_message: what a bot had answered.';
create index conversions_page on conversions (workspace_id, id desc);
create index conversions_contact on conversions (contact_id, at) where contact_id is not null;
create index conversions_campaign on conversions (campaign_id, at) where campaign_id is not null;
create index conversions_age on conversions (workspace_id, at);
`;

const isolation = `
${isolateTables("lead_score_marks", "lead_score_history", "lead_score_fits", "qualified_leads", "conversions")}
revoke update, delete on lead_score_history from campanile_api;
revoke update, delete on lead_score_marks from campanile_api;
`;
