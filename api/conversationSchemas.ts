import { z } from "@hono/zod-openapi";
import { ENDINGS } from "../domain/conversationEnding.ts";
import { Id, Timestamp, text } from "./schemas.ts";

export const STATUSES = ["active", "inactive", "blocked"] as const;
export const STATES = ["open", "pending", "closed"] as const;
const Channel = z.enum(["whatsapp", "sms"]);

export const Conversation = z
  .object({
    id: Id,
    channel: z.string().openapi({ example: "whatsapp" }),
    contact_id: Id,
    contact_name: z.string().nullable(),
    lead_score: z.number().int().nullable().openapi({ description: "0 to 100, of the person." }),
    qualified_at: Timestamp.nullable().openapi({ description: "Since when they are a qualified lead." }),
    sender_id: Id,
    address: z
      .string()
      .openapi({ description: "The person's number, WhatsApp's id of them, or their e-mail address." }),
    status: z
      .enum(STATUSES)
      .openapi({ description: "Blocked ones are kept and neither answered nor assigned." }),
    state: z.enum(STATES).openapi({
      description: "open: somebody here has to act; pending: the person has; closed: until they write again.",
    }),
    assignee_id: Id.nullable().openapi({ description: "A member." }),
    assigned_at: Timestamp.nullable(),
    tags: z.array(z.string()),
    language: z.string().nullable(),
    unread_count: z.number().int(),
    intent: z.string().nullable().openapi({ description: "Of what they wrote last." }),
    sentiment: z.string().nullable(),
    urgency: z.string().nullable(),
    handed_off_at: Timestamp.nullable().openapi({
      description: "Since when people answer it, not the machine.",
    }),
    handoff_reason: z.string().nullable(),
    awaiting_since: Timestamp.nullable().openapi({ description: "Since when they wait for an answer." }),
    answer_due_at: Timestamp.nullable().openapi({
      description: "By when; only while they wait, and people have it or it is assigned to somebody.",
    }),
    escalated_at: Timestamp.nullable(),
    first_response_seconds: z.number().int().nullable(),
    outcome: z.enum(ENDINGS).nullable().openapi({
      description:
        "What came of it: answered (resolved), by people (escalated), by nobody while they waited (abandoned), or only put off (fallback). null while it is open and the machine has it.",
    }),
    closed_at: Timestamp.nullable(),
    closed_by: z.string().nullable().openapi({ description: "quiet, member:<id> or key:<id>." }),
    csat_requested_at: Timestamp.nullable(),
    csat_score: z.number().int().nullable().openapi({ description: "1 to 5." }),
    csat_at: Timestamp.nullable(),
    last_inbound_at: Timestamp.nullable().openapi({
      description: "WhatsApp takes free text until 24 hours later.",
    }),
    last_outbound_at: Timestamp.nullable(),
    drafts: z.number().int().openapi({ description: "Answers that wait for somebody to send or drop them." }),
    last_message: z
      .object({
        id: Id,
        direction: z.string(),
        body: z.string().nullable(),
        state: z.string(),
        at: z.string(),
      })
      .nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .openapi("Conversation");

export const ThreadMessage = z
  .object({
    id: Id,
    direction: z.enum(["in", "out"]),
    channel: z.string(),
    purpose: z.string(),
    campaign_id: Id.nullable().openapi({ description: "Where a campaign sent it." }),
    template_id: Id.nullable(),
    sender_id: Id.nullable(),
    author: z
      .object({ kind: z.enum(["machine", "member", "key"]), id: Id.nullable(), name: z.string().nullable() })
      .nullable()
      .openapi({ description: "Who wrote it, of what was sent in this conversation." }),
    state: z.string(),
    reason: z.string().nullable(),
    answer: z.string().openapi({ description: "How it stands and why, as one sentence." }),
    error_code: z.string().nullable().openapi({ description: "The provider's own code." }),
    body: z.string().nullable(),
    media: z
      .array(z.object({ n: z.number().int(), type: z.string().nullable(), url: z.string() }))
      .openapi({ description: "What a person sent is fetched from its `url` with your API key." }),
    parts_in: z.record(z.string(), z.unknown()).nullable().openapi({
      description:
        "Of what a person sent: {button: {text, payload}, location, replied_to}; of an e-mail {mail: {subject, attachments: [{name, type, bytes}], spf, dkim, message_id, references, to, proven}}.",
    }),
    due_at: Timestamp.nullable(),
    created_at: Timestamp,
    accepted_at: Timestamp.nullable(),
    sent_at: Timestamp.nullable(),
    delivered_at: Timestamp.nullable(),
    read_at: Timestamp.nullable(),
    failed_at: Timestamp.nullable(),
  })
  .openapi("ConversationMessage");

const Value = z.union([z.string().max(1000), z.number(), z.boolean()]);
const said = {
  body: text(20_000)
    .optional()
    .openapi({ description: "Goes out as it is written; on WhatsApp and by SMS up to 1,600 characters." }),
  template_id: Id.optional().openapi({
    description: "In place of `body`; WhatsApp needs one after 24 hours.",
  }),
  variables: z
    .record(z.string().max(100), Value)
    .default({})
    .openapi({ description: "For the template; a contact's own values win." }),
  media: z
    .array(z.url({ protocol: /^https?$/ }))
    .max(10)
    .default([])
    .openapi({
      description:
        "Where the provider fetches files; WhatsApp takes one a message, and not with a template. None by e-mail.",
    }),
};

export const NewReply = z
  .strictObject(said)
  .openapi("NewConversationMessage", { example: { body: "Claro que sí, su visita es el jueves a las 3." } });
export type NewReply = z.infer<typeof NewReply>;

export const NewConversation = z
  .strictObject({
    channel: Channel,
    to: text(64).optional().openapi({
      description: "A phone number as people write it; who is new becomes a contact. Or name a contact_id.",
    }),
    contact_id: Id.optional(),
    sender_id: Id.optional().openapi({
      description: "The number to write from; the one that the person knows, or the next in rotation.",
    }),
    message: z.strictObject(said).optional(),
  })
  .openapi("NewConversation", {
    example: {
      channel: "sms",
      to: "+573105550199",
      message: { body: "Hola Valeria, soy Laura de Altos de Los Rosales. ¿Le queda bien el jueves?" },
    },
  });
export type NewConversation = z.infer<typeof NewConversation>;

export const Note = z
  .object({
    id: Id,
    author_kind: z.string(),
    author_id: Id.nullable(),
    author_name: z.string().nullable(),
    body: z.string(),
    created_at: Timestamp,
  })
  .openapi("ConversationNote");

export const ConversationDraft = z
  .object({
    id: Id,
    conversation_id: Id,
    answers_id: Id.openapi({ description: "The message that it would answer." }),
    body: z.string().nullable(),
    source: z
      .string()
      .openapi({ description: "What it comes from: classification, knowledge, model or assistant." }),
    state: z.string().openapi({
      description: "waiting, sent, dropped, or outdated: something else was said since.",
    }),
    edited: z.boolean(),
    message_id: Id.nullable().openapi({ description: "What was sent of it." }),
    created_at: Timestamp,
    settled_at: Timestamp.nullable(),
    settled_by: Id.nullable(),
  })
  .openapi("ConversationDraft");

export const ConversationBurst = z
  .object({
    last_message_id: Id,
    messages: z.number().int(),
    started_at: Timestamp,
    ended_at: Timestamp,
    handled_at: Timestamp,
    outcome: z.string().openapi({ description: "answered, away, draft, handed_off, left or refused." }),
    reason: z.string().nullable().openapi({
      description:
        "What the answer comes from (keyword, knowledge, model, assistant, classification), or why there is none.",
    }),
    intent: z.string().nullable(),
    sentiment: z.string().nullable(),
    confidence: z.number().int().nullable(),
    urgency: z.string().nullable(),
    language: z.string().nullable(),
    provider: z.string().nullable().openapi({ description: "Who has read it." }),
    keyword_answer_id: Id.nullable(),
    knowledge_entry_ids: z
      .array(Id)
      .openapi({ description: "Entries that the answer was taken from, or that did not suffice." }),
    answer_model: z.string().nullable().openapi({ description: "Whose words the answer is in." }),
    answer_id: Id.nullable().openapi({ description: "The message that answers it." }),
  })
  .openapi("ConversationBurst");
