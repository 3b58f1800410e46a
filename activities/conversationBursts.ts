import { mayWriteByItself } from "../db/answeredMail.ts";
import { inTransaction, type Tx } from "../db/connect.ts";
import {
  type Burst,
  type HandledBurst,
  isStale,
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
import { type BurstOutcome, decideBurst } from "../domain/conversationOutcome.ts";
import type { ConversationSettings } from "../domain/conversationSettings.ts";
import { isDomainError } from "../domain/errors.ts";
import type { ReplyReading } from "../domain/replyReading.ts";
import { wakeCampaign, wakeSender } from "../workflows/handles.ts";
import { type BurstReaders, burstFacts, localDay, type Understood, understandBurst } from "./burstReading.ts";
import type { ActivityDeps } from "./deps.ts";

export type BurstDeps = Pick<ActivityDeps, "db" | "addressKey" | "kick"> & {
  providers: Pick<ActivityDeps["providers"], "sandboxed">;
};

/**
 * Understands a burst that is over, and does what has to be done about it: once, whatever dies, as all of it is one
 * transaction and the burst's last message its key. False where more has come meanwhile: it is looked at again.
 */
export async function handleBurst(
  deps: BurstDeps,
  readers: BurstReaders,
  seen: Conversation,
  on: SingleContext,
): Promise<boolean> {
  const burst = await readBurst(deps.db, seen);
  const understood = burst && (await understandBurst(deps, readers, on, seen, burst));
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

async function act(
  tx: Tx,
  on: SingleContext,
  conversation: Conversation,
  understood: Understood,
): Promise<void> {
  const { burst, reading } = understood;
  const facts = burstFacts(on, conversation, understood);
  const { settings } = facts;
  const outcome = decideBurst(facts);
  const handled = await carryOut(tx, on, settings, conversation, understood, outcome);
  await writeBurst(tx, conversation, burst, reading, handled);
  const quietMs = (settings.close_after_minutes ?? Number.NaN) * 60_000;
  await markHandled(tx, conversation, burst, reading, {
    settled: handled.settled,
    automatic: handled.answerId !== null,
    away: handled.away,
    today: localDay(on),
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
  { burst, keyword, reading, knowledge }: Understood,
  outcome: BurstOutcome,
): Promise<CarriedOut> {
  const nothing = {
    reason: null,
    keywordAnswerId: null,
    knowledge: null,
    answerId: null,
    settled: false,
    away: false,
  };
  const usedBy = (source: string) => (knowledge !== undefined && source === knowledge.by ? knowledge : null);
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
      await writeDraft(tx, conversation, burst, { body: outcome.body, source: outcome.by });
      return { ...nothing, outcome: "draft", reason: outcome.by, knowledge: usedBy(outcome.by) };
    case "answer": {
      const keywordAnswerId = outcome.by === "keyword" ? (keyword?.id ?? null) : null;
      const said = await say(tx, on, conversation, burst, { ...outcome, answers: true });
      return said.refused === null
        ? {
            ...nothing,
            outcome: "answered",
            reason: outcome.by,
            keywordAnswerId,
            knowledge: usedBy(outcome.by),
            answerId: said.id,
            settled: true,
          }
        : {
            ...nothing,
            outcome: "refused",
            reason: said.refused,
            keywordAnswerId,
            knowledge: usedBy(outcome.by),
          };
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
        // A model that would rather leave it to a person has said so.
        knowledge: knowledge?.body === null ? knowledge : null,
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
  if (!(await mayWriteByItself(tx, conversation, burst.lastMessageId)))
    return { id: null, refused: "unproven" };
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
