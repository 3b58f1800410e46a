import { createHash } from "node:crypto";
import { sql } from "kysely";
import { type Attachment, callBytes } from "../domain/email/attachments.ts";
import type { MailAnswer } from "../domain/email/answerMail.ts";
import type { CompiledEmail, Slot } from "../domain/email/compile.ts";
import type { Db, Tx } from "./connect.ts";
import { keepFiles } from "./emailFiles.ts";

/** What goes with the words, the same in every language. */
export interface MailEnvelope {
  from_name?: string | undefined;
  reply_to?: string | undefined;
  categories?: string[] | undefined;
  asm_group_id?: number | undefined;
  topic_id?: string | undefined;
  ip_pool_name?: string | undefined;
  tracking?: { opens: boolean; clicks: boolean } | undefined;
  repeatable_minutes?: number | undefined;
  /** Of a mail in a conversation. */
  answer?: MailAnswer | undefined;
}

/** A compiled e-mail as it is sent: what many get alike, with tags where it is each one's own. */
export interface MailContent {
  id: string;
  compiled: CompiledEmail;
  envelope: MailEnvelope;
  attachments: Attachment[];
}

export interface NewMailContent {
  campaignId: string | null;
  templateId: string | null;
  /** Only of what is written to one person. */
  contactId: string | null;
  language: string;
  compiled: CompiledEmail;
  envelope: MailEnvelope;
  attachments: readonly Attachment[];
}

/** Keeps a compiled e-mail, once, with its files: the same again gives the id of the first. */
export async function keepContent(tx: Tx, workspaceId: string, content: NewMailContent): Promise<string> {
  const { compiled, envelope, attachments, language } = content;
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([language, compiled, envelope, attachments]))
    .digest();
  await keepFiles(
    tx,
    workspaceId,
    attachments.map((one) => ({ ...one, bytes: null })),
  );
  const { rows } = await sql<{ id: string }>`
    with made as (
      insert into email_contents (workspace_id, campaign_id, template_id, contact_id, language, fingerprint, subject,
        preheader, html, text, skeleton, envelope, attachments, size_bytes)
      values (${workspaceId}, ${content.campaignId}, ${content.templateId}, ${content.contactId}, ${language},
        ${fingerprint}, ${compiled.subject}, ${compiled.preheader ?? ""}, ${compiled.html}, ${compiled.text},
        ${JSON.stringify(compiled.slots)}, ${JSON.stringify(envelope)}, ${JSON.stringify(attachments)},
        ${callBytes(compiled, attachments)})
      on conflict (workspace_id, campaign_id, contact_id, fingerprint) do nothing returning id
    )
    select id from made
    union all
    select id from email_contents where workspace_id = ${workspaceId} and fingerprint = ${fingerprint}
      and campaign_id is not distinct from ${content.campaignId}::uuid
      and contact_id is not distinct from ${content.contactId}::uuid
    limit 1`.execute(tx);
  const id = rows[0]?.id;
  // Somebody else's, committed while this statement ran: the next one sees it.
  return id ?? keepContent(tx, workspaceId, content);
}

/** Undefined where there is none, or its words have gone with the person whom they were written to. */
export async function findContent(db: Db, id: string): Promise<MailContent | undefined> {
  const row = await db
    .selectFrom("email_contents")
    .select(["id", "subject", "preheader", "html", "text", "skeleton", "envelope", "attachments"])
    .where("id", "=", id)
    .where("html", "<>", "")
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { subject, preheader, html, text, skeleton, envelope, attachments } = row;
  return {
    id,
    compiled: {
      subject,
      preheader: preheader === "" ? null : preheader,
      html,
      text,
      slots: skeleton as unknown as Slot[],
    },
    envelope: envelope as MailEnvelope,
    attachments: attachments as unknown as Attachment[],
  };
}
