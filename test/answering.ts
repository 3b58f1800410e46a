import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { knowledgeAsker } from "../activities/askKnowledge.ts";
import { createTending } from "../activities/conversations.ts";
import { replyReader } from "../activities/readReply.ts";
import { environmentLanguage } from "../connectLanguage.ts";
import { inTransaction } from "../db/connect.ts";
import { applyInbound } from "../db/inbound.ts";
import { insertKnowledge } from "../db/knowledge.ts";
import { insertSegment } from "../db/segments.ts";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import type { AnswerTone } from "../domain/language/answerTone.ts";
import type { Language } from "../domain/language/language.ts";
import { readOptOut } from "../domain/optOut.ts";
import type { TestDatabase } from "./database.ts";

export type Entries = Readonly<Record<Language, readonly (readonly [question: string, answer: string])[]>>;

let serial = 0;

/** A workspace that knows something and answers by itself, with a model at the sandbox or without any. */
export async function answeringStage(
  { db }: TestDatabase,
  on: { entries: Entries; sandboxUrl?: string; conversations?: object },
) {
  const settings = {
    conversations: { mode: "auto", burst_ms: 0, ...on.conversations },
    // What is tried is the answer: replies are read alike, whoever answers them.
    language: {
      provider: on.sandboxUrl === undefined ? "rules" : "anthropic",
      features: { classification: false },
    },
  };
  const { workspace } = await createWorkspaceWithOwner(db, { name: "Answers" });
  await db
    .updateTable("workspaces")
    .set({ settings: JSON.stringify(settings), time_zone: "America/Bogota" })
    .where("id", "=", workspace.id)
    .execute();
  const questionOf = new Map<string, string>();
  for (const [language, known] of Object.entries(on.entries))
    for (const [question, answer] of known) {
      const entry = { question, answer, language: language as Language };
      const { id } = await inTransaction(db, (tx) => insertKnowledge(tx, workspace.id, entry));
      questionOf.set(id, question);
    }
  const to = `+5731099${String(serial++).padStart(5, "0")}`;
  await db
    .insertInto("senders")
    .values({ workspace_id: workspace.id, channel: "whatsapp", kind: "whatsapp", address: to })
    .execute();
  const models = environmentLanguage(
    { LLM_PROVIDER: "rules", LLM_MAX_TOKENS: 1_000, ANTHROPIC_BASE_URL: on.sandboxUrl },
    db,
  );
  const addressKey = Buffer.alloc(32, 7);
  const tend = createTending(
    { db, addressKey, kick: () => {}, providers: { sandboxed: true } },
    { read: replyReader(models), ask: knowledgeAsker(models) },
  );

  return {
    workspaceId: workspace.id,
    /** Whoever has this tag is answered in this tone from now on. */
    async speaksTo(tag: string, tone: AnswerTone) {
      const { id } = await inTransaction(db, (tx) =>
        insertSegment(tx, workspace.id, { name: tag, filter: { tag } }),
      );
      const tones = JSON.stringify([{ segment_id: id, tone }]);
      await sql`update workspaces set settings = jsonb_set(settings, '{conversations,segment_tones}', ${tones}::jsonb)
        where id = ${workspace.id}`.execute(db);
    },
    /** Somebody new, with these tags, writes these messages at once; what became of them. */
    async says(language: Language, texts: readonly string[], tags: readonly string[] = []) {
      const from = `+573005${String(serial++).padStart(6, "0")}`;
      let conversationId = "";
      for (const body of texts) {
        const message = {
          channel: "whatsapp" as const,
          from,
          to,
          providerSid: `SManswer${serial++}`,
          body,
          media: [],
          parts: null,
          mail: null,
          profileName: null,
          whatsappUserId: null,
          optOutType: null,
          sentAt: null,
          place: { country: "CO", region: null, numberZones: [], phoneType: "mobile" },
        };
        await inTransaction(db, async (tx) => {
          const where = { workspaceId: workspace.id, addressKey };
          await applyInbound(tx, where, message, readOptOut(body, null));
        });
        const { id, contact_id } = await db
          .updateTable("conversations")
          .set({ language })
          .where("workspace_id", "=", workspace.id)
          .where("address", "=", from)
          .returning(["id", "contact_id"])
          .executeTakeFirstOrThrow();
        await sql`update contacts set tags = ${tags as string[]} where id = ${contact_id}`.execute(db);
        conversationId = id;
      }
      await new MockActivityEnvironment().run(() => tend({ workspaceId: workspace.id, conversationId }));
      const burst = await db
        .selectFrom("conversation_bursts")
        .selectAll()
        .where("conversation_id", "=", conversationId)
        .executeTakeFirstOrThrow();
      const said = await db
        .selectFrom("messages")
        .select("body")
        .where("conversation_id", "=", conversationId)
        .where("direction", "=", "out")
        .execute();
      const drafts = await db
        .selectFrom("conversation_drafts")
        .select(["body", "source"])
        .where("conversation_id", "=", conversationId)
        .execute();
      return {
        became: `${burst.outcome} · ${burst.reason}`,
        model: burst.answer_model,
        from: burst.knowledge_entry_ids.map((id) => questionOf.get(id)),
        said: said.map(({ body }) => body),
        drafts,
      };
    },
  };
}
