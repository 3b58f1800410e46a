import { z } from "@hono/zod-openapi";
import { CALL_STATES, RECORDING_STATES } from "../domain/call.ts";
import { Id, Timestamp } from "./schemas.ts";

/** As Twilio names a call. */
export const CallParams = z.object({
  call_sid: z.string().max(64).openapi({ example: "CA0199c3a05f6e7c1a9d3e2b8f6a4c1d20" }),
});

export const TranscriptionStatus = z.enum([
  "waiting",
  "requested",
  "in_progress",
  "completed",
  "failed",
  "none",
]);

const Recording = z.object({
  recording_sid: z.string(),
  state: z.enum(RECORDING_STATES),
  duration_seconds: z.number().int().nullable(),
  channels: z.number().int().openapi({ description: "2: caller and agent apart." }),
  url: z
    .string()
    .nullable()
    .openapi({ description: "At Twilio, for the account's credentials; null once deleted." }),
  recorded_at: Timestamp,
  deletion_requested_at: Timestamp.nullable(),
  deleted_at: Timestamp.nullable(),
});

export const Call = z
  .object({
    id: Id,
    call_sid: z.string(),
    direction: z.enum(["in", "out"]),
    address: z.string().nullable().openapi({ description: "The person's number; null where they hide it." }),
    own_address: z.string().nullable(),
    sender_id: Id.nullable(),
    contact_id: Id.nullable(),
    conversation_id: Id.nullable(),
    state: z.enum(CALL_STATES),
    language: z.string().nullable().openapi({ description: "In which the caller was greeted." }),
    forwarded_to: Id.nullable().openapi({ description: "The member the caller was put through to." }),
    duration_seconds: z.number().int().nullable(),
    transcription_status: TranscriptionStatus,
    transcription_reason: z.string().nullable().openapi({
      description:
        "Of none: off, no_engine, no_recording, too_short, deleted. Of failed: deadline, provider_failed, refused:<code> …",
      example: "too_short",
    }),
    retries: z.number().int(),
    started_at: Timestamp,
    ended_at: Timestamp.nullable(),
  })
  .openapi("Call");

export const CallWithRecordings = Call.extend({ recordings: z.array(Recording) }).openapi(
  "CallWithRecordings",
);

const Feeling = z.enum(["positive", "neutral", "negative"]);

export const TranscriptEntry = z
  .object({
    call_sid: z.string(),
    recording_sid: z.string(),
    recording_url: z.string().nullable(),
    contact_id: Id.nullable(),
    conversation_id: Id.nullable(),
    started_at: Timestamp,
    duration: z.number().int().nullable().openapi({ description: "Seconds." }),
    transcription_status: z.string(),
    reason: z.string().nullable(),
    language: z.string().nullable(),
    summary: z.string().nullable(),
    intent: z.string().nullable(),
    sentiment: Feeling.nullable(),
    excerpt: z
      .string()
      .nullable()
      .openapi({ description: "With `q`: where it stands in the text, between « and »." }),
    completed_at: Timestamp.nullable(),
  })
  .openapi("TranscriptEntry");

const Sentence = z.object({
  speaker: z.enum(["person", "agent", "unknown"]),
  start: z.number().openapi({ description: "Seconds from the start of the recording." }),
  end: z.number(),
  confidence: z.number().nullable(),
  text: z.string(),
});

export const Transcript = z
  .object({
    call_sid: z.string(),
    duration: z.number().int().nullable().openapi({ description: "Seconds." }),
    transcript_text: z.string().nullable(),
    recording_url: z.string().nullable(),
    transcription_status: TranscriptionStatus,
    reason: z.string().nullable(),
    contact_id: Id.nullable(),
    conversation_id: Id.nullable(),
    language: z.string().nullable(),
    summary: z.string().nullable(),
    intent: z.string().nullable(),
    sentiment: Feeling.nullable(),
    action_items: z.array(z.string()),
    digested_by: z
      .string()
      .nullable()
      .openapi({ description: "What summary and the rest come from: rules, or a model." }),
    sentences: z.array(Sentence),
  })
  .openapi("Transcript");
