import { sql } from "kysely";
import { type Sentence, textOf } from "../domain/transcript.ts";
import type { Db, Tx } from "./connect.ts";

const worked = [
  "t.id",
  "t.call_id",
  "t.recording_id",
  "t.engine",
  "t.state",
  "t.reason",
  "t.provider_sid",
  "t.given_up_sids",
  "t.intended_at",
  "t.language",
  "r.recording_sid",
  "r.channels",
  "r.deletion_requested_at",
] as const;

export type Transcript = Awaited<ReturnType<typeof listTranscriptsOf>>[number];

/** Of one call, with the recording that each is of. */
export function listTranscriptsOf(db: Db, callId: string) {
  return db
    .selectFrom("transcripts as t")
    .innerJoin("recordings as r", "r.id", "t.recording_id")
    .select(worked)
    .where("t.call_id", "=", callId)
    .orderBy("r.id")
    .execute();
}

/** One transcript for each of these recordings; those that have one keep it. */
export async function ensureTranscripts(
  db: Db,
  call: { id: string; workspace_id: string },
  engine: "twilio" | "speech",
  recordings: readonly { id: string; duration_seconds: number | null }[],
): Promise<void> {
  if (recordings.length === 0) return;
  await db
    .insertInto("transcripts")
    .values(
      recordings.map((recording) => ({
        workspace_id: call.workspace_id,
        call_id: call.id,
        recording_id: recording.id,
        duration_seconds: recording.duration_seconds,
        engine,
      })),
    )
    .onConflict((conflict) => conflict.column("recording_id").doNothing())
    .execute();
}

/**
 * The right to ask the provider for this transcript once, committed before it is used. False while an earlier request
 * may still have been taken: it is looked for in the provider's list until it is `graceMs` old.
 */
export async function claimIntent(db: Db, id: string, graceMs: number): Promise<boolean> {
  const { rows } = await sql`
    update transcripts set intended_at = now()
    where id = ${id} and state = 'requested' and provider_sid is null
      and (intended_at is null or intended_at < now() - ${graceMs} * interval '1 millisecond')
    returning id`.execute(db);
  return rows.length > 0;
}

/** The request was definitely not taken: the next one need not wait. */
export async function dropIntent(db: Db, id: string): Promise<void> {
  await db.updateTable("transcripts").set({ intended_at: null }).where("id", "=", id).execute();
}

/** The provider works on it under this SID; the first SID stays. */
export async function noteRequested(db: Db, id: string, providerSid: string): Promise<void> {
  await db
    .updateTable("transcripts")
    .set({ provider_sid: providerSid, state: "in_progress" })
    .where("id", "=", id)
    .where("state", "=", "requested")
    .where("provider_sid", "is", null)
    .execute();
}

export async function markReady(db: Db, id: string, language: string | null): Promise<void> {
  await db
    .updateTable("transcripts")
    .set({ state: "ready", language })
    .where("id", "=", id)
    .where("state", "=", "in_progress")
    .execute();
}

/** `reason`: provider_failed, provider_canceled, refused:<code>, deadline … */
export async function failTranscript(db: Db, id: string, reason: string): Promise<void> {
  await db
    .updateTable("transcripts")
    .set({ state: "failed", reason })
    .where("id", "=", id)
    .where("state", "not in", ["completed", "failed"])
    .execute();
}

/** Ends what is still open of a call. */
export async function failOpenTranscripts(db: Db, callId: string, reason: string): Promise<void> {
  await db
    .updateTable("transcripts")
    .set({ state: "failed", reason })
    .where("call_id", "=", callId)
    .where("state", "in", ["requested", "in_progress", "ready"])
    .execute();
}

export interface StoredText {
  language: string | null;
  sentences: readonly Sentence[];
  summary: string;
  actionItems: readonly string[];
  intent: string | null;
  sentiment: string | null;
  digestedBy: string;
}

/** Writes a transcript's text, sentence by sentence, and completes it; the first one counts. */
export async function completeTranscript(
  tx: Tx,
  workspaceId: string,
  id: string,
  text: StoredText,
): Promise<boolean> {
  const completed = await tx
    .updateTable("transcripts")
    .set({
      state: "completed",
      reason: null,
      language: text.language,
      text: textOf(text.sentences),
      summary: text.summary,
      action_items: [...text.actionItems],
      intent: text.intent,
      sentiment: text.sentiment,
      digested_by: text.digestedBy,
      completed_at: sql`now()`,
    })
    .where("id", "=", id)
    .where("state", "in", ["requested", "in_progress", "ready"])
    .returning("id")
    .executeTakeFirst();
  if (completed === undefined) return false;
  const { sentences } = text;
  const column = <T>(of: (sentence: Sentence) => T) => JSON.stringify(sentences.map(of));
  await sql`
    insert into transcript_sentences
      (transcript_id, position, workspace_id, speaker, start_seconds, end_seconds, confidence, text)
    select ${id}::uuid, n - 1, ${workspaceId}::uuid, speaker, starts::real, ends::real, confidence::real, said
    from rows from (json_array_elements_text(${column((one) => one.speaker)}::json),
        json_array_elements_text(${column((one) => one.start)}::json),
        json_array_elements_text(${column((one) => one.end)}::json),
        json_array_elements_text(${column((one) => one.confidence)}::json),
        json_array_elements_text(${column((one) => one.text)}::json))
      with ordinality as u (speaker, starts, ends, confidence, said, n)`.execute(tx);
  return true;
}
