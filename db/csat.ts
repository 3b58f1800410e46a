import { sql } from "kysely";
import { parseCsat } from "../domain/csat.ts";
import type { Language } from "../domain/conversationSettings.ts";
import { settingsOf } from "../domain/settings.ts";
import { mayWriteByItself } from "./answeredMail.ts";
import type { Tx } from "./connect.ts";
import { recordEvents } from "./conversationEvents.ts";
import { queueReply, type QueuedReply } from "./conversationReplies.ts";
import type { Conversation } from "./conversations.ts";
import type { SingleContext } from "./singleMessages.ts";

/** Who is closed, writes a last word and is closed again is not asked again. */
const ASKED_AGAIN_AFTER_MS = 24 * 3_600_000;
/** A figure that comes later answers something else. */
const ANSWERED_WITHIN = "3 days";

/**
 * Asks the person of a conversation that was closed how they were served, where the workspace wants it, somebody has
 * answered them and they may be written to. Undefined where nothing was asked. The caller holds the conversation's lock
 * and wakes the sender.
 */
export async function askCsat(
  tx: Tx,
  on: SingleContext,
  conversation: Conversation,
): Promise<QueuedReply | undefined> {
  const { csat } = settingsOf(on.workspace.settings).conversations;
  const text = csat.text[languageOf(conversation.language)] ?? csat.text.es;
  if (!csat.enabled || text === null || conversation.status !== "active") return undefined;
  if (conversation.first_answered_at === null || conversation.last_inbound_at === null) return undefined;
  const asked = conversation.csat_requested_at?.getTime() ?? 0;
  if (on.now.getTime() - asked < ASKED_AGAIN_AFTER_MS) return undefined;
  if (!(await mayWriteByItself(tx, conversation, null))) return undefined;
  const queued = await queueReply(tx, on, {
    conversation,
    author: { kind: "machine", id: null },
    body: text,
    template: null,
    variables: {},
    media: [],
    answersId: null,
    answers: false,
  });
  if (queued.state === "skipped") return undefined;
  await tx
    .updateTable("conversations")
    .set({ csat_requested_at: sql`now()`, csat_score: null, csat_at: null })
    .where("workspace_id", "=", on.workspace.id)
    .where("id", "=", conversation.id)
    .execute();
  return queued;
}

const languageOf = (language: string | null): Language =>
  language === "en" || language === "pt" ? language : "es";

/**
 * Takes a reply for the rating that was asked for: true where it is one, and nothing else has to be said to it. Once it
 * is given, or something else has been said since, a figure is a reply like any other.
 */
export async function recordCsat(
  tx: Tx,
  workspaceId: string,
  conversationId: string,
  text: string,
): Promise<boolean> {
  const score = parseCsat(text);
  if (score === undefined) return false;
  const rated = await tx
    .updateTable("conversations")
    .set({ csat_score: score, csat_at: sql`now()` })
    .where("workspace_id", "=", workspaceId)
    .where("id", "=", conversationId)
    .where("csat_at", "is", null)
    .where(sql<boolean>`last_outbound_at <= csat_requested_at`)
    .where("csat_requested_at", ">", sql<Date>`now() - ${ANSWERED_WITHIN}::interval`)
    .returning("id")
    .executeTakeFirst();
  if (rated === undefined) return false;
  await recordEvents(tx, workspaceId, [{ conversationId, kind: "csat", change: { score } }]);
  return true;
}
