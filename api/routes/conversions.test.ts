import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "../../db/connect.ts";
import { enroll } from "../../db/enrollments.ts";
import { findSequence, insertSequence } from "../../db/sequences.ts";
import { identifySteps } from "../../domain/dripEdit.ts";
import { SequenceSettings, type StopEvent } from "../../domain/dripSequence.ts";
import { aCampaign, people } from "../../test/people.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS);

/** A running sequence in which this person has been for two hours; gives its campaign. */
async function inSequence(workspaceId: string, contactId: string, stopOn: StopEvent): Promise<string> {
  const { db } = api.database;
  const campaign = await db
    .insertInto("campaigns")
    .values({ workspace_id: workspaceId, name: "Bienvenida", type: "drip", channel: "sms", state: "running" })
    .returning(["id", "workspace_id"])
    .executeTakeFirstOrThrow();
  const { steps, lastId } = identifySteps([], [{ delay_hours: 24, message: "Hola" }], 0);
  const settings = SequenceSettings.parse({ stop_on: [stopOn] });
  await inTransaction(db, async (tx) => {
    await insertSequence(tx, campaign, { steps, lastStepId: lastId, settings, createdBy: null });
    const sequence = await findSequence(tx, workspaceId, campaign.id);
    if (sequence === undefined) throw new Error("There is no such sequence");
    await enroll(tx, sequence, { contactIds: [contactId], source: "api", now: hoursAgo(2), timeZone: "UTC" });
  });
  await db
    .updateTable("enrollments")
    .set({ enrolled_at: hoursAgo(2) })
    .where("campaign_id", "=", campaign.id)
    .execute();
  return campaign.id;
}

/** Somebody who became a qualified lead three hours ago. */
async function aLead() {
  const { ask, id: workspaceId } = await api.workspace({ currency: "COP" });
  const { db } = api.database;
  const [contactId = ""] = await people(db, workspaceId, 1);
  await db
    .insertInto("qualified_leads")
    .values({
      workspace_id: workspaceId,
      contact_id: contactId,
      qualified_by: "score",
      score: 90,
      at: hoursAgo(3),
    })
    .execute();
  return {
    ask,
    db,
    workspaceId,
    contactId,
    inSequence: (stopOn: StopEvent) => inSequence(workspaceId, contactId, stopOn),
    standing: async (campaignId: string) => {
      const theirs = db.selectFrom("enrollments").where("campaign_id", "=", campaignId);
      return (await theirs.select("state").executeTakeFirstOrThrow()).state;
    },
    leadEndedBy: async () => {
      const lead = db.selectFrom("qualified_leads").where("workspace_id", "=", workspaceId);
      return (await lead.select("ended_by").executeTakeFirstOrThrow()).ended_by;
    },
    marks: async () => {
      const marks = db.selectFrom("lead_score_marks").where("workspace_id", "=", workspaceId);
      return (await marks.select("contact_id").execute()).map((mark) => mark.contact_id);
    },
  };
}

test("createConversion · a purchase ends the sequences that stop on it and the lead, and marks the score", async () => {
  const on = await aLead();
  const stops = await on.inSequence("conversion");
  const goesOn = await on.inSequence("reply");
  const campaign_id = await aCampaign(on.db, on.workspaceId);
  const body = {
    contact_id: on.contactId,
    campaign_id,
    outcome: "purchased",
    conversion_value: 125_000_000,
    trigger_message: "¿Cuánto cuesta?",
    bot_message: "Desde 1.250.000.",
    intent_score: 90,
    checkout_completed: true,
    pages_visited: 4,
    time_to_conversion_seconds: 5_400,
  };
  const key = { "idempotency-key": "order-1841" };
  const told = await on.ask("POST /v1/conversions", body, key);
  expect(told.status).toBe(201);
  expect(told.body).toMatchObject({ ...body, currency: "COP", interaction_id: null, stopped: 1 });
  expect(await on.standing(stops)).toBe("stopped");
  expect(await on.standing(goesOn)).toBe("active");
  expect(await on.leadEndedBy()).toBe("converted");
  expect(await on.marks()).toEqual([on.contactId]);

  expect((await on.ask("POST /v1/conversions", body, key)).body).toEqual(told.body);
  expect((await on.ask("GET /v1/conversions")).body.data).toHaveLength(1);
});

