import { by, type TablePrivacy } from "./privacyWays.ts";

/** What e-mail brings back, and what people have chosen about it. */
export const emailEventTables = {
  email_links: {
    holds: "Links of e-mails that were clicked, without what may tell one recipient from another.",
    keeps: "id workspace_id campaign_id url_hash created_at",
    ours: "url",
  },
  email_events: {
    holds: "Opens, clicks, bounces and the like of each e-mail.",
    person: [by.row("message_id", "messages")],
    erasure: "empty",
    retention: { age: "at", then: "empty", walk: true },
    keeps: "id workspace_id message_id campaign_id sender_id kind at machine reason link_id",
    content: "client_class country receiving_domain",
  },
  email_domain_counts: {
    holds: "Figures of a sender by receiving domain and hour.",
    retention: { own: "90 days" },
    keeps:
      "workspace_id sender_id domain hour processed deferred delivered bounced blocked dropped complained opened machine_opened clicked unsubscribed",
  },
  email_topics: {
    holds: "What a workspace writes about.",
    keeps: "id workspace_id asm_group_id position created_at updated_at deleted_at",
    ours: "name description translations",
  },
  email_preferences: {
    holds: "Which topics a person takes, how often and in which language.",
    person: [by.contact()],
    erasure: "delete",
    keeps: "contact_id workspace_id declined max_per_week language updated_at",
  },
  email_sender_health: {
    holds: "How receiving servers and people take what a sender sends: figures.",
    keeps: "sender_id workspace_id level level_since holds_since figures judged_at",
  },
  email_suppression_syncs: {
    holds: "How far the provider's suppression lists have been read.",
    keeps: "workspace_id account list synced_until running_until next_offset finished_at found",
  },
} as const satisfies Record<string, TablePrivacy>;
