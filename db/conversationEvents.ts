import { sql } from "kysely";
import type { Db, Tx } from "./connect.ts";

export type ConversationEventKind =
  | "message_in"
  | "message_out"
  | "opened"
  | "pending"
  | "closed"
  | "status"
  | "assigned"
  | "handed_off"
  | "escalated"
  | "note"
  | "tags"
  | "draft"
  | "csat"
  | "read"
  | "burst"
  | "qualified";

/** One change of a conversation, as it is told: ids and states, nothing that a person wrote. */
export interface NewConversationEvent {
  conversationId: string;
  kind: ConversationEventKind;
  subjectId?: string | null;
  change?: Record<string, unknown>;
}

export interface ConversationEvent {
  /** `<transaction>-<number>`: what a listener resumes from. */
  id: string;
  conversation_id: string;
  kind: string;
  subject_id: string | null;
  change: Record<string, unknown>;
  at: Date;
}

/** Part of the caller's transaction. */
export async function recordEvents(
  tx: Tx,
  workspaceId: string,
  events: readonly NewConversationEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await tx
    .insertInto("conversation_events")
    .values(
      events.map(({ conversationId, kind, subjectId, change }) => ({
        workspace_id: workspaceId,
        conversation_id: conversationId,
        kind,
        subject_id: subjectId ?? null,
        change: JSON.stringify(change ?? {}),
      })),
    )
    .execute();
}

const CURSOR = /^(\d{1,19})-(\d{1,18})$/;

/** True for what `readEvents` takes as `after`. */
export const isEventId = (text: string) => CURSOR.test(text);

/**
 * What came after an event, in order; from the beginning without one. Only changes older than every transaction that
 * still runs: nothing can appear before them any more, so a listener that goes on from the last one misses nothing.
 */
export async function readEvents(
  db: Db,
  workspaceId: string,
  after: string | null,
  limit: number,
): Promise<ConversationEvent[]> {
  const [, tx, id] = CURSOR.exec(after ?? "0-0") ?? [];
  if (tx === undefined || id === undefined) throw new Error("This is no id of an event");
  const { rows } = await sql<ConversationEvent>`
    select tx::text || '-' || id as id, conversation_id, kind, subject_id, change, at
    from conversation_events e
    where workspace_id = ${workspaceId} and (e.tx, e.id) > (${tx}::xid8, ${id}::bigint)
      and e.tx < pg_snapshot_xmin(pg_current_snapshot())
    order by e.tx, e.id limit ${limit}`.execute(db);
  return rows;
}

/** From where a listener goes on that wants only what happens from now on. */
export async function newestEventId(db: Db, workspaceId: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select tx::text || '-' || id as id from conversation_events e
    where workspace_id = ${workspaceId} and e.tx < pg_snapshot_xmin(pg_current_snapshot())
    order by e.tx desc, e.id desc limit 1`.execute(db);
  return rows[0]?.id ?? "0-0";
}

/** Deletes what no listener comes back for. */
export async function deleteOldEvents(db: Db, days: number): Promise<number> {
  const gone =
    await sql`delete from conversation_events where at < now() - ${days} * interval '1 day'`.execute(db);
  return Number(gone.numAffectedRows ?? 0);
}
