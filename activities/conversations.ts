import { askCsat } from "../db/csat.ts";
import { databaseNow, inTransaction } from "../db/connect.ts";
import {
  type Conversation,
  escalate,
  findConversation,
  lockConversation,
  setConversationState,
} from "../db/conversations.ts";
import { findLastBurst } from "../db/conversationBursts.ts";
import type { SingleContext } from "../db/singleMessages.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { findWorkspace } from "../db/workspaces.ts";
import { type ConversationInput, wakeSender } from "../workflows/handles.ts";
import type { BurstReaders } from "./burstReading.ts";
import { type BurstDeps, handleBurst } from "./conversationBursts.ts";

/** How a conversation stands, for its workflow and who looks at it: states and times, nothing that was said. */
export interface ConversationReport {
  state: "burst" | "open" | "queued" | "assigned" | "pending" | "closed" | "blocked" | "gone";
  /** Nothing is due any more until somebody writes or acts. */
  ended: boolean;
  /** Until something is due; null: not before somebody acts. */
  waitMs: number | null;
  waitsFor: string;
  lastOutcome: string | null;
  lastReason: string | null;
  intent: string | null;
  sentiment: string | null;
  urgency: string | null;
  answersToday: number;
  handedOffAt: string | null;
  handoffReason: string | null;
  answerDueAt: string | null;
  escalated: boolean;
  closesAt: string | null;
}

/** A burst may go on, and another thing fall due, while one is being done. */
const MOST_STEPS = 10;

/** Does what is due in a conversation, by its row and the database's clock. Repeatable. */
export function createTending(
  deps: BurstDeps,
  readers: BurstReaders,
): (input: ConversationInput) => Promise<ConversationReport> {
  return async (input) => {
    for (let step = 1; ; step++) {
      const seen = await look(deps, input);
      if (seen === undefined) return GONE;
      const { conversation, on } = seen;
      const due = dueOf(conversation, on.now);
      if (due === null || step === MOST_STEPS) return reportOf(deps, conversation, on);
      if (due === "burst") await handleBurst(deps, readers, conversation, on);
      else if (due === "answer")
        await inTransaction(deps.db, (tx) => escalate(tx, input.workspaceId, conversation.id));
      else await close(deps, on, conversation);
    }
  };
}

const GONE: ConversationReport = {
  state: "gone",
  ended: true,
  waitMs: null,
  waitsFor: "nothing",
  lastOutcome: null,
  lastReason: null,
  intent: null,
  sentiment: null,
  urgency: null,
  answersToday: 0,
  handedOffAt: null,
  handoffReason: null,
  answerDueAt: null,
  escalated: false,
  closesAt: null,
};

async function look(
  deps: BurstDeps,
  input: ConversationInput,
): Promise<{ conversation: Conversation; on: SingleContext } | undefined> {
  const [conversation, workspace, now] = await Promise.all([
    findConversation(deps.db, input.workspaceId, input.conversationId),
    findWorkspace(deps.db, input.workspaceId),
    databaseNow(deps.db),
  ]);
  if (conversation === undefined || workspace === undefined) return undefined;
  const on = { workspace, addressKey: deps.addressKey, sandboxed: deps.providers.sandboxed, now };
  return { conversation, on };
}

const reached = (at: Date | null, now: Date) => at !== null && at <= now;

function dueOf(conversation: Conversation, now: Date): "burst" | "answer" | "close" | null {
  if (conversation.status === "blocked") return null;
  if (reached(conversation.burst_due_at, now)) return "burst";
  if (conversation.escalated_at === null && reached(conversation.answer_due_at, now)) return "answer";
  if (conversation.burst_due_at === null && reached(conversation.close_due_at, now)) return "close";
  return null;
}

/** Unless somebody has written, or written back, since it was looked at. */
async function close(deps: BurstDeps, on: SingleContext, seen: Conversation): Promise<void> {
  const asked = await inTransaction(deps.db, async (tx) => {
    const conversation = await lockConversation(tx, seen.workspace_id, seen.id);
    if (conversation === undefined || !reached(conversation.close_due_at, on.now)) return false;
    const closed = await setConversationState(tx, seen.workspace_id, seen.id, "closed", "quiet");
    const rating = closed && (await askCsat(tx, on, closed));
    if (rating?.sender) await oweWake(tx, [wakeSender(rating.sender)]);
    return rating !== undefined;
  });
  if (asked) deps.kick();
}

async function reportOf(
  deps: BurstDeps,
  conversation: Conversation,
  on: SingleContext,
): Promise<ConversationReport> {
  const last = await findLastBurst(deps.db, conversation);
  const next = nextMoment(conversation);
  const iso = (at: Date | null) => at?.toISOString() ?? null;
  return {
    state: stateOf(conversation),
    ended:
      conversation.state === "closed" ||
      conversation.status === "blocked" ||
      (next === null && conversation.handed_off_at === null),
    waitMs: next === null ? null : Math.max(0, next.at.getTime() - on.now.getTime()),
    waitsFor: next?.what ?? "nothing",
    lastOutcome: last?.outcome ?? null,
    lastReason: last?.reason ?? null,
    intent: conversation.intent,
    sentiment: conversation.sentiment,
    urgency: conversation.urgency,
    answersToday: conversation.auto_answers,
    handedOffAt: iso(conversation.handed_off_at),
    handoffReason: conversation.handoff_reason,
    answerDueAt: iso(conversation.answer_due_at),
    escalated: conversation.escalated_at !== null,
    closesAt: iso(conversation.close_due_at),
  };
}

function stateOf(conversation: Conversation): ConversationReport["state"] {
  if (conversation.status === "blocked") return "blocked";
  if (conversation.burst_due_at !== null) return "burst";
  if (conversation.state === "open" && conversation.assignee_id !== null) return "assigned";
  if (conversation.state === "open" && conversation.handed_off_at !== null) return "queued";
  return conversation.state as "open" | "pending" | "closed";
}

function nextMoment(conversation: Conversation): { at: Date; what: string } | null {
  if (conversation.burst_due_at !== null)
    return { at: conversation.burst_due_at, what: "Until the person has finished writing" };
  const { answer_due_at, escalated_at, close_due_at } = conversation;
  if (answer_due_at !== null && escalated_at === null)
    return { at: answer_due_at, what: "Until an answer is overdue" };
  return close_due_at === null ? null : { at: close_due_at, what: "Until it has been quiet for long enough" };
}
