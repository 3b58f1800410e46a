import { by, type TablePrivacy } from "./privacyWays.ts";

/** Lead scores, qualified leads, and what people were led to. */
export const leadTables = {
  lead_score_marks: {
    holds: "People whose lead score is out of date: ids.",
    retention: { own: "seconds, until the score is computed anew" },
    keeps: "id workspace_id contact_id",
  },
  lead_score_history: {
    holds: "How the lead score of a person went.",
    person: [by.contact()],
    erasure: "delete",
    keeps: "contact_id at workspace_id total engagement profile behavior timing cause",
  },
  lead_score_fits: {
    holds: "Weights of the lead score fitted to a workspace's conversions: figures.",
    keeps:
      "id workspace_id state requested_by requested_at fitted_at weights people converted held_out held_out_converted auc_default auc_fitted gain_low people_read rescoring decided_at decided_by",
  },
  qualified_leads: {
    holds: "When a person became a qualified lead, by what, and until when; ended at erasure.",
    person: [by.contact()],
    keeps:
      "id workspace_id contact_id at qualified_by score intent conversation_id campaign_id told_at ended_at ended_by",
  },
  conversions: {
    holds: "What a campaign or an interaction has led to, with the words before it.",
    person: [by.contact(), by.mention("trigger_message"), by.mention("bot_message")],
    erasure: "empty",
    retention: { age: "conversions.at", then: "empty" },
    keeps:
      "id workspace_id contact_id campaign_id interaction_id outcome conversion_value currency intent_score checkout_completed pages_visited time_to_conversion_seconds at created_by created_at",
    content: "trigger_message bot_message",
  },
} as const satisfies Record<string, TablePrivacy>;
