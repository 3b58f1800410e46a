import { sql } from "kysely";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { inTransaction } from "../db/connect.ts";
import { readEvents } from "../db/conversationEvents.ts";
import { lockConversation, setConversationState, setConversationStatus } from "../db/conversations.ts";
import { queueReply } from "../db/conversationReplies.ts";
import { applyInbound } from "../db/inbound.ts";
import { readOptOut } from "../domain/optOut.ts";
import type { ReadReply } from "../domain/replyReading.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { createTending } from "./conversations.ts";
import { refreshScores } from "./leadScores.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

/** What a model would say, made simple: who asks for the price is told, who asks for a person gets one. */
const read: ReadReply = ({ reply_text }) => {
  const asks = /cuánto/.test(reply_text);
  const wants = /interesa/.test(reply_text) ? "interested" : "other";
  return Promise.resolve({
    intent: asks ? "pricing" : /asesor/.test(reply_text) ? "human_request" : wants,
    sentiment: "neutral",
    confidence: 90,
    key_phrases: [],
    suggested_action: "review",
    urgency: "low",
    auto_response: {
      should_respond: true,
      suggested_response: asks ? "Desde $10." : wants === "interested" ? "Me alegra." : null,
      requires_human_review: false,
    },
    opt_out: readOptOut(reply_text).opt_out,
    language: "es",
    provider: "test",
    why: "the test says so",
  });
};

let serial = 0;
const addressKey = Buffer.alloc(32, 7);

/** A workspace with one number, and somebody who writes to it; bursts end at once. */
async function stage(
  conversations: Record<string, unknown> = {},
  on: { channel?: "sms" | "whatsapp"; from?: string } = {},
) {
  const { db } = database;
  const { channel = "whatsapp", from = `+5730012${String(serial++).padStart(5, "0")}` } = on;
  const settings = { conversations: { mode: "auto", burst_ms: 0, ...conversations } };
  const workspace = await db
    .insertInto("workspaces")
    .values({ name: "Talks", settings: JSON.stringify(settings), time_zone: "America/Bogota" })
    .returningAll()
    .executeTakeFirstOrThrow();
  const to = `+5731099${String(serial++).padStart(5, "0")}`;
  await db
    .insertInto("senders")
    .values({
      workspace_id: workspace.id,
      channel,
      kind: channel === "sms" ? "short_code" : "whatsapp",
      address: to,
    })
    .execute();
  const deps = { db, addressKey, kick: () => {}, providers: { sandboxed: true } };
  const tendConversation = createTending(deps, { read, ask: () => Promise.resolve(undefined) });

  async function says(
    body: string,
    more: {
      sid?: string;
      whatsappUserId?: string;
      optOutType?: string;
      before?: () => Promise<void>;
    } = {},
  ) {
    const message = {
      channel,
      from,
      to,
      providerSid: more.sid ?? `SM${serial++}`,
      body,
      media: [],
      parts: null,
      mail: null,
      profileName: null,
      whatsappUserId: more.whatsappUserId ?? null,
      optOutType: more.optOutType ?? null,
      sentAt: null,
      place: { country: "CO", region: null, numberZones: [], phoneType: "mobile" },
    };
    return inTransaction(db, async (tx) => {
      await sql`select 1`.execute(tx);
      await more.before?.();
      const reading = readOptOut(body, more.optOutType ?? null);
      return applyInbound(tx, { workspaceId: workspace.id, addressKey }, message, reading);
    });
  }
  const conversation = () =>
    db
      .selectFrom("conversations")
      .selectAll()
      .where("workspace_id", "=", workspace.id)
      .executeTakeFirstOrThrow();
  return {
    db,
    workspaceId: workspace.id,
    says,
    conversation,
    async tend() {
      const { id } = await conversation();
      return tendConversation({ workspaceId: workspace.id, conversationId: id });
    },
    /** What has been queued or sent to this person, oldest first. */
    said: () =>
      db
        .selectFrom("messages")
        .select(["body", "state", "reason", "priority", "answers_id", "author_kind"])
        .where("workspace_id", "=", workspace.id)
        .where("direction", "=", "out")
        .orderBy("id")
        .execute(),
    bursts: () =>
      db
        .selectFrom("conversation_bursts")
        .select(["outcome", "reason", "messages", "intent"])
        .where("workspace_id", "=", workspace.id)
        .orderBy("last_message_id")
        .execute(),
    /** Time passes for this conversation. */
    async ages(interval: string) {
      await sql`update conversations set answer_due_at = answer_due_at - ${interval}::interval,
        close_due_at = close_due_at - ${interval}::interval, burst_due_at = burst_due_at - ${interval}::interval,
        awaiting_since = awaiting_since - ${interval}::interval
        where workspace_id = ${workspace.id}`.execute(db);
    },
    async keyword(fields: { keywords: string[]; body?: string | null; hand_off?: boolean }) {
      await db
        .insertInto("keyword_answers")
        .values({ workspace_id: workspace.id, body: null, ...fields })
        .execute();
    },
    async agent(available = true) {
      const { id } = await db
        .insertInto("members")
        .values({
          workspace_id: workspace.id,
          name: "A",
          email: `a${serial++}@example.com`,
          role: "agent",
          available,
        })
        .returning("id")
        .executeTakeFirstOrThrow();
      return id;
    },
    /** A person of ours answers. */
    answers: (body: string, by: string) =>
      inTransaction(db, async (tx) => {
        const row = await lockConversation(tx, workspace.id, (await conversation()).id);
        if (row === undefined) throw new Error("no conversation");
        const on = { workspace, addressKey, sandboxed: true, now: new Date() };
        return queueReply(tx, on, {
          conversation: row,
          author: { kind: "member", id: by },
          body,
          template: null,
          variables: {},
          media: [],
          answersId: null,
        });
      }),
    /** As they are stored: the feed waits for the transactions of every other test in the server. */
    async kinds() {
      const events = await db
        .selectFrom("conversation_events")
        .select("kind")
        .where("workspace_id", "=", workspace.id)
        .orderBy("id")
        .execute();
      return events.map((event) => event.kind);
    },
  };
}