test("createConversion · a visit ends sequences and leaves the lead, another outcome leaves both", async () => {
  const on = await aLead();
  const campaignId = await on.inSequence("conversion");
  const nothing = await on.ask("POST /v1/conversions", { contact_id: on.contactId, outcome: "did_nothing" });
  expect(nothing.body).toMatchObject({ stopped: 0, conversion_value: null, currency: null });
  expect(await on.standing(campaignId)).toBe("active");
  expect(await on.marks()).toEqual([]);
  const visit = await on.ask("POST /v1/conversions", { contact_id: on.contactId, outcome: "visited" });
  expect(visit.body.stopped).toBe(1);
  expect(await on.leadEndedBy()).toBe(null);
});

test("createConversion · what is told of later ends nothing that began after it", async () => {
  const on = await aLead();
  const campaignId = await on.inSequence("conversion");
  const at = hoursAgo(30).toISOString();
  const told = await on.ask("POST /v1/conversions", {
    contact_id: on.contactId,
    outcome: "purchased",
    at,
  });
  expect(told.body).toMatchObject({ at, stopped: 0 });
  expect(await on.standing(campaignId)).toBe("active");
  expect(await on.leadEndedBy()).toBe(null);
});

test("createConversion · refuses what names nobody, and the future, and a currency of nothing", async () => {
  const { ask, id } = await api.workspace();
  const other = await api.workspace();
  const [stranger] = await people(api.database.db, other.id, 1);
  const [contact_id] = await people(api.database.db, id, 1);
  const tomorrow = hoursAgo(-24).toISOString();
  const refused: [status: number, field: string, body: object][] = [
    [422, "contact_id", {}],
    [422, "contact_id", { contact_id: stranger }],
    [422, "campaign_id", { campaign_id: crypto.randomUUID() }],
    [422, "at", { contact_id, at: tomorrow }],
    [422, "currency", { contact_id, currency: "COP" }],
    [422, "currency", { contact_id, conversion_value: 1, currency: "PESOS" }],
    [400, "conversion_value", { contact_id, conversion_value: 12.5 }],
  ];
  for (const [status, field, body] of refused)
    expect(
      await ask("POST /v1/conversions", { outcome: "purchased", ...body }),
      JSON.stringify(body),
    ).toMatchObject({ status, body: { code: "validation", field } });
});

test("listConversions · gives pages, the last one told of first, by campaign, interaction and outcome", async () => {
  const { ask, id } = await api.workspace();
  const campaign_id = await aCampaign(api.database.db, id);
  for (const [outcome, interaction_id] of [
    ["visited", "chat-1"],
    ["resolved", "chat-2"],
    ["did_nothing", "chat-3"],
  ])
    await ask("POST /v1/conversions", { campaign_id, outcome, interaction_id });
  const first = await ask(`GET /v1/conversions?campaign_id=${campaign_id}&limit=2`);
  const rest = await ask(
    `GET /v1/conversions?campaign_id=${campaign_id}&limit=2&cursor=${first.body.next_cursor}`,
  );
  const told = [...first.body.data, ...rest.body.data].map((one: { outcome: string }) => one.outcome);
  expect(told).toEqual(["did_nothing", "resolved", "visited"]);
  expect(rest.body.next_cursor).toBeNull();
  const one = await ask("GET /v1/conversions?outcome=resolved&interaction_id=chat-2");
  expect(one.body.data).toMatchObject([{ campaign_id, outcome: "resolved" }]);
  const { ask: theirs } = await api.workspace();
  expect((await theirs("GET /v1/conversions")).body.data).toEqual([]);
});
