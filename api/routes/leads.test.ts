import { afterAll, beforeAll, expect, test } from "vitest";
import { refreshScores } from "../../activities/leadScores.ts";
import { people } from "../../test/people.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const refresh = () => refreshScores({ db: api.database.db, kick: () => {} });

/** Somebody who answered a message just now. */
async function anAnswering(workspaceId: string): Promise<string> {
  const [id = ""] = await people(api.database.db, workspaceId, 1);
  const rows = [
    {
      direction: "out",
      state: "read",
      delivered_at: new Date(),
      read_at: new Date(),
      replied_at: new Date(),
    },
    { direction: "in", state: "received" },
  ];
  for (const row of rows)
    await api.database.db
      .insertInto("messages")
      .values({ workspace_id: workspaceId, contact_id: id, channel: "whatsapp", ...row })
      .execute();
  return id;
}

test("score-lead · gives the score with where each point comes from, in the workspace's language", async () => {
  const { ask, id } = await api.workspace({ default_region: "BR" });
  const contactId = await anAnswering(id);
  const { status, body } = await ask("POST /v1/ai/score-lead", { contact_id: contactId });
  expect(status).toBe(200);
  const { engagement, profile, behavior, timing } = body.breakdown;
  expect(body).toMatchObject({
    contact_id: contactId,
    quality_tier: "cold",
    priority: "low",
    weights: "usual",
  });
  expect(body.total_score).toBe(engagement + profile + behavior + timing);
  expect(engagement).toBeGreaterThan(10);
  expect(body.insights).toContain("Não deu permissão para receber mensagens.");
  expect(body.next_actions).toContain("Pedir permissão.");
  expect(body.factors).toContainEqual({
    factor: "replies",
    part: "engagement",
    points: expect.closeTo(9.6, 0),
    most: 16,
    text: "Respostas às suas mensagens: 1 (as antigas contam menos)",
  });
  const english = await ask("POST /v1/ai/score-lead", { contact_id: contactId, language: "en" });
  expect(english.body.next_actions).toContain("Ask for their consent.");
});

test("score-lead · knows nobody of another workspace", async () => {
  const { id } = await api.workspace();
  const { ask } = await api.workspace();
  const refused = await ask("POST /v1/ai/score-lead", { contact_id: await anAnswering(id) });
  expect(refused.status).toBe(404);
  expect(refused.body).toMatchObject({ code: "not_found", field: "contact_id" });
});

test("hot-leads · lists those with the highest scores, best first", async () => {
  const { ask, id } = await api.workspace();
  const best = await anAnswering(id);
  const others = await people(api.database.db, id, 3, 10);
  for (const contact of [best, ...others])
    await ask(`PATCH /v1/contacts/${contact}`, { attributes: { plan: "b" } });
  await refresh();
  const hot = await ask("GET /v1/ai/hot-leads?threshold=1&limit=2");
  expect(hot.body.data).toHaveLength(2);
  expect(hot.body.data[0]).toMatchObject({ contact_id: best, name: "Persona 0", qualified_at: null });
  expect((await ask("GET /v1/ai/hot-leads")).body).toEqual({ data: [] });
});

test("lead-scores · shows how a score went", async () => {
  const { ask, id } = await api.workspace();
  const contactId = await anAnswering(id);
  await ask(`PATCH /v1/contacts/${contactId}`, { city: "Cali" });
  await refresh();
  const { body } = await ask(`GET /v1/contacts/${contactId}/lead-scores`);
  expect(body.data).toMatchObject([{ cause: "event", breakdown: { behavior: 0 } }]);
  const contact = await ask(`GET /v1/contacts/${contactId}`);
  expect(contact.body.lead_score).toBe(body.data[0].total_score);
});

test("qualified-leads · lists who became one, and their conversations show it", async () => {
  const { ask, id } = await api.workspace({ settings: { lead_scores: { qualified_from: 20 } } });
  const contactId = await anAnswering(id);
  const { db } = api.database;
  const sender = await db
    .insertInto("senders")
    .values({ workspace_id: id, channel: "whatsapp", address: contactId })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db
    .insertInto("conversations")
    .values({
      workspace_id: id,
      channel: "whatsapp",
      contact_id: contactId,
      sender_id: sender.id,
      address: contactId,
      last_inbound_at: new Date(),
    })
    .execute();
  expect((await ask("GET /v1/conversations?qualified=true")).body.data).toEqual([]);
  await ask(`PATCH /v1/contacts/${contactId}`, { city: "Cali" });
  await refresh();
  const { body } = await ask("GET /v1/ai/qualified-leads?open=true");
  expect(body.data).toMatchObject([{ contact_id: contactId, qualified_by: "score", ended_at: null }]);
  const shown = await ask("GET /v1/conversations?qualified=true");
  expect(shown.body.data).toMatchObject([
    { contact_id: contactId, lead_score: body.data[0].score, qualified_at: body.data[0].at },
  ]);
  expect(shown.body.data[0]).toMatchObject({ handed_off_at: null, handoff_reason: null });
});
