import { MockActivityEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { inTransaction } from "../db/connect.ts";
import { readEvents } from "../db/conversationEvents.ts";
import { markLeads } from "../db/leadMarks.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { people } from "../test/people.ts";
import { leadScoreActivities, refreshScores, type ScoresReport } from "./leadScores.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const deps = () => ({ db: database.db, kick: () => {} });
const nightly = () =>
  new MockActivityEnvironment().run(leadScoreActivities(deps()).scoreNightly) as Promise<ScoresReport>;

/** A zone in which it is about this hour now. */
const zoneAt = (hour: number) => {
  const west = (new Date().getUTCHours() - hour + 24) % 24;
  return west <= 12 ? `Etc/GMT+${west}` : `Etc/GMT-${24 - west}`;
};

async function aWorkspaceAt(hour: number, lead_scores: object = {}): Promise<string> {
  const { id } = await database.db
    .insertInto("workspaces")
    .values({ name: "Leads", time_zone: zoneAt(hour), settings: JSON.stringify({ lead_scores }) })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

/** Somebody who wrote that they are interested, some days ago, and an agent who is there. */
async function anInterested(lead_scores: object = {}, daysAgo = 0) {
  const { db } = database;
  const workspaceId = await aWorkspaceAt(1, lead_scores);
  const [contactId = ""] = await people(db, workspaceId, 1);
  const at = new Date(Date.now() - daysAgo * 86_400_000);
  const agent = await db
    .insertInto("members")
    .values({
      workspace_id: workspaceId,
      name: "Laura",
      email: "laura@example.com",
      role: "agent",
      available: true,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const sender = await db
    .insertInto("senders")
    .values({ workspace_id: workspaceId, channel: "whatsapp", address: contactId })
    .returning("id")
    .executeTakeFirstOrThrow();
  const { id } = await db
    .insertInto("conversations")
    .values({
      workspace_id: workspaceId,
      channel: "whatsapp",
      contact_id: contactId,
      sender_id: sender.id,
      address: contactId,
      last_inbound_at: at,
      awaiting_since: at,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db
    .insertInto("conversation_bursts")
    .values({
      last_message_id: crypto.randomUUID(),
      workspace_id: workspaceId,
      conversation_id: id,
      messages: 1,
      started_at: at,
      ended_at: at,
      outcome: "left",
      intent: "interested",
      sentiment: "positive",
      confidence: 90,
    })
    .execute();
  await inTransaction(db, (tx) => markLeads(tx, workspaceId, [contactId, contactId]));
  return { workspaceId, contactId, conversationId: id, agentId: agent.id };
}

const conversation = (id: string) =>
  database.db
    .selectFrom("conversations")
    .select(["handed_off_at", "handoff_reason", "assignee_id", "answer_due_at"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
const notes = (id: string) =>
  database.db.selectFrom("conversation_notes").select("body").where("conversation_id", "=", id).execute();

test("refreshScores · gives a new qualified lead to an agent, tells why, and does it once", {
  timeout: 90_000,
}, async () => {
  const lead = await anInterested();
  expect(await refreshScores(deps())).toBe(1);
  await inTransaction(database.db, (tx) => markLeads(tx, lead.workspaceId, [lead.contactId]));
  expect(await refreshScores(deps())).toBe(1);
  expect(await refreshScores(deps())).toBe(0);
  expect(await conversation(lead.conversationId)).toMatchObject({
    handed_off_at: null,
    assignee_id: lead.agentId,
    answer_due_at: expect.any(Date),
  });
  const [note, ...others] = await notes(lead.conversationId);
  expect(others).toEqual([]);
  expect(note?.body).toMatch(/^Lead calificado por lo que dijo; \d+ puntos\.\n/);
  expect(note?.body).toContain("→ Responder ahora.");
  // What other tests in the same server have open holds the feed back.
  const events = await vi.waitFor(
    async () => {
      const told = await readEvents(database.db, lead.workspaceId, null, 10);
      expect(told.map((event) => event.kind)).toEqual(["qualified", "assigned"]);
      return told;
    },
    { timeout: 60_000, interval: 200 },
  );
  expect(events[0]?.change).toMatchObject({ by: "intent", intent: "interested" });
});

test("refreshScores · hands a new qualified lead over where the workspace wants the machine silent", async () => {
  const lead = await anInterested({ hand_off: true });
  await refreshScores(deps());
  expect(await conversation(lead.conversationId)).toMatchObject({
    handed_off_at: expect.any(Date),
    handoff_reason: "lead_score",
    assignee_id: lead.agentId,
  });
});

test("refreshScores · marks who was silent for days, and leaves them where they are", async () => {
  for (const hand_off of [true, false]) {
    const lead = await anInterested({ hand_off }, 5);
    await refreshScores(deps());
    expect(await conversation(lead.conversationId)).toMatchObject({ handed_off_at: null, assignee_id: null });
    expect(await notes(lead.conversationId)).toHaveLength(1);
  }
});

test("refreshScores · scores nobody of a workspace that has it switched off", async () => {
  const lead = await anInterested({ enabled: false });
  expect(await refreshScores(deps())).toBe(0);
  const leads = await database.db
    .selectFrom("qualified_leads")
    .select("id")
    .where("workspace_id", "=", lead.workspaceId)
    .execute();
  expect(leads).toEqual([]);
});

test("scoreNightly · scores everybody of the workspaces whose night has come, once a day", async () => {
  const due = await aWorkspaceAt(5);
  const early = await aWorkspaceAt(1);
  const off = await aWorkspaceAt(5, { enabled: false });
  await people(database.db, due, 1_203);
  await people(database.db, early, 3);
  await people(database.db, off, 3);
  expect(await nightly()).toMatchObject({ workspaces: 2, people: 1_203, changed: 1_203 });
  expect(await nightly()).toMatchObject({ workspaces: 0, people: 0 });
  const scored = await database.db
    .selectFrom("contacts")
    .select(["workspace_id", (is) => is.fn.count("lead_score").as("n")])
    .where("workspace_id", "in", [due, early, off])
    .groupBy("workspace_id")
    .execute();
  expect(Object.fromEntries(scored.map((row) => [row.workspace_id, Number(row.n)]))).toEqual({
    [due]: 1_203,
    [early]: 0,
    [off]: 0,
  });
  const run = await database.db
    .selectFrom("job_runs")
    .select("report")
    .where("workspace_id", "=", due)
    .executeTakeFirstOrThrow();
  expect(run.report).toMatchObject({ people: 1_203, qualified: 0 });
});
