import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import { inTransaction } from "../db/connect.ts";
import { keepContent } from "../db/emailContents.ts";
import { keepFiles } from "../db/emailFiles.ts";
import { PRIORITIES } from "../db/outbox.ts";
import { insertPlanned, openLanes } from "../db/planning.ts";
import type { Attachment } from "../domain/email/attachments.ts";
import { compileEmail } from "../domain/email/compile.ts";
import type { MailEnvelope } from "../db/emailContents.ts";
import type { MailAnswer, MailProvider, OutgoingMail } from "../providers/mail.ts";
import { sendingStage } from "./sending.ts";

/** A provider of e-mail that keeps what it was handed, and says what a test has it say. */
export function listeningMail() {
  const calls: OutgoingMail[] = [];
  const cancelled: string[] = [];
  const heard = {
    calls,
    cancelled,
    says: (_mail: OutgoingMail): MailAnswer | Promise<MailAnswer> => ({
      kind: "accepted",
      id: `x${calls.length}`,
    }),
    cancels: () => Promise.resolve(),
    addresses: () => calls.flatMap((call) => call.people.map((person) => person.email)),
  };
  const provider: MailProvider = {
    send: async (mail) => {
      calls.push(mail);
      return heard.says(mail);
    },
    newBatch: () => Promise.resolve(`batch-${calls.length + 1}`),
    cancelBatch: async (id) => {
      await heard.cancels();
      cancelled.push(id);
    },
    verify: () => Promise.resolve({ ok: true }),
  };
  return { heard, provider };
}

export type MailStage = Awaited<ReturnType<typeof mailStage>>;

let serial = 0;

/** The stage of test/sending.ts with senders of e-mail, contents and people with addresses. */
export async function mailStage(provider: MailProvider) {
  const stage = await sendingStage(undefined, provider);
  const { db, workspaceId } = stage;

  async function sender(fields: { ip_pool_name?: string; name?: string } = {}): Promise<string> {
    const { id } = await db
      .insertInto("senders")
      .values({
        workspace_id: workspaceId,
        channel: "email",
        kind: "email",
        address: `hola${serial++}@artekmar.co`,
        max_per_hour: 1_000_000,
        max_per_day: 1_000_000,
        ...fields,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }

  async function campaign(): Promise<string> {
    const { id } = await db
      .insertInto("campaigns")
      .values({
        workspace_id: workspaceId,
        name: `Boletín ${serial++}`,
        channel: "email",
        state: "running",
        started_at: sql`now()`,
        planned_at: sql`now()`,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }

  /** A file of so many bytes, as a content names it. */
  async function attached(size: number): Promise<Attachment[]> {
    const bytes = randomBytes(size);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const content_type = "application/pdf";
    await inTransaction(db, (tx) => keepFiles(tx, workspaceId, [{ sha256, content_type, bytes }]));
    return [{ file_name: "plano.pdf", content_type, disposition: "attachment", sha256, size }];
  }

  const content = (
    campaignId: string,
    language = "es",
    envelope: MailEnvelope = {},
    attachments: Attachment[] = [],
  ) =>
    inTransaction(db, (tx) =>
      keepContent(tx, workspaceId, {
        campaignId,
        templateId: null,
        contactId: null,
        language,
        compiled: compileEmail(
          { subject: `Hola {name|amigo} ${language}`, html: "<p>Hola {name|amigo}</p>" },
          { language, marketing: true, physical_address: "Calle 1, Barranquilla" },
        ),
        envelope,
        attachments,
      }),
    );

  /** One queued message for each of `count` new people; their ids and addresses, in the order of the people's. */
  async function queue(on: { senderId: string; campaignId: string; contentId: string; count: number }) {
    const from = serial;
    serial += on.count;
    const { rows } = await sql<{ id: string; email: string }>`
      insert into contacts (workspace_id, identity, email, name)
      select ${workspaceId}, 'mailto:p' || i || '@example.com', 'p' || i || '@example.com', 'Persona ' || i
      from generate_series(${from}::int, ${from + on.count - 1}::int) i returning id, email`.execute(db);
    const shared = {
      id: on.campaignId,
      workspace_id: workspaceId,
      channel: "email",
      purpose: "marketing",
      expires_at: null,
      template_id: null,
    };
    const planned = rows.map(({ id, email }) => ({
      contactId: id,
      senderId: on.senderId,
      state: "queued" as const,
      dueAt: null,
      reason: null,
      detail: null,
      address: email,
      body: null,
      contentSid: on.contentId,
      contentVariables: JSON.stringify({ "-s1-": "Ana" }),
      parts: 1,
    }));
    await inTransaction(db, async (tx) => {
      await insertPlanned(tx, shared, planned, PRIORITIES.bulk);
      await openLanes(tx, workspaceId, on.campaignId, [on.senderId]);
    });
    return db
      .selectFrom("messages")
      .select(["id", "address"])
      .where("campaign_id", "=", on.campaignId)
      .where("content_sid", "=", on.contentId)
      .orderBy("contact_id")
      .execute();
  }

  return {
    ...stage,
    mailSender: sender,
    mailCampaign: campaign,
    content,
    attached,
    queueMail: queue,
    /** A sender with a running campaign and so many messages of one content. */
    async queued(count: number, envelope: MailEnvelope = {}, fields: { ip_pool_name?: string } = {}) {
      const senderId = await sender(fields);
      const campaignId = await campaign();
      const contentId = await content(campaignId, "es", envelope);
      const messages = await queue({ senderId, campaignId, contentId, count });
      return { senderId, campaignId, contentId, messages, input: { workspaceId, senderId } };
    },
    calls: (senderId: string) =>
      db
        .selectFrom("email_calls")
        .selectAll()
        .where("sender_id", "=", senderId)
        .orderBy("intended_at")
        .execute(),
    /** How many messages of a campaign are in each state. */
    async counts(campaignId: string): Promise<Record<string, number>> {
      const { rows } = await sql<{ state: string; n: number }>`
        select state, count(*) as n from messages where campaign_id = ${campaignId} group by state`.execute(
        db,
      );
      return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    },
  };
}