it("a burst of messages · is answered once, ahead of everything, whoever looks and how often", async () => {
  const on = await stage({ burst_ms: 5_000 });
  await on.says("hola");
  await on.says("¿cuánto cuesta?");
  const waiting = await on.tend();
  expect(waiting).toMatchObject({ state: "burst", ended: false });
  expect(waiting.waitMs).toBeGreaterThan(0);
  expect(await on.said()).toEqual([]);
  await on.ages("6 seconds");
  await Promise.all([on.tend(), on.tend(), on.tend()]);
  const said = await on.said();
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({ state: "queued", priority: 1, author_kind: "machine" });
  expect(await on.bursts()).toEqual([
    { outcome: "answered", reason: "classification", messages: 2, intent: "pricing" },
  ]);
  expect(await on.conversation()).toMatchObject({ state: "pending", awaiting_since: null, auto_answers: 1 });
  const times = await on.db
    .selectFrom("response_times")
    .select(["kind", "author_kind"])
    .where("workspace_id", "=", on.workspaceId)
    .execute();
  expect(times).toEqual([{ kind: "first", author_kind: "machine" }]);
});

it("a burst · grows with what comes while it is looked at, up to its longest", async () => {
  const on = await stage({ burst_ms: 5_000, burst_most_ms: 6_000 });
  await on.says("hola");
  const first = await on.conversation();
  await on.says("una pregunta");
  const second = await on.conversation();
  expect(second.burst_started_at).toEqual(first.burst_started_at);
  const most = (second.burst_started_at as Date).getTime() + 6_000;
  expect((second.burst_due_at as Date).getTime()).toBeLessThanOrEqual(most);
});

it("a message whose transaction began first and came second · is part of the burst", async () => {
  const on = await stage();
  await on.says("BAJA");
  let begun = () => {};
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let go = () => {};
  const released = new Promise<void>((resolve) => {
    go = resolve;
  });
  const early = on.says("¿cuánto cuesta?", {
    before: async () => {
      begun();
      await released;
    },
  });
  await started;
  await on.says("hola");
  go();
  await early;
  await on.tend();
  expect(await on.bursts()).toMatchObject([{ messages: 2, intent: "pricing" }]);
});

it("a keyword · is answered in every mode, with the person's own values, and never twice", async () => {
  const on = await stage({ mode: "manual" });
  await on.keyword({ keywords: ["horario"], body: "Hola {name|amigo}: de 9 a 18." });
  await on.says("¡Horario!");
  await on.tend();
  await on.says("otra cosa que nadie entiende");
  await on.tend();
  expect((await on.said()).map((one) => one.body)).toEqual(["Hola amigo: de 9 a 18."]);
  expect((await on.bursts()).map((one) => one.outcome)).toEqual(["answered", "left"]);
  expect((await on.conversation()).state).toBe("open");
});

