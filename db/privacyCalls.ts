import { by, type TablePrivacy } from "./privacyWays.ts";

/** Voice. Recordings themselves are at the provider: activities/callRecordings.ts has them deleted there. */
export const callTables = {
  calls: {
    holds: "Calls: when, how long, and how it stands with their text.",
    person: [by.contact(), by.address()],
    erasure: "empty",
    keeps:
      "id workspace_id call_sid provider_account_id sender_id contact_id conversation_id direction state language forwarded_to duration_seconds transcription transcription_reason transcription_deadline_at retries started_at ended_at created_at updated_at",
    ours: "own_address",
    identifies: "address",
  },
  recordings: {
    holds: "Recordings of calls: which there are and whether they are deleted.",
    person: [by.row("call_id", "calls")],
    erasure: "empty",
    retention: { own: "the workspace's days for recordings, also at the provider" },
    busy: "deletion_requested_at is not null and deleted_at is null",
    keeps:
      "id workspace_id call_id recording_sid state duration_seconds channels recorded_at deletion_requested_at deleted_at",
    content: "url",
  },
  transcripts: {
    holds: "What was said in a recording, and what it comes to.",
    person: [by.row("call_id", "calls")],
    erasure: "empty",
    retention: { age: "created_at", then: "empty" },
    busy: "state in ('requested', 'in_progress', 'ready')",
    keeps:
      "id workspace_id call_id recording_id engine state reason provider_sid given_up_sids intended_at language duration_seconds intent sentiment digested_by created_at completed_at",
    content: "text summary action_items",
    derived: "search",
    emptied: { action_items: "'{}'" },
  },
  transcript_sentences: {
    holds: "The same, sentence by sentence.",
    person: [by.row("transcript_id", "transcripts")],
    erasure: "delete",
    retention: { age: "created_at", then: "delete" },
    keeps: "transcript_id position workspace_id speaker start_seconds end_seconds confidence created_at",
    content: "text",
  },
} as const satisfies Record<string, TablePrivacy>;
