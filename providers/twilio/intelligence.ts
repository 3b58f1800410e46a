import type twilio from "twilio";
import type { ProviderTranscript, TranscriptAnswer, VoiceProvider } from "../voice.ts";
import { nameless } from "./client.ts";
import { type CallContext, inCall, NoAnswerError, NotSentError } from "../http.ts";

const PAGE = 500;

/**
 * Twilio's Voice Intelligence, which has no idempotency key: what may have been taken is looked for by its recording.
 * Source: https://www.twilio.com/docs/voice/intelligence/api/transcript-resource
 */
export function intelligence(
  client: twilio.Twilio,
): Pick<
  VoiceProvider,
  "findTranscripts" | "createTranscript" | "fetchTranscript" | "listSentences" | "deleteTranscript"
> {
  const { transcripts } = client.intelligence.v2;
  return {
    async findTranscripts(recordingSid) {
      const found = await transcripts
        .list({ sourceSid: recordingSid, limit: 100 })
        .catch((error: unknown) => {
          throw nameless("list transcripts", error);
        });
      return found.toSorted((a, b) => a.dateCreated.getTime() - b.dateCreated.getTime()).map(transcriptOf);
    },

    async createTranscript({ serviceSid, recordingSid, customerKey }, deadline) {
      const call: CallContext = { deadline, retryAfterMs: null };
      const channel = { media_properties: { source_sid: recordingSid } };
      try {
        const { sid } = await inCall(call, () => transcripts.create({ serviceSid, channel, customerKey }));
        return sid ? { kind: "created", sid } : { kind: "unknown" };
      } catch (error) {
        return answerOf(error);
      }
    },

    async fetchTranscript(sid) {
      try {
        return transcriptOf(await transcripts(sid).fetch());
      } catch (error) {
        if ((error as { status?: unknown }).status === 404) return undefined;
        throw nameless("fetch a transcript", error);
      }
    },

    async listSentences(sid) {
      const found = await transcripts(sid)
        .sentences.list({ pageSize: PAGE })
        .catch((error: unknown) => {
          throw nameless("list sentences", error);
        });
      return found
        .toSorted((a, b) => a.sentenceIndex - b.sentenceIndex)
        .map((one) => ({
          channel: one.mediaChannel,
          start: Number(one.startTime),
          end: Number(one.endTime),
          confidence: one.confidence === null ? null : Number(one.confidence),
          text: one.transcript,
        }));
    },

    deleteTranscript: (sid) => removed("delete a transcript", () => transcripts(sid).remove()),
  };
}

const transcriptOf = (one: { sid: string; status: string; languageCode: string }): ProviderTranscript => ({
  sid: one.sid,
  status: one.status,
  language: one.languageCode || null,
});

/** A 4xx of Twilio's is a definite no, but for the ones that say "not now". */
function answerOf(error: unknown): TranscriptAnswer {
  if (error instanceof NotSentError) return { kind: "not_sent" };
  if (error instanceof NoAnswerError) return { kind: "unknown" };
  const { status, code } = (error ?? {}) as { status?: unknown; code?: string | number };
  if (typeof status !== "number" || status >= 500) return { kind: "unknown" };
  return status === 429 || status === 408
    ? { kind: "later" }
    : { kind: "refused", code: String(code ?? status) };
}

/** False where there was nothing to delete any more. */
export async function removed(what: string, remove: () => Promise<boolean>): Promise<boolean> {
  try {
    return await remove();
  } catch (error) {
    if ((error as { status?: unknown }).status === 404) return false;
    throw nameless(what, error);
  }
}
