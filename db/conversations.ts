import { type Selectable, sql } from "kysely";
import { answerDue } from "../domain/businessHours.ts";
import { endingOf } from "../domain/conversationEnding.ts";
import type { ConversationSettings } from "../domain/conversationSettings.ts";
import { openAlert, resolveAlert } from "./alerts.ts";
import { assignNext } from "./assignment.ts";
import type { Db, Tx } from "./connect.ts";
import { endingFacts } from "./conversationEnding.ts";
import { recordEvents } from "./conversationEvents.ts";
import { lockContacts } from "./locks.ts";
import type { Conversations } from "./schema.ts";

export type Conversation = Selectable<Conversations>;
export type ConversationState = "open" | "pending" | "closed";
export type ConversationStatus = "active" | "inactive" | "blocked";
export type HandoffReason =
  | "keyword"
  | "person_wanted"
  | "negative_sentiment"
  | "complaint"
  | "legal"
  | "medical"
  | "lead_score"
  | "unsure"
  | "limit"
  | "by_hand";

/** Who does something to a conversation: a rule or the clock, a member, or a key that belongs to nobody. */
export interface Actor {
  kind: "machine" | "member" | "key";
  id: string | null;
}

export const slaCause = (conversationId: string) => `sla:${conversationId}`;

export function findConversation(db: Db, workspaceId: string, id: string): Promise<Conversation | undefined> {
  return db
    .selectFrom("conversations")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** The row, locked until the transaction ends; its person first, as everywhere (db/locks.ts). */
export async function lockConversation(
  tx: Tx,
  workspaceId: string,
  id: string,
): Promise<Conversation | undefined> {
  const found = await findConversation(tx, workspaceId, id);
  if (found === undefined) return undefined;
  await lockContacts(tx, [found.contact_id]);
  return tx
    .selectFrom("conversations")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
}

/** Of a conversation that goes on. What people have stays theirs. */
export const reopened = {
  closed_at: null,
  closed_by: null,
  outcome: sql<string>`case when handed_off_at is not null then outcome end`,
};
const ended = {
  closed_at: sql<Date>`now()`,
  handed_off_at: null,
  handoff_reason: null,
  awaiting_since: null,
  answer_due_at: null,
  escalated_at: null,
  close_due_at: null,
  burst_started_at: null,
  burst_due_at: null,
};

/** Says whose turn it is, or that it is over. Undefined where it stood so already, or does not exist. */
export async function setConversationState(
  tx: Tx,
  workspaceId: string,
  id: string,
  state: ConversationState,
  by: Actor | "quiet",
): Promise<Conversation | undefined> {
  const who = by === "quiet" || by.id === null ? "quiet" : `${by.kind}:${by.id}`;
  const closing = state === "closed" && (await endingFacts(tx, workspaceId, id));
  const change = closing ? { ...ended, closed_by: who, outcome: endingOf(closing) } : reopened;
  const row = await tx
    .updateTable("conversations")
    .set({ state, updated_at: sql`now()`, ...change })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("state", "<>", state)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (state === "closed") await resolveAlert(tx, workspaceId, slaCause(id));
  const kind = state === "open" ? "opened" : state;
  const told = { by: who, ...(row.outcome !== null && { outcome: row.outcome }) };
  await recordEvents(tx, workspaceId, [{ conversationId: id, kind, change: told }]);
  return row;
}

/** Whether the thread is in use. A blocked one is stored on, and neither answered nor handed to anybody. */
export async function setConversationStatus(
  tx: Tx,
  workspaceId: string,
  id: string,
  status: ConversationStatus,
): Promise<Conversation | undefined> {
  const row = await tx
    .updateTable("conversations")
    .set({
      status,
      updated_at: sql`now()`,
      ...(status === "blocked" && { burst_due_at: null, answer_due_at: null, awaiting_since: null }),
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", id)
    .where("status", "<>", status)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (status === "blocked") await resolveAlert(tx, workspaceId, slaCause(id));
  await recordEvents(tx, workspaceId, [{ conversationId: id, kind: "status", change: { status } }]);
  return row;
}

/**
 * Gives a conversation to people: into the queue, and from there to whoever is next. The machine is silent until it
 * closes. Undefined where people have it already. The caller holds the conversation's lock.
 */
export async function handOff(
  tx: Tx,
  on: { workspaceId: string; conversationId: string; reason: HandoffReason; settings: ConversationSettings },
): Promise<{ assigneeId: string | null } | undefined> {
  const { workspaceId, conversationId, reason, settings } = on;
  const due = await firstAnswerDue(tx, workspaceId, settings);
  const row = await tx
    .updateTable("conversations")
    .set({
      state: "open",
      handed_off_at: sql`now()`,
      handoff_reason: reason,
      outcome: "escalated",
      answer_due_at: sql`case when awaiting_since is not null then ${due}::timestamptz end`,
      close_due_at: null,
      updated_at: sql`now()`,
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", conversationId)
    .where("handed_off_at", "is", null)
    .returning(["assignee_id"])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await recordEvents(tx, workspaceId, [{ conversationId, kind: "handed_off", change: { reason } }]);
  if (row.assignee_id !== null || settings.assignment === "none") return { assigneeId: row.assignee_id };
  return { assigneeId: await assignNext(tx, workspaceId, conversationId, settings.assignment) };
}

/**
 * Gives a conversation to whoever is next while the machine goes on answering, until a member answers: that hands it
 * over. Whoever waits is waited for no longer than after a hand-off; an answer of the machine ends that as well. Nothing
 * where somebody has it already. The caller holds the conversation's lock.
 */
export async function offer(
  tx: Tx,
  on: { workspaceId: string; conversationId: string; settings: ConversationSettings },
): Promise<void> {
  const { workspaceId, conversationId, settings } = on;
  const due = await firstAnswerDue(tx, workspaceId, settings);
  const row = await tx
    .updateTable("conversations")
    .set({
      answer_due_at: sql`case when awaiting_since is not null then ${due}::timestamptz end`,
      close_due_at: sql`case when awaiting_since is null then close_due_at end`,
      updated_at: sql`now()`,
    })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", conversationId)
    .where("handed_off_at", "is", null)
    .where("assignee_id", "is", null)
    .returning("id")
    .executeTakeFirst();
  if (row === undefined || settings.assignment === "none") return;
  await assignNext(tx, workspaceId, conversationId, settings.assignment);
}

/** Within business hours; null where the workspace sets no limit. */
async function firstAnswerDue(tx: Tx, workspaceId: string, settings: ConversationSettings) {
  const { time_zone, now } = await tx
    .selectFrom("workspaces")
    .select(["time_zone", sql<Date>`now()`.as("now")])
    .where("id", "=", workspaceId)
    .executeTakeFirstOrThrow();
  return answerDue(settings.hours, time_zone, now, settings.sla.first_minutes);
}

/** An interval of so many minutes; null stays null, and so does what it is added to. */
export const minutes = (count: number | null) => sql`(${count}::float8 * interval '1 minute')`;

/** The answer that was due is late: told once, by an alert and to whoever watches. True where it was. */
export async function escalate(tx: Tx, workspaceId: string, conversationId: string): Promise<boolean> {
  const row = await tx
    .updateTable("conversations")
    .set({ escalated_at: sql`now()`, updated_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", conversationId)
    .where("escalated_at", "is", null)
    .where("answer_due_at", "<=", sql<Date>`clock_timestamp()`)
    .returning([
      "assignee_id",
      sql<number>`extract(epoch from now() - awaiting_since)::float8 / 60`.as("waited_minutes"),
      sql<number>`extract(epoch from answer_due_at - awaiting_since)::float8 / 60`.as("due_minutes"),
    ])
    .executeTakeFirst();
  if (row === undefined) return false;
  await openAlert(tx, {
    workspace_id: workspaceId,
    alert_type: "answer_overdue",
    severity: "high",
    cause: slaCause(conversationId),
    subject_kind: "conversation",
    subject_id: conversationId,
    metric_value: row.waited_minutes,
    threshold_value: row.due_minutes,
    suggestion:
      row.assignee_id === null
        ? "Nobody has this conversation: assign it, or set somebody available."
        : "Answer it, or assign it to somebody who is free.",
  });
  await recordEvents(tx, workspaceId, [{ conversationId, kind: "escalated", subjectId: row.assignee_id }]);
  return true;
}

/** The thread with somebody on one of our senders, new or known; for writing first. Nothing is sent by it. */
export async function startConversation(
  tx: Tx,
  workspaceId: string,
  on: { contactId: string; channel: "whatsapp" | "sms"; address: string; senderId: string },
): Promise<Conversation> {
  const { contactId: contact_id, channel, address, senderId: sender_id } = on;
  const added = await tx
    .insertInto("conversations")
    .values({ workspace_id: workspaceId, channel, contact_id, sender_id, address, state: "pending" })
    .onConflict((conflict) =>
      conflict.columns(["workspace_id", "channel", "address", "sender_id"]).doUpdateSet({
        updated_at: sql`now()`,
        status: sql`case when conversations.status = 'inactive' then 'active' else conversations.status end`,
      }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  return added;
}
