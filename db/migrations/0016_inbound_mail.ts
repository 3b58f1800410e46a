import { type Kysely, sql } from "kysely";

/** E-mail that people write: what it answers is found by the provider's id of the call. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index email_calls_answered on email_calls (x_message_id) where x_message_id is not null`.execute(
    db,
  );
  await sql
    .raw(
      `comment on column messages.reason is 'Why it is skipped, held, cancelled or has failed; of an inbound message: automatic, where a program has written it.'`,
    )
    .execute(db);
}
