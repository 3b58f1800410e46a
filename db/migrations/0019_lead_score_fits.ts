import { type Kysely, sql } from "kysely";

/** How far a fit has come, how sure its gain is, and whether everybody has been scored by it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(fits).execute(db);
}

const fits = `
alter table lead_score_fits add column people_read int;
alter table lead_score_fits add column gain_low double precision;
alter table lead_score_fits add column rescoring boolean not null default false;
comment on column lead_score_fits.people_read is 'Of people, whose facts have been read so far.';
comment on column lead_score_fits.auc_default is 'Of those who were held out: how often somebody who bought has the higher score of a pair, by the usual weights; auc_fitted: by the fitted ones.';
comment on column lead_score_fits.gain_low is 'What auc_fitted is above auc_default at least, with 95 % confidence.';
comment on column lead_score_fits.rescoring is 'These weights have come into use or gone out of it, and not everybody has been scored anew yet.';
alter table lead_score_history drop constraint lead_score_history_cause_check;
alter table lead_score_history add constraint lead_score_history_cause_check check (cause in ('event','nightly','weights'));
`;
