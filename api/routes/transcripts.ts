import { z } from "@hono/zod-openapi";
import { findCall } from "../../db/calls.ts";
import { listRecordings } from "../../db/recordings.ts";
import { readSentences, readTranscripts, searchTranscripts } from "../../db/transcriptSearch.ts";
import { LANGUAGES } from "../../domain/conversationSettings.ts";
import { CallParams, Transcript, TranscriptEntry } from "../callSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, PageQuery, pageOf } from "../schemas.ts";
import { noSuchCall } from "./calls.ts";

const Filter = PageQuery.extend({
  q: z.string().trim().min(1).max(200).optional().openapi({
    description:
      'Words that must all occur, in any form that their language gives them; "a phrase", -without, this or that.',
    example: "precio apartamento",
  }),
  language: z.enum(LANGUAGES).optional(),
  intent: z.string().max(50).optional(),
  sentiment: z.enum(["positive", "neutral", "negative"]).optional(),
  contact_id: Id.optional(),
});

const Key = z.tuple([z.guid()]);
const tag = "Calls";

/** What was said in calls. */
export const transcriptRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listTranscripts",
      method: "get",
      path: "/v1/transcripts",
      tag,
      summary: "List or search transcripts, newest first",
      query: Filter,
      answer: pageOf(TranscriptEntry),
    },
    async ({ tx, auth, query: { limit, cursor, ...filter } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const rows = await searchTranscripts(tx, auth.workspaceId, filter, { before, limit: limit + 1 });
      const entries = rows.map(({ state, ...row }) => ({ ...row, transcription_status: state }));
      return pageFrom(entries, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "getTranscript",
      method: "get",
      path: "/v1/transcripts/{call_sid}",
      tag,
      summary: "Show what was said in a call",
      description:
        "Recordings of one call follow each other. Without a text, transcription_status and reason say why.",
      params: CallParams,
      answer: Transcript,
    },
    async ({ tx, auth, params }) => {
      const call = await findCall(tx, auth.workspaceId, params.call_sid);
      if (call === undefined) throw noSuchCall();
      const transcripts = await readTranscripts(tx, auth.workspaceId, call.id);
      const done = transcripts.filter((transcript) => transcript.state === "completed");
      const ids = done.map((transcript) => transcript.id);
      const sentences = ids.length === 0 ? [] : await readSentences(tx, auth.workspaceId, ids);
      const recordings = await listRecordings(tx, call.id);
      const [first] = done;
      const together = (part: "text" | "summary") =>
        done.length === 0 ? null : done.map((one) => one[part] ?? "").join("\n") || null;
      return {
        call_sid: call.call_sid,
        duration: call.duration_seconds,
        transcript_text: together("text"),
        recording_url: recordings.find((recording) => recording.url !== null)?.url ?? null,
        transcription_status: call.transcription,
        reason: call.transcription_reason,
        contact_id: call.contact_id,
        conversation_id: call.conversation_id,
        language: first?.language ?? null,
        summary: together("summary"),
        intent: first?.intent ?? null,
        sentiment: first?.sentiment ?? null,
        action_items: done.flatMap((one) => one.action_items),
        digested_by: first?.digested_by ?? null,
        sentences: sentences.map(({ start_seconds, end_seconds, ...sentence }) => ({
          ...sentence,
          start: start_seconds,
          end: end_seconds,
        })),
      };
    },
  );
};
