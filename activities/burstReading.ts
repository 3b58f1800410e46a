import { type Burst, listActiveKeywordAnswers } from "../db/conversationBursts.ts";
import type { Db } from "../db/connect.ts";
import type { Conversation } from "../db/conversations.ts";
import { searchKnowledge } from "../db/knowledge.ts";
import { findSegmentOf } from "../db/segments.ts";
import type { SingleContext } from "../db/singleMessages.ts";
import { closedSince, isOpen } from "../domain/businessHours.ts";
import { findKeywordAnswer, type KeywordAnswer } from "../domain/conversationKeywords.ts";
import { machineSigns } from "../domain/conversationLoop.ts";
import { type BurstFacts, languageOf, wantsKnowledge } from "../domain/conversationOutcome.ts";
import type { AskKnowledge, KnowledgeAnswer } from "../domain/language/answerFromKnowledge.ts";
import { asksOnlyWhatItIs, asksWhatItIs, matterOf } from "../domain/language/answerPolicy.ts";
import type { AnswerTone } from "../domain/language/answerTone.ts";
import { localIso } from "../domain/localTime.ts";
import type { ReadReply, ReplyReading } from "../domain/replyReading.ts";
import { settingsOf } from "../domain/settings.ts";
import type { ActivityDeps } from "./deps.ts";

/** Who reads what people write, and who answers it from what a workspace knows. */
export interface BurstReaders {
  read: ReadReply;
  ask: AskKnowledge;
}

/** How a burst stands once it is understood. */
export interface Understood {
  burst: Burst;
  reading: ReplyReading;
  tone: AnswerTone;
  keyword: KeywordAnswer | undefined;
  knowledge: KnowledgeAnswer | undefined;
}

/** Reads a burst, and looks for an answer in what the workspace knows where one is wanted. Writes nothing. */
export async function understandBurst(
  { db }: Pick<ActivityDeps, "db">,
  { read, ask }: BurstReaders,
  on: SingleContext,
  conversation: Conversation,
  burst: Burst,
): Promise<Understood> {
  const language = conversation.language ?? burst.contactLanguage;
  const keyword = findKeywordAnswer(await listActiveKeywordAnswers(db, conversation.workspace_id), {
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
  const tone = await toneFor(db, on, conversation);
  const understood = { burst, reading, tone, keyword, knowledge: undefined };
  if (!wantsKnowledge(burstFacts(on, conversation, understood))) return understood;
  const question = {
    text: burst.texts.join("\n"),
    language: languageOf(reading.language),
    tone,
    names: burst.contactName === null ? [] : [burst.contactName],
  };
  const { entries, clear } = await searchKnowledge(db, conversation.workspace_id, question);
  if (clear !== undefined) {
    const knowledge = { by: "knowledge" as const, body: clear.answer, entryIds: [clear.id], model: null };
    return { ...understood, knowledge };
  }
  if (entries.length === 0) return understood;
  return { ...understood, knowledge: await ask(conversation.workspace_id, { ...question, entries }) };
}

/** In which tone the person of a conversation is answered. */
async function toneFor(db: Db, on: SingleContext, conversation: Conversation): Promise<AnswerTone> {
  const { tone, segment_tones } = settingsOf(on.workspace.settings).conversations;
  const ids = segment_tones.map(({ segment_id }) => segment_id);
  const found = await findSegmentOf(db, conversation.workspace_id, conversation.contact_id, ids);
  return segment_tones.find(({ segment_id }) => segment_id === found)?.tone ?? tone;
}

/** What decides about a burst, by the conversation as it stands. */
export function burstFacts(
  on: SingleContext,
  conversation: Conversation,
  { burst, reading, tone, keyword, knowledge }: Understood,
): BurstFacts {
  const settings = settingsOf(on.workspace.settings).conversations;
  const zone = on.workspace.time_zone;
  const closed = closedSince(settings.hours, zone, on.now);
  const text = burst.texts.join(" ");
  return {
    settings,
    blocked: conversation.status === "blocked",
    handed_off: conversation.handed_off_at !== null,
    keyword,
    machine: machineSigns(text, burst.answered),
    reading,
    matter: matterOf(text),
    asks_what_it_is: asksWhatItIs(text),
    asks_only_that: asksOnlyWhatItIs(text),
    knowledge,
    tone,
    wordless: burst.texts.length === 0,
    lead_score: burst.leadScore,
    answers_today: conversation.auto_answers_on === localDay(on) ? conversation.auto_answers : 0,
    open: isOpen(settings.hours, zone, on.now),
    away_sent: conversation.away_sent_at !== null && (closed === null || conversation.away_sent_at >= closed),
    language: reading.language,
  };
}

/** The workspace's. */
export const localDay = (on: SingleContext): string =>
  localIso(on.workspace.time_zone, on.now.getTime()).slice(0, 10);
