import { type Kysely, sql } from "kysely";

/** Fixed answers of e-mail alone, now that e-mails are answered here. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(answers).execute(db);
}

const answers = `
alter table keyword_answers drop constraint keyword_answers_channel_check;
alter table keyword_answers add constraint keyword_answers_channel_check check (channel in ('whatsapp','sms','email'));
comment on column email_contents.envelope is '{from_name, reply_to, categories, asm_group_id, topic_id, ip_pool_name, tracking: {opens, clicks}, repeatable_minutes}; of a mail in a conversation also answer: {conversation_id, domain, in_reply_to, references, automatic}.';
`;