it("a qualified lead · has somebody from then on, while the machine goes on answering", async () => {
  const on = await stage({ sla: { first_minutes: 15 } });
  const agent = await on.agent();
  await on.says("me interesa, ¿qué precio tiene?");
  await on.tend();
  await refreshScores({ db: on.db, kick: () => {} });
  expect(await on.conversation()).toMatchObject({
    assignee_id: agent,
    handed_off_at: null,
    answer_due_at: null,
  });
  await on.says("¿y cuánto cuesta el envío?");
  expect(await on.conversation()).toMatchObject({ state: "open", answer_due_at: expect.any(Date) });
  await on.tend();
  expect((await on.said()).map((one) => one.body)).toEqual(["Me alegra.", "Desde $10."]);
  expect(await on.conversation()).toMatchObject({
    state: "pending",
    answer_due_at: null,
    assignee_id: agent,
  });
});

it("a qualified lead whom no machine answers · is waited for, and does not close meanwhile", async () => {
  const on = await stage({ mode: "manual", close_after_minutes: 1 });
  const agent = await on.agent();
  await on.says("me interesa");
  await on.tend();
  await refreshScores({ db: on.db, kick: () => {} });
  expect(await on.conversation()).toMatchObject({
    assignee_id: agent,
    handed_off_at: null,
    answer_due_at: expect.any(Date),
    close_due_at: null,
  });
  expect(await on.tend()).toMatchObject({
    state: "assigned",
    ended: false,
    waitsFor: "Until an answer is overdue",
  });
  await on.says("¿hola?");
  await on.tend();
  expect((await on.conversation()).close_due_at).toBeNull();
  await on.ages("1 hour");
  expect(await on.tend()).toMatchObject({ escalated: true });
});

it("review mode · leaves a draft; a newer burst makes it outdated", async () => {
  const on = await stage({ mode: "review" });
  await on.says("¿cuánto cuesta?");
  await on.tend();
  await on.says("¿y cuánto vale el envío?");
  await on.tend();
  const drafts = await on.db
    .selectFrom("conversation_drafts")
    .select("state")
    .where("workspace_id", "=", on.workspaceId)
    .orderBy("id")
    .execute();
  expect(drafts.map((draft) => draft.state)).toEqual(["outdated", "waiting"]);
  expect(await on.said()).toEqual([]);
});

it("who asks for a person · gets the one whose turn it is; the machine is silent until it closes", async () => {
  const on = await stage({ hand_off: { text: { es: "Ya te atiende una persona." } } });
  const [first, second] = [await on.agent(), await on.agent()];
  await on.agent(false);
  await on.says("quiero hablar con un asesor");
  expect(await on.tend()).toMatchObject({ state: "assigned", handoffReason: "person_wanted", ended: false });
  const given = await on.conversation();
  expect([first, second]).toContain(given.assignee_id);
  expect(given.answer_due_at).not.toBeNull();
  await on.says("¿cuánto cuesta?");
  await on.tend();
  expect((await on.said()).map((one) => one.body)).toEqual(["Ya te atiende una persona."]);
  const note = await on.db
    .selectFrom("conversation_notes")
    .select("author_kind")
    .where("workspace_id", "=", on.workspaceId)
    .execute();
  expect(note).toEqual([{ author_kind: "machine" }]);

  await on.answers("Hola, soy Ana", given.assignee_id as string);
  const answered = await on.conversation();
  expect(answered).toMatchObject({ state: "pending", answer_due_at: null, awaiting_since: null });
  expect(answered.outcome).toBe("escalated");
  await on.says("gracias, ¿y el precio?");
  expect((await on.conversation()).answer_due_at).not.toBeNull();
  expect(await on.tend()).toMatchObject({
    state: "assigned",
    lastOutcome: "left",
    lastReason: "with_person",
  });
});

