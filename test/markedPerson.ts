import { type Kysely, sql } from "kysely";

/** What names one person and nobody else, in every spelling that the tests bring about. */
export const marked = {
  phone: "+573125559871",
  email: "zoraida.marcada@example.com",
  name: "Zoraida Marcadísima",
  attribute: "marca-atributo",
  tag: "marca-etiqueta",
  reply: "marca-respuesta: sí, me interesa",
  written: "marca-escrita",
};

/** Found in no text that is not about them. */
export const MARKS = ["3125559871", "312 555 9871", "zoraida", "marcad", "marca-"];

interface Ids {
  workspaceId: string;
  contactId: string;
  conversationId: string;
  messageId: string;
}

/** Rows about the person in the tables that a campaign and a conversation with them leave empty. */
export async function fillTheRest(db: Kysely<never>, ids: Ids): Promise<void> {
  const { workspaceId: workspace_id, contactId: contact_id, conversationId: conversation_id } = ids;
  const text = marked.written;
  const json = JSON.stringify({ text });
  const insert = (table: string, row: Record<string, unknown>) =>
    insertRow(db, table, { workspace_id, ...row });
  await insert("test_allowlist", { address: marked.phone });
  await insert("audit_log", {
    actor_kind: "system",
    action: "noted",
    subject_kind: "contact",
    subject_id: contact_id,
    change: JSON.stringify({ note: `${marked.name} llamó` }),
  });
  await insert("alerts", {
    alert_type: "test",
    severity: "low",
    cause: "a person",
    detail: JSON.stringify({ who: marked.email }),
  });
  await insert("consents", {
    contact_id,
    channel: "sms",
    state: "opted_in",
    source: "form",
    method: "web",
    evidence: json,
  });
  await insert("message_fallbacks", {
    message_id: ids.messageId,
    channel: "sms",
    body: text,
    variables: json,
    settled_at: new Date(),
    outcome: "sent",
  });
  await sql`update messages set media = ${json}, detail = ${json}, parts_in = ${json}, content_variables = ${json}
    where id = ${ids.messageId}`.execute(db);
  await insert("email_events", {
    message_id: ids.messageId,
    kind: "opened",
    at: new Date(),
    receiving_domain: "marcada.example",
  });
  await insert("email_contents", {
    contact_id,
    language: "es",
    fingerprint: Buffer.from(text),
    subject: text,
    html: text,
    text,
  });
  await sql`update conversations set tags = array[${text}] where id = ${conversation_id}`.execute(db);
  await insert("conversation_notes", { conversation_id, author_kind: "machine", body: text });
  await insert("conversation_drafts", {
    conversation_id,
    answers_id: ids.messageId,
    body: text,
    source: "keyword",
  });
  await sql`
    insert into conversation_bursts (last_message_id, workspace_id, conversation_id, messages, started_at, ended_at,
      outcome, classification)
    values (${ids.messageId}, ${workspace_id}, ${conversation_id}, 1, now(), now(), 'left', ${json})
    on conflict (last_message_id) do update set classification = excluded.classification`.execute(db);
  await insert("conversions", { contact_id, outcome: "visited", trigger_message: text, bot_message: text });
  const call_id = await insert("calls", { call_sid: "CAmarked", address: marked.phone });
  const recording_id = await insert("recordings", {
    call_id,
    recording_sid: "REmarked",
    url: `https://api.example/${text}`,
    deleted_at: new Date(),
  });
  const said = { text, summary: text, action_items: [text] };
  const transcript_id = await insert("transcripts", {
    call_id,
    recording_id,
    engine: "speech",
    state: "completed",
    language: "es",
    ...said,
  });
  const sentence = { position: 0, speaker: "person", start_seconds: 0, end_seconds: 1, text };
  await insert("transcript_sentences", { transcript_id, ...sentence });
}

async function insertRow(db: Kysely<never>, table: string, row: Record<string, unknown>): Promise<string> {
  const names = Object.keys(row).map((name) => sql.ref(name));
  const { rows } = await sql<{ id?: string }>`
    insert into ${sql.table(table)} (${sql.join(names)}) values (${sql.join(Object.values(row))})
    returning to_jsonb(${sql.table(table)}) ->> 'id' as id`.execute(db);
  return rows[0]?.id ?? "";
}
