import { by, type TablePrivacy } from "./privacyWays.ts";

/** Senders and templates, campaigns and drips, messages, and what carries work between processes. */
export const sendingTables = {
  senders: {
    holds: "Outgoing identities of the workspace.",
    keeps:
      "id workspace_id provider_account_id channel country kind status status_reason rotation_enabled rotation_priority last_used_at max_per_hour max_per_day gap_min_ms gap_max_ms rate_per_second warmup_enabled warmup_day_limit ip_pool_name ip_pool_weight asm_group_id created_at updated_at removed_at",
    ours: "address name reply_to",
  },
  sender_pace: {
    holds: "Where a sender's pace stands.",
    keeps: "sender_id workspace_id epoch next_send_at rate_factor slowed_at inbound_seen_at",
  },
  sender_minutes: {
    holds: "What a sender has used of its budgets.",
    retention: { own: "when no limit looks at it any more" },
    keeps: "workspace_id sender_id minute used",
  },
  sender_assignments: {
    holds: "Which sender an address hears from.",
    person: [by.address()],
    erasure: "delete",
    keeps: "workspace_id channel sender_id assigned_at",
    identifies: "address",
  },
  warmups: {
    holds: "Warmups of senders.",
    keeps:
      "sender_id workspace_id state ladder day_seconds day n day_ends_at reason started_at updated_at ended_at",
  },
  sender_risks: {
    holds: "How the ban risk of each sender stands: figures, an operator's reason.",
    keeps:
      "sender_id workspace_id state risk_score risk_level factors recommendations metrics assessed_at braked_at calm_since override_until overridden_by",
    ours: "override_reason",
  },
  warmup_days: {
    holds: "Figures of each day of a warmup.",
    keeps:
      "sender_id n workspace_id day budget local_date started_at ended_at used sent delivered failed opted_out blocked replied failures quality verdict decision reasons",
  },
  templates: {
    holds: "Message templates; samples are made up by the workspace.",
    keeps:
      "id workspace_id channel language category content_sid approval_status approval_reason submitted_at checked_at created_at updated_at deleted_at",
    ours: "name body samples email",
  },
  campaigns: {
    holds: "Campaigns: their own words and figures; people stand in them as ids.",
    keeps:
      "id workspace_id type channel purpose state state_reason template_id audience sender_ids canary canary_result scheduled_at local_time expires_at message_cost_minor conversion_value_minor currency plan_cursor planned_at started_at paused_at completed_at created_by created_at updated_at",
    ours: "name message_template variables metadata email",
  },
  campaign_variants: {
    holds: "Other wordings of a campaign's text.",
    keeps:
      "id workspace_id campaign_id n tone provider risk_score risk_level state decided_by decided_at created_at",
    ours: "body",
  },
  campaign_senders: {
    holds: "Which senders hold rows of a campaign.",
    keeps: "workspace_id campaign_id sender_id",
  },
  sequences: {
    holds: "Drip sequences.",
    keeps:
      "campaign_id workspace_id version adopted_version last_step_id enroll_due_at enroll_cursor enrolled_at created_at updated_at",
    ours: "settings",
  },
  sequence_versions: {
    holds: "Steps of drip sequences in their versions.",
    keeps: "campaign_id version workspace_id created_by created_at",
    ours: "steps",
  },
  enrollments: {
    holds: "A person's place in a drip sequence; ended at erasure.",
    person: [by.contact()],
    erasure: "empty",
    keeps:
      "id workspace_id campaign_id contact_id entry source state reason version last_step next_step due_at last_step_at enrolled_at paused_at ended_at",
  },
  messages: {
    holds: "Every message in or out.",
    person: [by.contact()],
    erasure: "empty",
    retention: { age: "created_at", then: "empty", walk: true },
    busy: "state in ('queued', 'sending', 'uncertain')",
    keeps:
      "id workspace_id contact_id campaign_id enrollment_id sender_id conversation_id template_id lane due_at expires_at created_at intended_at accepted_at sent_at delivered_at read_at failed_at replied_at step priority attempts refusals parts direction channel purpose state reason error_code content_sid provider_sid author_kind author_id answers_id variant_id",
    identifies: "address detail",
    content: "body content_variables media parts_in",
  },
  attempts: {
    holds: "The ledger of calls to providers: keys and outcomes.",
    person: [by.row("message_id", "messages")],
    erasure: "empty",
    keeps:
      "message_id n workspace_id sender_id epoch intended_at open_at settled_at receipt_at outcome settled_by receipt_state receipt_rank provider_sid error_code detail call_id",
  },
  message_fallbacks: {
    holds: "What goes out on another channel where a message does not arrive.",
    person: [by.row("message_id", "messages")],
    erasure: "empty",
    retention: { age: "created_at", then: "empty" },
    keeps:
      "message_id workspace_id channel template_id due_at look_at created_at settled_at outcome reason fallback_id",
    content: "body variables",
    emptied: { variables: "'{}'" },
  },
  alerts: {
    holds: "Alerts: figures and ids.",
    person: [by.mention("detail")],
    erasure: "empty",
    keeps:
      "id workspace_id alert_type severity cause subject_kind subject_id metric_value threshold_value suggestion created_at read_at resolved_at resolved_by",
    identifies: "detail",
    emptied: { detail: "'{}'" },
  },
  webhook_events: {
    holds: "Webhooks as they came; of an erased person's, what tells the message and its state stays.",
    person: [by.webhook("dedupe_key"), by.mention("payload")],
    erasure: "empty",
    retention: { age: "received_at", then: "delete", walk: true },
    keeps: "id workspace_id provider kind dedupe_key received_at applied_at tries last_error",
    content: "payload",
    emptied: {
      payload: `(select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(payload) where key in
        ('AccountSid', 'MessageSid', 'SmsSid', 'MessageStatus', 'SmsStatus', 'ErrorCode', '_attempt', 'CallSid',
        'CallStatus', 'CallDuration', 'RecordingSid', 'RecordingStatus', 'RecordingDuration'))`,
    },
  },
  temporal_outbox: {
    holds: "Wakes owed to Temporal: ids and titles of campaigns; gone once paid.",
    retention: { own: "as soon as they are paid" },
    keeps: "workflow_id request workspace_id input version created_at next_try_at tries last_error",
  },
  job_runs: {
    holds: "Nightly jobs that have run.",
    keeps: "workspace_id kind local_date finished_at report",
  },
  reconciler_cursors: {
    holds: "How far the reconciler has asked.",
    keeps: "age_minutes asked_until",
  },
  switches: {
    holds: "Switches of the installation.",
    keeps: "name engaged_at",
    ours: "reason",
  },
} as const satisfies Record<string, TablePrivacy>;
