import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";

/** A message of a thread, in or out, with who wrote it. */
export interface ThreadMessage {
  id: string;
  direction: "in" | "out";
  channel: string;
  purpose: string;
  campaign_id: string | null;
  template_id: string | null;
  sender_id: string | null;
  author_kind: string | null;
  author_id: string | null;
  author_name: string | null;
  state: string;
  reason: string | null;
  detail: Record<string, unknown> | null;
  error_code: string | null;
  body: string | null;
  media: (string | { url: string; type: string })[] | null;
  parts_in: Record<string, unknown> | null;
  due_at: Date | null;
  created_at: Date;
  accepted_at: Date | null;
  sent_at: Date | null;
  delivered_at: Date | null;
  read_at: Date | null;
  failed_at: Date | null;
}

/**
 * What was said in a conversation, newest first, behind `before`: its own messages, and what else went from its sender
 * to its person, such as the campaign that they answer.
 */
export async function listThread(
  db: Db | Tx,
  of: { workspaceId: string; conversation: { id: string; contact_id: string; sender_id: string } },
  page: { before?: string | undefined; limit: number },
): Promise<ThreadMessage[]> {
  const { id, contact_id, sender_id } = of.conversation;
  const { rows } = await sql<ThreadMessage>`
    select m.id, m.direction, m.channel, m.purpose, m.campaign_id, m.template_id, m.sender_id, m.author_kind, m.author_id,
      coalesce(a.name, k.name) as author_name, m.state, m.reason, m.detail, m.error_code, m.body, m.media, m.parts_in,
      m.due_at, m.created_at, m.accepted_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at
    from messages m
    left join members a on a.id = m.author_id and m.author_kind = 'member'
    left join api_keys k on k.id = m.author_id and m.author_kind = 'key'
    where m.workspace_id = ${of.workspaceId} and m.contact_id = ${contact_id}
      and (m.conversation_id = ${id} or m.conversation_id is null and m.sender_id = ${sender_id}
        and m.direction = 'out' and m.state not in ('queued', 'skipped', 'cancelled'))
      ${page.before === undefined ? sql`` : sql`and m.id < ${page.before}`}
    order by m.id desc limit ${page.limit}`.execute(db);
  return rows;
}

/** Where a file of an inbound message lies, and which account it came to. */
export interface StoredMedia {
  url: string;
  provider_account_id: string | null;
}

/** The n-th file of a message, from 0. Undefined where there is none, or its text and files have been removed. */
export async function findMedia(
  db: Db | Tx,
  workspaceId: string,
  of: { conversationId: string; messageId: string; n: number },
): Promise<StoredMedia | undefined> {
  const { rows } = await sql<StoredMedia>`
    select m.media -> ${of.n}::int ->> 'url' as url, s.provider_account_id
    from messages m join senders s on s.id = m.sender_id
    where m.workspace_id = ${workspaceId} and m.id = ${of.messageId} and m.conversation_id = ${of.conversationId}
      and m.direction = 'in' and m.media -> ${of.n}::int ->> 'url' is not null`.execute(db);
  return rows[0];
}

export interface NewNote {
  workspaceId: string;
  conversationId: string;
  author: { kind: "machine" | "member" | "key"; id: string | null };
  body: string;
}

export function insertNote(tx: Tx, { workspaceId, conversationId, author, body }: NewNote) {
  return tx
    .insertInto("conversation_notes")
    .values({
      workspace_id: workspaceId,
      conversation_id: conversationId,
      author_kind: author.kind,
      author_id: author.id,
      body,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
}

/** Newest first, behind `before`, with who wrote each; only the one with `id` where that is given. */
export async function listNotes(
  db: Db | Tx,
  of: { workspaceId: string; conversationId: string; id?: string | undefined },
  page: { before?: string | undefined; limit: number },
) {
  return db
    .selectFrom("conversation_notes as n")
    .leftJoin("members as a", (join) =>
      join.onRef("a.id", "=", "n.author_id").on("n.author_kind", "=", "member"),
    )
    .leftJoin("api_keys as k", (join) =>
      join.onRef("k.id", "=", "n.author_id").on("n.author_kind", "=", "key"),
    )
    .select(["n.id", "n.author_kind", "n.author_id", "n.body", "n.created_at"])
    .select((select) => select.fn.coalesce("a.name", "k.name").as("author_name"))
    .where("n.workspace_id", "=", of.workspaceId)
    .where("n.conversation_id", "=", of.conversationId)
    .$if(of.id !== undefined, (query) => query.where("n.id", "=", of.id ?? ""))
    .$if(page.before !== undefined, (query) => query.where("n.id", "<", page.before ?? ""))
    .orderBy("n.id", "desc")
    .limit(page.limit)
    .execute();
}