it("turns · go round among who is available, or to who has least", async () => {
  const on = await stage({ assignment: "round_robin" });
  const agents = [await on.agent(), await on.agent(), await on.agent()];
  const given: (string | null)[] = [];
  for (let i = 0; i < 6; i++) {
    const { id } = await on.db
      .insertInto("conversations")
      .values({
        workspace_id: on.workspaceId,
        channel: "whatsapp",
        address: `+57300000000${i}`,
        contact_id: sql<string>`(select id from contacts limit 1)`,
        sender_id: sql<string>`(select id from senders where workspace_id = ${on.workspaceId})`,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    const { assignNext } = await import("../db/assignment.ts");
    given.push(await inTransaction(on.db, (tx) => assignNext(tx, on.workspaceId, id, "round_robin")));
    if (i === 5) {
      await sql`update conversations set state = 'closed' where assignee_id = ${agents[1]}`.execute(on.db);
      expect(await inTransaction(on.db, (tx) => assignNext(tx, on.workspaceId, id, "least_busy"))).toBe(
        agents[1],
      );
    }
  }
  expect(new Set(given.slice(0, 3))).toEqual(new Set(agents));
  expect(given.slice(3)).toEqual(given.slice(0, 3));
});

it("an answer that is late · is told once; the answer closes the alert", async () => {
  const on = await stage();
  const agent = await on.agent();
  await on.says("quiero hablar con un asesor");
  await on.tend();
  await on.ages("20 minutes");
  expect(await on.tend()).toMatchObject({ escalated: true });
  await on.tend();
  const alerts = () =>
    on.db
      .selectFrom("alerts")
      .select(["alert_type", sql<boolean>`resolved_at is null`.as("open")])
      .where("workspace_id", "=", on.workspaceId)
      .execute();
  expect(await alerts()).toEqual([{ alert_type: "answer_overdue", open: true }]);
  await on.answers("Perdón por la demora", agent);
  expect(await alerts()).toEqual([{ alert_type: "answer_overdue", open: false }]);
  expect((await on.kinds()).filter((kind) => kind === "escalated")).toHaveLength(1);
});

it("a conversation · closes when it is quiet, and opens anew when the person writes", async () => {
  const on = await stage({ close_after_minutes: 30 });
  await on.says("¿cuánto cuesta?");
  expect(await on.tend()).toMatchObject({ state: "pending", ended: false });
  await on.ages("31 minutes");
  expect(await on.tend()).toMatchObject({ state: "closed", ended: true });
  // It said that somebody would see to it, and nobody did.
  expect(await on.conversation()).toMatchObject({
    state: "closed",
    closed_by: "quiet",
    outcome: "fallback",
  });
  await on.says("hola otra vez");
  expect(await on.conversation()).toMatchObject({
    state: "open",
    reopened_count: 1,
    closed_at: null,
    outcome: null,
  });
  expect(await on.kinds()).toEqual(["message_in", "message_out", "burst", "closed", "message_in"]);
});

it.each([
  ["a keyword's answer", "horario", "resolved", undefined],
  ["nobody", "otra cosa que nadie entiende", "abandoned", undefined],
  ["people who were asked for", "quiero un asesor", "escalated", "Hola, soy Ana"],
  ["an answer by hand that took nothing over", "otra cosa que nadie entiende", "resolved", "Hola, soy Ana"],
])("a conversation · ends by what answered it: %s", async (_, text, outcome, answer) => {
  const on = await stage({ mode: "manual" });
  await on.keyword({ keywords: ["horario"], body: "De 9 a 18." });
  const agent = await on.agent();
  await on.says(text);
  await on.tend();
  if (answer !== undefined) await on.answers(answer, agent);
  const { id } = await on.conversation();
  await inTransaction(on.db, (tx) =>
    setConversationState(tx, on.workspaceId, id, "closed", { kind: "key", id: null }),
  );
  expect((await on.conversation()).outcome).toBe(outcome);
  await on.answers("Una cosa más", agent);
  expect((await on.conversation()).outcome).toBeNull();
});

it("outside business hours · the away text is sent once, and the answer is left to people", async () => {
  const never = Array.from({ length: 7 }, () => null);
  const on = await stage({ hours: { enabled: true, week: never }, away: { es: "Volvemos mañana." } });
  await on.says("¿cuánto cuesta?");
  await on.tend();
  await on.says("¿hola? ¿cuánto cuesta?");
  await on.tend();
  expect((await on.said()).map((one) => one.body)).toEqual(["Volvemos mañana."]);
  expect((await on.bursts()).map((one) => one.outcome)).toEqual(["away", "left"]);
  expect(await on.conversation()).toMatchObject({ state: "open" });
});

it("a machine · is not answered", async () => {
  const on = await stage();
  await on.says("Respuesta automática: estoy de vacaciones");
  await on.tend();
  expect(await on.said()).toEqual([]);
  expect(await on.bursts()).toMatchObject([{ outcome: "left", reason: "loop" }]);
});

it("too many answers a day · end in a hand-off", async () => {
  const on = await stage({ answers_per_day: 1 });
  for (const text of ["¿cuánto cuesta?", "¿y cuánto cuesta el otro?"]) {
    await on.says(text);
    await on.tend();
  }
  expect((await on.bursts()).map((one) => [one.outcome, one.reason])).toEqual([
    ["answered", "classification"],
    ["handed_off", "limit"],
  ]);
  expect(await on.said()).toHaveLength(1);
});

it("an opt-out · is never answered; its confirmation goes out once, and not where the provider sends its own", async () => {
  const quiet = await stage();
  expect(await quiet.says("ya no me escriban más")).toMatchObject({ conversation: null, sender: null });
  expect(await quiet.conversation()).toMatchObject({ burst_due_at: null });
  await quiet.says("¿cuánto cuesta?");
  await quiet.tend();
  expect((await quiet.said()).map((one) => [one.state, one.reason])).toEqual([["skipped", "suppressed"]]);
  expect(await quiet.bursts()).toMatchObject([{ outcome: "refused", reason: "suppressed" }]);

  const confirming = { opt_out_confirmation: { enabled: true, text: { es: "Listo." } } };
  const on = await stage(confirming);
  expect(await on.says("BAJA")).toMatchObject({ sender: { channel: "whatsapp" } });
  await on.says("BAJA!!");
  expect((await on.said()).map((one) => one.body)).toEqual(["Listo."]);
  const theirs = await stage(confirming);
  await theirs.says("STOP", { optOutType: "STOP" });
  expect(await theirs.said()).toEqual([]);
});

it("only order updates · ends marketing and lets answers be", async () => {
  const on = await stage();
  await on.says("solo avisos de mi pedido por favor");
  const consents = await on.db
    .selectFrom("consents")
    .select(["state", "purpose"])
    .where("workspace_id", "=", on.workspaceId)
    .execute();
  expect(consents).toEqual([{ state: "opted_out", purpose: "marketing" }]);
  await on.says("¿cuánto cuesta?");
  await on.tend();
  expect((await on.said()).map((one) => one.state)).toEqual(["queued"]);
});

it("a message that comes twice · counts once; one to a blocked conversation starts nothing", async () => {
  const on = await stage();
  await on.says("hola", { sid: "SMtwice" });
  expect(await on.says("hola", { sid: "SMtwice" })).toEqual({ kind: "known" });
  expect((await on.conversation()).unread_count).toBe(1);
  const { id } = await on.conversation();
  await inTransaction(on.db, (tx) => setConversationStatus(tx, on.workspaceId, id, "blocked"));
  expect(await on.says("¿cuánto cuesta?")).toMatchObject({ conversation: null });
  expect(await on.tend()).toMatchObject({ state: "blocked", ended: true });
  expect(await on.said()).toEqual([]);
});

it("somebody without a number · is found again by who they are on WhatsApp, also once it shows", async () => {
  const hidden = await stage({}, { from: "MX.1234567890" });
  await hidden.says("¿cuánto cuesta?", { whatsappUserId: "MX.1234567890" });
  await hidden.tend();
  expect((await hidden.said()).map((one) => one.state)).toEqual(["queued"]);
  const [person] = await hidden.db
    .selectFrom("contacts")
    .select(["phone", "whatsapp_user_id"])
    .where("workspace_id", "=", hidden.workspaceId)
    .execute();
  expect(person).toEqual({ phone: null, whatsapp_user_id: "MX.1234567890" });

  const known = await stage();
  await known.says("hola", { whatsappUserId: "MX.42" });
  const { contact_id } = await known.conversation();
  const row = await known.db
    .selectFrom("contacts")
    .select("whatsapp_user_id")
    .where("id", "=", contact_id)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ whatsapp_user_id: "MX.42" });
});

it("events · are read in their order and from where a listener was; never one that is not committed", async () => {
  const on = await stage();
  await on.says("hola");
  // Whatever else runs in this server, of other tests too, holds the events back until it has ended.
  const told = (after: string | null, kinds: string[]) =>
    vi.waitFor(
      async () => {
        const events = await readEvents(on.db, on.workspaceId, after, 10);
        expect(events.map((event) => event.kind)).toEqual(kinds);
        return events;
      },
      { timeout: 20_000, interval: 50 },
    );
  const [first] = await told(null, ["message_in"]);
  const { id } = await on.conversation();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun = () => {};
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const slow = inTransaction(on.db, async (tx) => {
    await setConversationState(tx, on.workspaceId, id, "pending", { kind: "key", id: null });
    begun();
    await held;
  });
  await started;
  await on.db
    .insertInto("conversation_events")
    .values({ workspace_id: on.workspaceId, conversation_id: id, kind: "note" })
    .execute();
  expect(await readEvents(on.db, on.workspaceId, first?.id ?? null, 10)).toEqual([]);
  release();
  await slow;
  await told(first?.id ?? null, ["pending", "note"]);
});
