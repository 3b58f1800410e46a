import { sql } from "kysely";
import type { KeywordAnswer } from "../domain/conversationKeywords.ts";
import type { KnowledgeAnswer } from "../domain/language/answerFromKnowledge.ts";
import type { AnswerSource } from "../domain/conversationOutcome.ts";
import type { ReplyReading } from "../domain/replyReading.ts";
import type { Db, Tx } from "./connect.ts";
import { recordEvents } from "./conversationEvents.ts";
import type { Conversation } from "./conversations.ts";
import { markLeads } from "./leadMarks.ts";

/** Messages that came within a few seconds and are answered as one, with what one must know to understand them. */
export interface Burst {
  lastMessageId: string;
  texts: string[];
  messages: number;
  startedAt: Date;
  endedAt: Date;
  /** What was last written to the person, by whatever campaign or colleague. */
  originalMessage: string | null;
  /** The last automatic answer, and the text it was for. */
  answered: { answer: string; to: string } | null;
  leadScore: number | null;
  contactLanguage: string | null;
  contactName: string | null;
}

/** More are not read: who writes so many within seconds does not expect each to be. */
const MOST_MESSAGES = 50;

/** Undefined where there is nothing new. */
export async function readBurst(db: Db, conversation: Conversation): Promise<Burst | undefined> {
  const { id, contact_id, channel, handled_message_id } = conversation;
  const { rows } = await sql<{
    last_message_id: string | null;
    texts: string[];
    messages: number;
    started_at: Date;
    ended_at: Date;
    original: string | null;
    answer: string | null;
    answered_to: string | null;
    lead_score: number | null;
    language: string | null;
    name: string | null;
  }>`
    select burst.*, c.lead_score, c.language, c.name, original.body as original, answer.body as answer, answer.to as answered_to
    from contacts c
    cross join lateral (
      select (array_agg(m.id order by m.id desc))[1] as last_message_id,
        coalesce(array_agg(m.body order by m.id) filter (where m.body <> ''), '{}') as texts,
        count(*) as messages, min(m.created_at) as started_at, max(m.created_at) as ended_at
      from (select id, body, created_at from messages
        where conversation_id = ${id} and direction = 'in' and reason is distinct from 'automatic'
          and (${handled_message_id}::uuid is null or id > ${handled_message_id}::uuid)
        order by id desc limit ${MOST_MESSAGES}) m
    ) burst
    left join lateral (
      select body from messages
      where contact_id = ${contact_id} and channel = ${channel} and direction = 'out' and intended_at is not null
      order by id desc limit 1
    ) original on true
    left join lateral (
      select a.body, q.body as to from messages a join messages q on q.id = a.answers_id
      where a.conversation_id = ${id} and a.answers_id is not null order by a.id desc limit 1
    ) answer on true
    where c.id = ${contact_id} and c.erased_at is null`.execute(db);
  const row = rows[0];
  if (row?.last_message_id == null) return undefined;
  return {
    lastMessageId: row.last_message_id,
    texts: row.texts,
    messages: row.messages,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    originalMessage: row.original,
    answered: row.answer === null ? null : { answer: row.answer, to: row.answered_to ?? "" },
    leadScore: row.lead_score,
    contactLanguage: row.language,
    contactName: row.name,
  };
}

/** In the order in which they are tried. */
export async function listActiveKeywordAnswers(db: Db, workspaceId: string): Promise<KeywordAnswer[]> {
  const rows = await db
    .selectFrom("keyword_answers")
    .select(["id", "keywords", "match", "channel", "language", "body", "hand_off"])
    .where("workspace_id", "=", workspaceId)
    .where("enabled", "=", true)
    .where("deleted_at", "is", null)
    .orderBy("position")
    .orderBy("id")
    .execute();
  return rows as KeywordAnswer[];
}

export interface HandledBurst {
  outcome: "answered" | "away" | "draft" | "handed_off" | "left" | "refused";
  reason: string | null;
  keywordAnswerId: string | null;
  /** What of the workspace's knowledge it was answered by, and by which model. */
  knowledge: Pick<KnowledgeAnswer, "entryIds" | "model"> | null;
  answerId: string | null;
}

/** Whether there is something newer than the burst that was read; the caller holds the conversation's lock. */
export async function isStale(tx: Tx, conversation: Conversation, burst: Burst): Promise<boolean> {
  const newest = await tx
    .selectFrom("messages")
    .select("id")
    .where("conversation_id", "=", conversation.id)
    .where("direction", "=", "in")
    .where("reason", "is distinct from", "automatic")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return newest?.id !== burst.lastMessageId;
}

