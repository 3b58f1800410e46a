import { inTransaction, type Tx } from "../db/connect.ts";
import {
  type Burst,
  type HandledBurst,
  isStale,
  listActiveKeywordAnswers,
  markHandled,
  readBurst,
  writeBurst,
  writeDraft,
} from "../db/conversationBursts.ts";
import { queueReply } from "../db/conversationReplies.ts";
import { insertNote } from "../db/conversationThread.ts";
import { type Conversation, handOff, lockConversation } from "../db/conversations.ts";
import { optOut } from "../db/optOuts.ts";
import type { SingleContext } from "../db/singleMessages.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { closedSince, isOpen } from "../domain/businessHours.ts";
import { findKeywordAnswer, type KeywordAnswer } from "../domain/conversationKeywords.ts";
import { machineSigns } from "../domain/conversationLoop.ts";
import { type BurstOutcome, decideBurst } from "../domain/conversationOutcome.ts";
import type { ConversationSettings } from "../domain/conversationSettings.ts";
import { isDomainError } from "../domain/errors.ts";
import { localIso } from "../domain/localTime.ts";
import type { ReadReply, ReplyReading } from "../domain/replyReading.ts";
import { settingsOf } from "../domain/settings.ts";
import { wakeCampaign, wakeSender } from "../workflows/handles.ts";
import type { ActivityDeps } from "./deps.ts";

export type BurstDeps = Pick<ActivityDeps, "db" | "addressKey" | "kick"> & {
  providers: Pick<ActivityDeps["providers"], "sandboxed">;
};

/** How a burst stands once it is understood. */
interface Understood {
  burst: Burst;
  reading: ReplyReading;
  keyword: KeywordAnswer | undefined;
}

/**
 * Understands a burst that is over, and does what has to be done about it: once, whatever dies, as all of it is one
 * transaction and the burst's last message its key. False where more has come meanwhile: it is looked at again.
 */
export async function handleBurst(
  deps: BurstDeps,
  read: ReadReply,
  seen: Conversation,
  on: SingleContext,
): Promise<boolean> {
  const burst = await readBurst(deps.db, seen);
  const understood = burst && (await understand(deps, read, seen, burst));
  const handled = await inTransaction(deps.db, async (tx) => {
    const conversation = await lockConversation(tx, seen.workspace_id, seen.id);
    if (conversation?.burst_due_at == null || conversation.handled_message_id !== seen.handled_message_id)
      return false;
    if (understood === undefined) return true;
    if (await isStale(tx, conversation, understood.burst)) return false;
    await act(tx, on, conversation, understood);
    return true;
  });
  if (handled) deps.kick();
  return handled;
}

async function understand(
  deps: BurstDeps,
  read: ReadReply,
  conversation: Conversation,
  burst: Burst,
): Promise<Understood> {
  const language = conversation.language ?? burst.contactLanguage;
  const keyword = findKeywordAnswer(await listActiveKeywordAnswers(deps.db, conversation.workspace_id), {
    texts: burst.texts,
    channel: conversation.channel,
    language,
  });
  const reading = await read({
    workspace_id: conversation.workspace_id,
    reply_text: burst.texts.join("\n"),
    ...(burst.originalMessage !== null && { original_message: burst.originalMessage }),
    ...(language !== null && { language }),
    ...(burst.contactName !== null && { names: [burst.contactName] }),
  });
  return { burst, reading, keyword };
}

async function act(
  tx: Tx,
  on: SingleContext,
  conversation: Conversation,
  understood: Understood,
): Promise<void> {
  const { burst, reading, keyword } = understood;
  const settings = settingsOf(on.workspace.settings).conversations;
  const zone = on.workspace.time_zone;
  const today = localIso(zone, on.now.getTime()).slice(0, 10);
  const closed = closedSince(settings.hours, zone, on.now);
  const outcome = decideBurst({
    settings,
    blocked: conversation.status === "blocked",
    handed_off: conversation.handed_off_at !== null,
    keyword,
    machine: machineSigns(burst.texts.join(" "), burst.answered),
    reading,
    wordless: burst.texts.length === 0,
    lead_score: burst.leadScore,
    answers_today: conversation.auto_answers_on === today ? conversation.auto_answers : 0,
    open: isOpen(settings.hours, zone, on.now),
    away_sent: conversation.away_sent_at !== null && (closed === null || conversation.away_sent_at >= closed),
    language: reading.language,
  });
  const handled = await carryOut(tx, on, settings, conversation, understood, outcome);
  await writeBurst(tx, conversation, burst, reading, handled);
  const quietMs = (settings.close_after_minutes ?? Number.NaN) * 60_000;
  await markHandled(tx, conversation, burst, reading, {
    settled: handled.settled,
    automatic: handled.answerId !== null,
    away: handled.away,
    today,
    closeDueAt: Number.isNaN(quietMs) ? null : new Date(on.now.getTime() + quietMs),
  });
}

interface CarriedOut extends HandledBurst {
  settled: boolean;
  away: boolean;
}

/** Left for these reasons a burst still waits for somebody of ours. */
const WAITS_FOR_US: ReadonlySet<string> = new Set(["manual", "outside_hours", "with_person"]);

