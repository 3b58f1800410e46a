import { pino } from "pino";
import { sql } from "kysely";
import type { ActivityDeps } from "../activities/deps.ts";
import { outcomeOf } from "../activities/delivery/answers.ts";
import type { Intended } from "../activities/delivery/calls.ts";
import { intend } from "../activities/delivery/intend.ts";
import { Results } from "../activities/delivery/results.ts";
import { inTransaction } from "../db/connect.ts";
import { doubtAbandoned } from "../db/ledger.ts";
import { PRIORITIES, raiseEpoch } from "../db/outbox.ts";
import { insertPlanned, openLanes } from "../db/planning.ts";
import type { Receipt } from "../db/attemptReceipts.ts";
import { applyReceipts } from "../db/receipts.ts";
import { rulesOnly } from "../domain/language/asking.ts";
import type { MailProvider } from "../providers/mail.ts";
import type { MessageProvider, SendAnswer } from "../providers/message.ts";
import { testDatabase } from "./database.ts";
import { people } from "./people.ts";

/** A provider that is never reached: tests that hand in its answers say what it would have said. */
const nobody: MessageProvider = {
  send: () => Promise.reject(new Error("no test calls this provider")),
  list: () => Promise.resolve([]),
  fetch: () => Promise.resolve(undefined),
  listInbound: () => Promise.resolve([]),
  erase: () => Promise.resolve("absent"),
  verify: () => Promise.resolve({ ok: true }),
};

export type SendingStage = Awaited<ReturnType<typeof sendingStage>>;