/** What became of a burst: for good, as its last message is the row's key. */
export async function writeBurst(
  tx: Tx,
  conversation: Conversation,
  burst: Burst,
  reading: ReplyReading,
  handled: HandledBurst,
): Promise<void> {
  await tx
    .insertInto("conversation_bursts")
    .values({
      last_message_id: burst.lastMessageId,
      workspace_id: conversation.workspace_id,
      conversation_id: conversation.id,
      messages: burst.messages,
      started_at: burst.startedAt,
      ended_at: burst.endedAt,
      outcome: handled.outcome,
      reason: handled.reason,
      intent: reading.intent,
      sentiment: reading.sentiment,
      confidence: Math.round(reading.confidence),
      urgency: reading.urgency,
      language: reading.language,
      provider: reading.provider,
      keyword_answer_id: handled.keywordAnswerId,
      knowledge_entry_ids: [...(handled.knowledge?.entryIds ?? [])],
      answer_model: handled.knowledge?.model ?? null,
      classification: JSON.stringify(reading),
      answer_id: handled.answerId,
    })
    .execute();
  await markLeads(tx, conversation.workspace_id, [conversation.contact_id]);
  const change = { outcome: handled.outcome, reason: handled.reason, intent: reading.intent };
  await recordEvents(tx, conversation.workspace_id, [
    { conversationId: conversation.id, kind: "burst", subjectId: burst.lastMessageId, change },
  ]);
}

/** What became of the last one. */
export function findLastBurst(db: Db, conversation: Conversation) {
  return db
    .selectFrom("conversation_bursts")
    .select(["outcome", "reason"])
    .where("conversation_id", "=", conversation.id)
    .orderBy("last_message_id", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** What became of each, newest first, behind `before`. */
export function listBursts(
  db: Db | Tx,
  of: { workspaceId: string; conversationId: string },
  page: { before?: string | undefined; limit: number },
) {
  return db
    .selectFrom("conversation_bursts")
    .select(["last_message_id", "messages", "started_at", "ended_at", "handled_at", "outcome", "reason"])
    .select(["intent", "sentiment", "confidence", "urgency", "language", "provider"])
    .select(["keyword_answer_id", "knowledge_entry_ids", "answer_model", "answer_id"])
    .where("workspace_id", "=", of.workspaceId)
    .where("conversation_id", "=", of.conversationId)
    .$if(page.before !== undefined, (query) => query.where("last_message_id", "<", page.before ?? ""))
    .orderBy("last_message_id", "desc")
    .limit(page.limit)
    .execute();
}

/** A suggested answer that waits for a person; those before it are outdated. */
export async function writeDraft(
  tx: Tx,
  conversation: Conversation,
  burst: Burst,
  { body, source }: { body: string; source: AnswerSource },
): Promise<void> {
  const { id: conversationId, workspace_id } = conversation;
  await tx
    .updateTable("conversation_drafts")
    .set({ state: "outdated", settled_at: sql`now()` })
    .where("conversation_id", "=", conversationId)
    .where("state", "=", "waiting")
    .execute();
  const { id } = await tx
    .insertInto("conversation_drafts")
    .values({
      workspace_id,
      conversation_id: conversationId,
      answers_id: burst.lastMessageId,
      body,
      source,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await recordEvents(tx, workspace_id, [
    { conversationId, kind: "draft", subjectId: id, change: { state: "waiting" } },
  ]);
}

/** The burst is handled, up to its last message; the conversation stands as it was understood. */
export async function markHandled(
  tx: Tx,
  conversation: Conversation,
  burst: Burst,
  reading: ReplyReading,
  change: {
    /** Nobody has to act: the person's turn. */
    settled: boolean;
    automatic: boolean;
    away: boolean;
    /** The workspace's local day. */
    today: string;
    closeDueAt: Date | null;
  },
): Promise<void> {
  await tx
    .updateTable("conversations")
    .set({
      handled_message_id: burst.lastMessageId,
      burst_started_at: null,
      burst_due_at: null,
      intent: reading.intent,
      sentiment: reading.sentiment,
      urgency: reading.urgency,
      language: reading.language,
      updated_at: sql`now()`,
      close_due_at: sql`case when (handed_off_at is not null or assignee_id is not null) and awaiting_since is not null
        and not ${change.settled}::boolean then null else ${change.closeDueAt}::timestamptz end`,
      ...(change.settled && { state: "pending", awaiting_since: null, answer_due_at: null }),
      ...(change.away && { away_sent_at: sql<Date>`now()` }),
      ...(change.automatic && {
        auto_answers: sql<number>`case when auto_answers_on = ${change.today}::date then auto_answers + 1 else 1 end`,
        auto_answers_on: change.today,
      }),
    })
    .where("id", "=", conversation.id)
    .execute();
}