async function carryOut(
  tx: Tx,
  on: SingleContext,
  settings: ConversationSettings,
  conversation: Conversation,
  { burst, keyword, reading }: Understood,
  outcome: BurstOutcome,
): Promise<CarriedOut> {
  const nothing = { reason: null, keywordAnswerId: null, answerId: null, settled: false, away: false };
  const { workspace_id: workspaceId, id: conversationId } = conversation;
  switch (outcome.kind) {
    case "left":
      return {
        ...nothing,
        outcome: "left",
        reason: outcome.reason,
        settled: !WAITS_FOR_US.has(outcome.reason),
      };
    case "opted_out":
      // The rules have decided in the webhook; what only a model sees is added, and never taken back.
      await optOutLater(tx, on, conversation, burst);
      return { ...nothing, outcome: "left", reason: "opted_out", settled: true };
    case "draft":
      await writeDraft(tx, conversation, burst, outcome.body);
      return { ...nothing, outcome: "draft" };
    case "answer": {
      const keywordAnswerId = outcome.by === "keyword" ? (keyword?.id ?? null) : null;
      const said = await say(tx, on, conversation, burst, { ...outcome, answers: true });
      return said.refused === null
        ? {
            ...nothing,
            outcome: "answered",
            reason: outcome.by,
            keywordAnswerId,
            answerId: said.id,
            settled: true,
          }
        : { ...nothing, outcome: "refused", reason: said.refused, keywordAnswerId };
    }
    case "away": {
      const said = await say(tx, on, conversation, burst, { body: outcome.body, by: "away", answers: false });
      return said.refused === null
        ? { ...nothing, outcome: "away", reason: "outside_hours", answerId: said.id, away: true }
        : { ...nothing, outcome: "refused", reason: said.refused };
    }
    case "hand_off": {
      await handOff(tx, { workspaceId, conversationId, reason: outcome.reason, settings });
      await insertNote(tx, {
        workspaceId,
        conversationId,
        author: { kind: "machine", id: null },
        body: noteOf(outcome.reason, burst, reading),
      });
      const by = outcome.reason === "keyword" && !outcome.away ? "keyword" : "hand_off";
      const said =
        outcome.body === null
          ? { id: null, refused: null }
          : await say(tx, on, conversation, burst, { body: outcome.body, by, answers: false });
      const keywordAnswerId = outcome.reason === "keyword" ? (keyword?.id ?? null) : null;
      const away = outcome.away && said.refused === null;
      return {
        ...nothing,
        outcome: "handed_off",
        reason: outcome.reason,
        keywordAnswerId,
        answerId: said.id,
        away,
      };
    }
  }
}

/** What a colleague should know before reading on; not what the person said, which stands above it. */
function noteOf(reason: string, burst: Burst, reading: ReplyReading): string {
  const parts = [
    `Handed over: ${reason.replaceAll("_", " ")}.`,
    `${burst.messages} message${burst.messages === 1 ? "" : "s"}, understood as ${reading.intent} (${Math.round(reading.confidence)} %), ${reading.sentiment}, ${reading.urgency} urgency.`,
    ...(burst.leadScore === null ? [] : [`Lead score ${burst.leadScore}.`]),
    `Suggested: ${reading.suggested_action.replaceAll("_", " ")}.`,
  ];
  return parts.join(" ");
}

/** An automatic text, if the rules of sending allow it; why not, otherwise. */
async function say(
  tx: Tx,
  on: SingleContext,
  conversation: Conversation,
  burst: Burst,
  text: { body: string; by: string; answers: boolean },
): Promise<{ id: string | null; refused: string | null }> {
  try {
    const queued = await queueReply(tx, on, {
      conversation,
      author: { kind: "machine", id: null },
      body: text.body,
      template: null,
      variables: {},
      media: [],
      answersId: burst.lastMessageId,
      templated: text.by === "keyword",
      answers: text.answers,
    });
    if (queued.sender === null) return { id: null, refused: queued.reason ?? "skipped" };
    await oweWake(tx, [wakeSender(queued.sender)]);
    return { id: queued.id, refused: null };
  } catch (error) {
    // Nothing has been written then: the sender is gone, or a keyword's text cannot be filled in.
    if (isDomainError(error)) return { id: null, refused: error.code };
    throw error;
  }
}

async function optOutLater(
  tx: Tx,
  on: SingleContext,
  conversation: Conversation,
  burst: Burst,
): Promise<void> {
  const { workspace_id, contact_id, channel, address } = conversation;
  const said = await tx
    .selectFrom("consents")
    .select("state")
    .where("contact_id", "=", contact_id)
    .where("channel", "=", channel)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (said?.state === "opted_out") return;
  const { campaigns } = await optOut(
    tx,
    on.addressKey,
    {
      workspaceId: workspace_id,
      contactId: contact_id,
      channel: channel as "whatsapp" | "sms",
      address,
      messageId: burst.lastMessageId,
      sentAt: null,
    },
    { scope: "all", words: ["understood by a model"] },
  );
  await oweWake(
    tx,
    campaigns.map((one) => wakeCampaign(one)),
  );
}
