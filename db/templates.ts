import { sql } from "kysely";
import type { EmailContent } from "../domain/email/content.ts";
import { unlessTaken } from "./conflicts.ts";
import type { Db, Tx } from "./connect.ts";
import { hideRow, liveRow, liveRows, newestFirst } from "./rows.ts";

const shown = [
  "id",
  "name",
  "channel",
  "language",
  "category",
  "body",
  "samples",
  "content_sid",
  "approval_status",
  "approval_reason",
  "submitted_at",
  "checked_at",
  "created_at",
  "updated_at",
  sql<unknown>`email -> 'names'`.as("email_names"),
] as const;

export type TemplateFields = {
  name?: string;
  language?: string;
  category?: "marketing" | "utility" | "authentication";
  body?: string;
  samples?: Record<string, string>;
  /** Of e-mail; `body` has its gist then. */
  email?: EmailContent;
};

export type TemplateRow = NonNullable<Awaited<ReturnType<typeof findTemplate>>>;

const nameTaken = {
  index: "templates_name",
  message: "A template has this name in this channel and language already.",
  fix: "Choose another name, or change the template that has it.",
};

/** What an e-mail template says; undefined where there is no such template of e-mail. */
export async function findTemplateEmail(
  db: Db,
  workspaceId: string,
  id: string,
): Promise<
  { email: EmailContent; language: string; samples: Record<string, string>; category: string } | undefined
> {
  const row = await db
    .selectFrom("templates")
    .select(["email", "language", "samples", "category"])
    .where(liveRow(workspaceId, id))
    .executeTakeFirst();
  if (row?.email == null) return undefined;
  return {
    ...row,
    email: row.email as unknown as EmailContent,
    samples: row.samples as Record<string, string>,
  };
}

/** WhatsApp templates start unsubmitted; other channels need nobody's approval. */
export async function insertTemplate(
  tx: Tx,
  workspaceId: string,
  fields: TemplateFields & { name: string; channel: "whatsapp" | "sms" | "email"; body: string },
) {
  const { samples, email, ...columns } = fields;
  return unlessTaken(
    nameTaken,
    tx
      .insertInto("templates")
      .values({
        ...columns,
        samples: JSON.stringify(samples ?? {}),
        ...(email && { email: JSON.stringify(email) }),
        workspace_id: workspaceId,
        approval_status: fields.channel === "whatsapp" ? "unsubmitted" : "approved",
      })
      .returning(shown)
      .executeTakeFirstOrThrow(),
  );
}

export function findTemplate(db: Db, workspaceId: string, id: string) {
  return db.selectFrom("templates").select(shown).where(liveRow(workspaceId, id)).executeTakeFirst();
}

export function lockTemplate(tx: Tx, workspaceId: string, id: string) {
  return tx
    .selectFrom("templates")
    .select(shown)
    .where(liveRow(workspaceId, id))
    .forUpdate()
    .executeTakeFirst();
}

/** With `resubmit` the template loses its approval: what was approved is not what it says now. */
export async function updateTemplate(
  tx: Tx,
  workspaceId: string,
  id: string,
  fields: TemplateFields,
  resubmit: boolean,
) {
  const { samples, email, ...columns } = fields;
  const unapproved = {
    content_sid: null,
    approval_status: "unsubmitted",
    approval_reason: null,
    submitted_at: null,
  };
  return unlessTaken(
    nameTaken,
    tx
      .updateTable("templates")
      .set({
        ...columns,
        ...(samples && { samples: JSON.stringify(samples) }),
        ...(email && { email: JSON.stringify(email) }),
        ...(resubmit && unapproved),
        updated_at: sql`now()`,
      })
      .where(liveRow(workspaceId, id))
      .returning(shown)
      .executeTakeFirst(),
  );
}

export type TemplateFilter = {
  channel?: string | undefined;
  language?: string | undefined;
  approval_status?: string | undefined;
};

/** Newest first. */
export function listTemplates(
  db: Db,
  workspaceId: string,
  filter: TemplateFilter,
  page: { before?: string | undefined; limit: number },
) {
  let query = db.selectFrom("templates").select(shown).where(liveRows(workspaceId));
  if (filter.channel) query = query.where("channel", "=", filter.channel);
  if (filter.language) query = query.where("language", "=", filter.language);
  if (filter.approval_status) query = query.where("approval_status", "=", filter.approval_status);
  return newestFirst(query, page);
}

export const deleteTemplate = (tx: Tx, workspaceId: string, id: string) =>
  hideRow(tx, "templates", workspaceId, id);

/**
 * Binds the content that the provider keeps to the template, unless its text has changed since it was read
 * (undefined), as `updated_at` tells.
 */
export function bindContent(tx: Tx, workspaceId: string, template: TemplateRow, contentSid: string) {
  return tx
    .updateTable("templates")
    .set({ content_sid: contentSid })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", template.id)
    .where("content_sid", "is", null)
    .where("body", "=", template.body)
    .where("language", "=", template.language)
    .where("deleted_at", "is", null)
    .returning(shown)
    .executeTakeFirst();
}

/** Notes what the provider says of a content, as long as the template still stands for it. */
export function recordApproval(
  db: Db,
  workspaceId: string,
  of: { id: string; content_sid: string },
  approval: { status: string; reason: string | null },
  submitted = false,
) {
  return db
    .updateTable("templates")
    .set({
      approval_status: approval.status,
      approval_reason: approval.reason,
      checked_at: sql`now()`,
      ...(submitted && { submitted_at: sql<Date>`now()` }),
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", of.id)
    .where("content_sid", "=", of.content_sid)
    .where("deleted_at", "is", null)
    .returning(shown)
    .executeTakeFirst();
}

/** Submitted templates of all workspaces that nobody has asked about for that long; longest first. */
export function findTemplatesToRefresh(db: Db, olderThanSeconds: number, limit: number) {
  return db
    .selectFrom("templates")
    .select(["id", "workspace_id", sql<string>`content_sid`.as("content_sid")])
    .where("content_sid", "is not", null)
    .where("deleted_at", "is", null)
    .where("approval_status", "not in", ["unsubmitted", "rejected", "disabled"])
    .where((is) =>
      is.or([
        is("checked_at", "is", null),
        is("checked_at", "<", sql<Date>`now() - make_interval(secs => ${olderThanSeconds})`),
      ]),
    )
    .orderBy("checked_at", (order) => order.asc().nullsFirst())
    .limit(limit)
    .execute();
}

/** Notes that a template was asked about without an answer: the others have their turn first. */
export function markChecked(db: Db, workspaceId: string, id: string) {
  return db
    .updateTable("templates")
    .set({ checked_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .execute();
}
