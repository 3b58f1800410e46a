import { by, type TablePrivacy } from "./privacyWays.ts";

/** Conversations. */
export const talkTables = {
  conversations: {
    holds: "Threads with one address: how each stands, and its figures.",
    person: [by.contact()],
    erasure: "empty",
    keeps:
      "id workspace_id channel contact_id sender_id status last_inbound_at last_outbound_at unread_count created_at updated_at state assignee_id assigned_at language handed_off_at handoff_reason awaiting_since answer_due_at escalated_at first_inbound_at first_answered_at first_response_seconds close_due_at closed_at closed_by reopened_count burst_started_at burst_due_at handled_message_id intent sentiment urgency auto_answers_on auto_answers away_sent_at csat_requested_at csat_score csat_at outcome",
    identifies: "address tags",
    emptied: { address: "'erased:' || id", tags: "'{}'" },
  },
  conversation_bursts: {
    holds: "What became of messages that came together.",
    person: [by.row("conversation_id", "conversations")],
    erasure: "empty",
    retention: { age: "handled_at", then: "empty" },
    keeps:
      "last_message_id workspace_id conversation_id messages started_at ended_at handled_at outcome reason intent sentiment confidence urgency language provider keyword_answer_id knowledge_entry_ids answer_model answer_id",
    content: "classification",
  },
  conversation_drafts: {
    holds: "Answers that wait for a person, or did.",
    person: [by.row("conversation_id", "conversations")],
    erasure: "empty",
    retention: { age: "created_at", then: "empty" },
    busy: "state = 'waiting'",
    keeps:
      "id workspace_id conversation_id answers_id source state edited message_id created_at settled_at settled_by",
    content: "body",
  },
  conversation_notes: {
    holds: "What colleagues tell each other about a thread.",
    person: [by.row("conversation_id", "conversations")],
    erasure: "empty",
    retention: { age: "created_at", then: "empty" },
    keeps: "id workspace_id conversation_id author_kind author_id created_at",
    content: "body",
    emptied: { body: "''" },
  },
  response_times: {
    holds: "How long people waited for answers.",
    person: [by.row("conversation_id", "conversations")],
    erasure: "empty",
    keeps: "message_id workspace_id conversation_id kind author_kind author_id asked_at answered_at seconds",
  },
  keyword_answers: {
    holds: "Fixed answers of a workspace.",
    keeps:
      "id workspace_id match channel language hand_off position enabled created_at updated_at deleted_at",
    ours: "keywords body",
  },
  knowledge_entries: {
    holds: "Questions and answers that a workspace knows.",
    keeps: "id workspace_id language enabled created_at updated_at deleted_at",
    ours: "question answer tags",
    derived: "search",
  },
  conversation_events: {
    holds: "The feed of changes, for live views: ids and states.",
    retention: { own: "7 days" },
    keeps: "id workspace_id conversation_id tx at kind subject_id change",
  },
} as const satisfies Record<string, TablePrivacy>;
