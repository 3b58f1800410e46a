import { afterAll, beforeAll, expect, test } from "vitest";
import { areaUnderCurve } from "../domain/areaUnderCurve.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { insertSimulation, randomOf, simulate } from "../test/leadSimulation.ts";
import { aCampaign, aWorkspace, people } from "../test/people.ts";
import { inTransaction } from "./connect.ts";
import { readLeadFacts } from "./leadFacts.ts";
import { takeMarks } from "./leadMarks.ts";
import { listPastScores, type ScoredLead, scoreLeads, updateScores } from "./leadScores.ts";
import { listQualifiedLeads } from "./qualifiedLeads.ts";
import { readScoring, type WorkspaceScoring } from "./scoring.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const DAY = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY);

async function scoringOf(workspaceId: string): Promise<WorkspaceScoring> {
  const scoring = await readScoring(database.db, workspaceId);
  if (scoring === undefined) throw new Error("The workspace is not there");
  return scoring;
}

async function aLead(): Promise<{
  workspaceId: string;
  contactId: string;
  conversationId: string;
  campaignId: string;
}> {
  const { db } = database;
  const workspaceId = await aWorkspace(db);
  const [contactId = ""] = await people(db, workspaceId, 1);
  const campaignId = await aCampaign(db, workspaceId);
  const sender = await db
    .insertInto("senders")
    .values({ workspace_id: workspaceId, channel: "whatsapp", address: contactId })
    .returning("id")
    .executeTakeFirstOrThrow();
  const { id: conversationId } = await db
    .insertInto("conversations")
    .values({
      workspace_id: workspaceId,
      channel: "whatsapp",
      contact_id: contactId,
      sender_id: sender.id,
      address: contactId,
      last_inbound_at: new Date(),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return { workspaceId, contactId, conversationId, campaignId };
}

const message = (lead: Awaited<ReturnType<typeof aLead>>, fields: Record<string, unknown>) =>
  database.db
    .insertInto("messages")
    .values({
      workspace_id: lead.workspaceId,
      contact_id: lead.contactId,
      direction: "out",
      channel: "whatsapp",
      state: "read",
      ...fields,
    })
    .execute();

const says = (lead: Awaited<ReturnType<typeof aLead>>, intent: string, days: number, confidence = 90) =>
  database.db
    .insertInto("conversation_bursts")
    .values({
      last_message_id: crypto.randomUUID(),
      workspace_id: lead.workspaceId,
      conversation_id: lead.conversationId,
      messages: 1,
      started_at: ago(days),
      ended_at: ago(days),
      outcome: "left",
      intent,
      sentiment: "neutral",
      confidence,
    })
    .execute();

const factsOf = async (lead: Awaited<ReturnType<typeof aLead>>, at?: Date) => {
  const [facts] = await readLeadFacts(database.db, {
    workspaceId: lead.workspaceId,
    contactIds: [lead.contactId],
    ...(at && { at: [at] }),
    qualifying: ["interested", "booking"],
  });
  return facts;
};

const update = async (lead: Awaited<ReturnType<typeof aLead>>) => {
  const scoring = await scoringOf(lead.workspaceId);
  return inTransaction(database.db, (tx) => updateScores(tx, scoring, [lead.contactId], "event"));
};

test("readLeadFacts · counts what happened by its age, and nothing of others", async () => {
  const lead = await aLead();
  await message(lead, { delivered_at: ago(21), read_at: ago(21), replied_at: ago(21) });
  await message(lead, { delivered_at: ago(42), state: "delivered" });
  await message(lead, { direction: "in", state: "received", created_at: ago(21) });
  await says(lead, "pricing", 14);
  const facts = await factsOf(lead);
  expect(facts).toMatchObject({
    named: true,
    has_mobile: true,
    has_email: false,
    declined: false,
    intended: null,
  });
  expect(facts?.delivered).toBeCloseTo(0.75, 2);
  expect(facts?.seen).toBeCloseTo(0.5, 2);
  expect(facts?.replies).toBeCloseTo(0.5, 2);
  expect(facts?.inbound).toBeCloseTo(0.5, 2);
  expect(facts?.intent).toBeCloseTo(0.4, 2);
  expect(facts?.last_inbound_days).toBeCloseTo(21, 1);
  expect(facts?.reply_minutes).toBeCloseTo(0, 1);
});

test("readLeadFacts · asked about an earlier moment, does not see what came later", async () => {
  const lead = await aLead();
  await message(lead, { delivered_at: ago(10), read_at: ago(3), replied_at: ago(3) });
  await says(lead, "booking", 3);
  const facts = await factsOf(lead, ago(5));
  expect(facts).toMatchObject({ seen: 0, replies: 0, intent: 0, intended: null, last_inbound_days: null });
  expect(facts?.delivered).toBeCloseTo(0.5 ** (5 / 21), 2);
});

test("readLeadFacts · takes the newest word on each channel, and the last word about declining", async () => {
  const lead = await aLead();
  const consent = (channel: string, state: string, days: number) =>
    database.db
      .insertInto("consents")
      .values({
        workspace_id: lead.workspaceId,
        contact_id: lead.contactId,
        channel,
        state,
        source: "test",
        method: "test",
        at: ago(days),
      })
      .execute();
  await consent("whatsapp", "opted_in", 9);
  expect(await factsOf(lead)).toMatchObject({ opted_in: true, opted_out: false });
  await consent("whatsapp", "opted_out", 8);
  expect(await factsOf(lead)).toMatchObject({ opted_in: false, opted_out: true });
  await consent("sms", "opted_in", 7);
  expect(await factsOf(lead)).toMatchObject({ opted_in: true, opted_out: false });
  await says(lead, "interested", 6);
  await says(lead, "not_interested", 5);
  await says(lead, "thanks", 4);
  expect(await factsOf(lead)).toMatchObject({ declined: true });
  await says(lead, "pricing", 3);
  expect(await factsOf(lead)).toMatchObject({ declined: false });
});

test("updateScores · writes the score, and its history where it has moved by five points", async () => {
  const lead = await aLead();
  expect(await update(lead)).toMatchObject({ people: 1, changed: 1 });
  await message(lead, { delivered_at: ago(0.1), read_at: ago(0.05), replied_at: ago(0.05) });
  await message(lead, { direction: "in", state: "received" });
  await update(lead);
  expect(await update(lead)).toMatchObject({ people: 1, changed: 0 });
  const row = await database.db
    .selectFrom("contacts")
    .select("lead_score")
    .where("id", "=", lead.contactId)
    .executeTakeFirstOrThrow();
  const past = await listPastScores(database.db, lead.workspaceId, lead.contactId, { limit: 10 });
  expect(row.lead_score).toBeGreaterThan(20);
  expect(past[0]).toMatchObject({ total_score: row.lead_score, cause: "event" });
  const rest = await listPastScores(database.db, lead.workspaceId, lead.contactId, {
    beforeUs: past[0]?.at_us,
    limit: 10,
  });
  expect([past[0], ...rest]).toEqual(past);
});

test("updateScores · waits for nobody: whose row is being changed comes again", async () => {
  const lead = await aLead();
  await database.db.transaction().execute(async (tx) => {
    await tx.updateTable("contacts").set({ name: "Otra" }).where("id", "=", lead.contactId).execute();
    expect(await update(lead)).toMatchObject({ people: 0 });
  });
  const marks = await inTransaction(database.db, (tx) => takeMarks(tx, 1000));
  expect(marks).toContainEqual({ workspaceId: lead.workspaceId, contactIds: [lead.contactId] });
  expect(await update(lead)).toMatchObject({ people: 1 });
});

test("updateScores · a reply that says so makes a qualified lead of its campaign, once, until they say no", async () => {
  const lead = await aLead();
  await message(lead, { campaign_id: lead.campaignId, delivered_at: ago(2), replied_at: ago(1) });
  await says(lead, "interested", 1, 59);
  expect(await update(lead)).toMatchObject({ qualified: 0 });
  await says(lead, "interested", 1, 60);
  expect(await update(lead)).toMatchObject({ qualified: 1 });
  expect(await update(lead)).toMatchObject({ qualified: 0, cooled: 0 });
  expect(
    await listQualifiedLeads(database.db, lead.workspaceId, { open: true }, { limit: 10 }),
  ).toMatchObject([
    {
      contact_id: lead.contactId,
      qualified_by: "intent",
      intent: "interested",
      campaign_id: lead.campaignId,
      conversation_id: lead.conversationId,
    },
  ]);
  await says(lead, "not_interested", 0.5);
  expect(await update(lead)).toMatchObject({ qualified: 0, cooled: 1 });
  expect(await listQualifiedLeads(database.db, lead.workspaceId, { open: true }, { limit: 10 })).toEqual([]);
});

test("updateScores · an answer of eight days ago brings its campaign no lead", async () => {
  const lead = await aLead();
  await message(lead, { campaign_id: lead.campaignId, delivered_at: ago(9), replied_at: ago(8) });
  await says(lead, "booking", 1);
  await update(lead);
  expect(await listQualifiedLeads(database.db, lead.workspaceId, {}, { limit: 10 })).toMatchObject([
    { contact_id: lead.contactId, campaign_id: null },
  ]);
});

/** How well the score ranks the people of a made-up world, and how well their last activity alone does. */
async function rank(seed: number): Promise<{ byScore: number; byActivity: number }> {
  const workspaceId = await aWorkspace(database.db);
  const all = simulate(10_000, new Date(), randomOf(seed));
  await insertSimulation(database.db, workspaceId, all);
  const scoring = await scoringOf(workspaceId);
  const buys = new Map(all.people.map((person) => [person.id, person.buys]));
  const leads: ScoredLead[] = [];
  for (let from = 0; from < all.people.length; from += 500)
    leads.push(
      ...(await scoreLeads(
        database.db,
        scoring,
        all.people.slice(from, from + 500).map((person) => person.id),
      )),
    );
  const curve = (score: (lead: ScoredLead) => number) =>
    areaUnderCurve(
      leads.map((lead) => ({ is: buys.get(lead.facts.contact_id) === true, score: score(lead) })),
    );
  expect(leads).toHaveLength(10_000);
  return {
    byScore: curve(({ score }) => score.total),
    byActivity: curve(({ facts }) => -(facts.last_inbound_days ?? Number.MAX_VALUE)),
  };
}

/** Seeds that nothing was tuned on; docs/scores.md has twenty of them. */
const FRESH = [2_101, 2_102, 2_103];

test("a simulation of 10,000 people · the score tells who buys, better than their last activity does", {
  timeout: 240_000,
}, async () => {
  const ranks: Awaited<ReturnType<typeof rank>>[] = [];
  for (const seed of FRESH) ranks.push(await rank(seed));
  for (const { byScore, byActivity } of ranks) expect(byScore).toBeGreaterThan(byActivity);
  expect(ranks.reduce((sum, { byScore }) => sum + byScore, 0) / FRESH.length).toBeGreaterThanOrEqual(0.8);
});
