import type { Ask, TestApi } from "../api/testing.ts";

let serial = 100;

/** A workspace of the API under test in which people have written to us. */
export async function conversationStage(api: TestApi) {
  const { id: workspaceId, ask } = await api.workspace({ default_region: "CO", test_mode: true });

  async function insert(table: "messages" | "conversations" | "conversation_drafts", row: object) {
    const { id } = await api.database.db
      .insertInto(table)
      .values({ workspace_id: workspaceId, ...row } as never)
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }

  return {
    workspaceId,
    ask,
    insert,
    /** A sender, a person, and their conversation with a message of theirs, so long ago. */
    async thread(on: { channel?: "sms" | "whatsapp"; name?: string; hoursAgo?: number; body?: string } = {}) {
      const { channel = "sms", name = "Valeria", hoursAgo = 1, body = "¿Cuánto cuesta?" } = on;
      const { body: sender } = await ask("POST /v1/senders", {
        channel,
        address: `+57310555${String(serial++).padStart(4, "0")}`,
      });
      const phone = `+57300444${String(serial++).padStart(4, "0")}`;
      const { body: contact } = await ask("POST /v1/contacts", { phone, name });
      const at = new Date(Date.now() - hoursAgo * 3_600_000);
      const of = { channel, contact_id: contact.id, sender_id: sender.id, address: contact.phone };
      const id = await insert("conversations", {
        ...of,
        last_inbound_at: at,
        first_inbound_at: at,
        awaiting_since: at,
        unread_count: 1,
        updated_at: at,
      });
      const messageId = await insert("messages", {
        ...of,
        conversation_id: id,
        direction: "in",
        purpose: "conversation",
        state: "received",
        body,
        media: JSON.stringify([{ url: "https://api.twilio.com/x", type: "image/jpeg" }]),
        provider_sid: `SM${String(serial++).padStart(32, "0")}`,
      });
      return { id, messageId, contactId: contact.id as string, senderId: sender.id as string, phone };
    },
    /** Somebody of ours with a key of their own. */
    async member(name: string, role = "agent"): Promise<{ id: string; ask: Ask }> {
      const { body: made } = await ask("POST /v1/members", {
        name,
        email: `m${serial++}@example.com`,
        role,
      });
      const { body: key } = await ask("POST /v1/api-keys", { name, role, member_id: made.id });
      return { id: made.id, ask: api.asking(key.key) };
    },
    /** The kinds of what was told of a conversation, in order. */
    async eventsOf(conversationId: string): Promise<string[]> {
      const events = await api.database.db
        .selectFrom("conversation_events")
        .select("kind")
        .where("conversation_id", "=", conversationId)
        .orderBy("id")
        .execute();
      return events.map((event) => event.kind);
    },
  };
}

export type ConversationStage = Awaited<ReturnType<typeof conversationStage>>;
