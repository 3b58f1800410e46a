import { type Kysely, sql } from "kysely";

/** What conversions are worth, in whole minor units, and always with their currency; and when an answer is due. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(values).execute(db);
}

const values = `
alter table conversions alter column conversion_value type bigint using round(conversion_value * 100);
alter table conversions add check (conversion_value >= 0);
alter table conversions add check ((conversion_value is null) = (currency is null));
comment on column conversions.conversion_value is 'In minor units of currency as ISO 4217 counts them: 1250 of USD is 12.50.';
comment on column conversations.answer_due_at is 'By when an answer must be given (SLA); only while awaiting, and handed over or assigned. escalated_at: that it was missed has been told.';
`;