/** A database with a workspace where everything may be sent at once, and the real steps of the send path one by one. */
export async function sendingStage(provider: MessageProvider = nobody, mail?: MailProvider) {
  const database = await testDatabase();
  const { db } = database;
  const deps: ActivityDeps = {
    db,
    pool: database.pool,
    temporal: undefined as never,
    log: pino({ level: "silent" }),
    kick: () => {},
    providers: { sandboxed: true, forAccount: () => Promise.resolve(provider) },
    suppressionListsOf: () => Promise.resolve(null),
    mailOf: () => (mail ? Promise.resolve(mail) : Promise.reject(new Error("no test sends mail here"))),
    contentOf: () => Promise.reject(new Error("no test asks for content")),
    voiceOf: () => Promise.reject(new Error("no test asks for calls")),
    speech: null,
    language: rulesOnly,
    addressKey: Buffer.alloc(32, 7),
    sealingKey: Buffer.alloc(32, 8),
    linkKey: Buffer.alloc(32, 9),
    replyKey: Buffer.alloc(32, 10),
    publicUrl: "http://127.0.0.1:1",
    taskQueue: "none",
    sendConcurrency: 50,
    mailCalls: 4,
    // Nothing is planned behind their backs.
    lingerMs: 200,
    retryMinuteMs: 60_000,
    graceMs: 20_000,
  };
  const results = new Results(deps);
  let serial = 0;

  async function workspace() {
    const settings = {
      quiet_hours: { laws_off: true, enabled: false },
      caps: { per_day: null, per_week: null },
      require_opt_in: false,
    };
    const { id } = await db
      .insertInto("workspaces")
      .values({ name: "Sending", test_mode: true, settings: JSON.stringify(settings) })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }
  const workspaceId = await workspace();

  async function sender(fields: { max_per_hour?: number; gap_ms?: number; workspaceId?: string } = {}) {
    const { id } = await db
      .insertInto("senders")
      .values({
        workspace_id: fields.workspaceId ?? workspaceId,
        channel: "sms",
        kind: "short_code",
        address: `+5731000${String(serial++).padStart(5, "0")}`,
        max_per_hour: fields.max_per_hour ?? 100_000,
        max_per_day: 100_000,
        gap_min_ms: fields.gap_ms ?? 0,
        gap_max_ms: fields.gap_ms ?? 0,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }

  async function campaign(state: "running" | "paused" = "running", of = workspaceId) {
    return db
      .insertInto("campaigns")
      .values({
        workspace_id: of,
        name: `Campaign ${serial++}`,
        channel: "sms",
        state,
        planned_at: sql`now()`,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** One queued message for each of `count` new people; ids in the order of the people's. */
  async function queue(on: { senderId: string; campaignId: string; count?: number; workspaceId?: string }) {
    const of = on.workspaceId ?? workspaceId;
    const count = on.count ?? 1;
    const contactIds = await people(db, of, count, (serial += count) - count + 1_000);
    const phones = await db
      .selectFrom("contacts")
      .select(["id", "phone"])
      .where("id", "in", contactIds)
      .execute();
    const rows = phones.map(({ id, phone }) => ({
      contactId: id,
      senderId: on.senderId,
      state: "queued" as const,
      dueAt: null,
      reason: null,
      detail: null,
      address: phone,
      body: `Hola ${id}`,
      contentVariables: null,
      parts: 1,
    }));
    const shared = {
      id: on.campaignId,
      workspace_id: of,
      channel: "sms",
      purpose: "marketing",
      expires_at: null,
      template_id: null,
      content_sid: null,
    };
    await inTransaction(db, async (tx) => {
      await insertPlanned(tx, shared, rows, PRIORITIES.bulk);
      await openLanes(tx, of, on.campaignId, [on.senderId]);
    });
    const messages = await db
      .selectFrom("messages")
      .select("id")
      .where("campaign_id", "=", on.campaignId)
      .where("contact_id", "in", contactIds)
      .orderBy("contact_id")
      .execute();
    return messages.map((message) => message.id);
  }

  /** What a slice does as it begins; gives its epoch. */
  async function beginSlice(senderId: string): Promise<number> {
    const raised = await raiseEpoch(db, senderId);
    if (raised === undefined) throw new Error("The sender is gone");
    await doubtAbandoned(db, senderId, raised.epoch);
    return raised.epoch;
  }

  /** One intent transaction of a slice. */
  async function intendOne(senderId: string, epoch: number, room = 50) {
    const [result] = await intend(deps, [{ senderId, epoch, room }]);
    if (result === undefined) throw new Error("Every request has an answer");
    // Of SMS: a call for each message.
    return result.kind === "sent" ? { ...result, messages: result.calls as Intended[] } : result;
  }

  /** The intents of a new slice of this sender; fails where nothing may go. */
  async function intended(senderId: string): Promise<Intended[]> {
    const result = await intendOne(senderId, await beginSlice(senderId));
    if (result.kind !== "sent") throw new Error(`Nothing was intended: ${result.kind}`);
    return result.messages;
  }

  return {
    database,
    db,
    deps,
    results,
    workspaceId,
    workspace,
    sender,
    campaign,
    queue,
    beginSlice,
    intend: intendOne,
    intended,
    /** A sender, a running campaign and one message of it with its intent written. */
    async oneIntended() {
      const senderId = await sender();
      const { id: campaignId } = await campaign();
      await queue({ senderId, campaignId });
      const [one] = await intended(senderId);
      return { senderId, campaignId, one: one as Intended };
    },
    /** Writes what the provider said to one attempt, as a slice does; resolves once committed. */
    answer(one: Intended, answer: SendAnswer): Promise<void> {
      const outcome = outcomeOf(one.message, one.n, answer, deps.retryMinuteMs);
      const { message } = one;
      return results.add({
        results: [{ ...outcome, workspaceId, senderId: message.sender_id, message }],
        call: null,
      });
    },
    /** Applies receipts in one transaction, as a batch of webhooks does. */
    receive(
      receipts: readonly (Pick<Receipt, "messageId" | "n" | "state"> & { code?: string; sid?: string })[],
      of = workspaceId,
    ) {
      return inTransaction(db, (tx) =>
        applyReceipts(
          tx,
          { workspaceId: of, addressKey: deps.addressKey, retryMinuteMs: deps.retryMinuteMs },
          receipts.map(({ messageId, n, state, code, sid }) => ({
            messageId,
            n,
            state,
            providerSid: sid ?? `SM${messageId.replaceAll("-", "")}${n}`,
            errorCode: code ?? null,
            at: new Date(),
          })),
        ),
      );
    },
    message: (id: string) =>
      db
        .selectFrom("messages")
        .selectAll()
        .select(sql<number>`(extract(epoch from due_at - now()) / 60)::float8`.as("due_in_minutes"))
        .where("id", "=", id)
        .executeTakeFirstOrThrow(),
    attempts: (id: string) =>
      db.selectFrom("attempts").selectAll().where("message_id", "=", id).orderBy("n").execute(),
    /** Lets what waits be due now. */
    async hasten(id: string) {
      await db
        .updateTable("messages")
        .set({ due_at: sql`now()` })
        .where("id", "=", id)
        .where("due_at", "is not", null)
        .execute();
    },
    /** Sets the intent of every open or doubtful attempt, and a first empty list, into the past. */
    async age(messageId: string, ms: number) {
      await sql`
        update attempts set intended_at = intended_at - ${ms} * interval '1 millisecond',
          detail = case when detail ? 'absent_since' then jsonb_build_object('absent_since',
            (detail ->> 'absent_since')::timestamptz - ${ms} * interval '1 millisecond') else detail end
        where message_id = ${messageId} and settled_at is null`.execute(db);
    },
    close: () => database.close(),
  };
}
