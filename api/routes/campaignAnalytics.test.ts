import { afterAll, beforeAll, expect, test } from "vitest";
import { aCampaign, people } from "../../test/people.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const now = new Date();

test("getCampaignAnalytics · counts what came of a campaign, and its rates", async () => {
  const { ask, id: workspaceId } = await api.workspace();
  const { db } = api.database;
  const campaignId = await aCampaign(db, workspaceId);
  const contacts = await people(db, workspaceId, 8);
  const became: object[] = [
    { state: "read", delivered_at: now, read_at: now, replied_at: now },
    { state: "read", delivered_at: now, read_at: now },
    { state: "delivered", delivered_at: now },
    // Answered, whatever the receipts say.
    { state: "sent", replied_at: now },
    { state: "accepted" },
    { state: "undelivered", failed_at: now },
    { state: "skipped", reason: "no_consent" },
    { state: "queued", due_at: now },
  ];
  const message = (contact_id: string | undefined, row: object) => ({
    workspace_id: workspaceId,
    campaign_id: campaignId,
    contact_id: contact_id ?? "",
    channel: "whatsapp",
    direction: "out",
    state: "accepted",
    ...row,
  });
  const rows = became.map((row, index) => message(contacts[index], row));
  // A second one to somebody who had answered the first, and answered this one too.
  rows.push(message(contacts[0], { step: 2, state: "delivered", delivered_at: now, replied_at: now }));
  await db.insertInto("messages").values(rows).execute();
  const lead = {
    workspace_id: workspaceId,
    campaign_id: campaignId,
    contact_id: contacts[0] ?? "",
    qualified_by: "intent",
    score: 60,
  };
  await db
    .insertInto("qualified_leads")
    .values([
      { ...lead, ended_at: now, ended_by: "cooled" },
      lead,
      { ...lead, contact_id: contacts[1] ?? "", campaign_id: await aCampaign(db, workspaceId) },
    ])
    .execute();

  expect((await ask(`GET /v1/analytics/campaigns/${campaignId}`)).body).toEqual({
    campaign_id: campaignId,
    campaign_name: "Lanzamiento",
    status: "completed",
    analytics: {
      total_messages: 7,
      delivered_count: 5,
      read_count: 2,
      replied_count: 2,
      failed_count: 1,
      clicked_count: 0,
      leads_generated: 1,
      response_rate: 28.6,
      delivery_rate: 71.4,
      read_rate: 40,
      reply_rate: 40,
      engagement_score: 76.3,
    },
  });
});

test("getCampaignAnalytics · counts e-mails that somebody opened or clicked, once each", async () => {
  const { ask, id: workspaceId } = await api.workspace();
  const { db } = api.database;
  const campaignId = await aCampaign(db, workspaceId);
  const sent = await db
    .insertInto("messages")
    .values(
      (await people(db, workspaceId, 3)).map((contact_id) => ({
        workspace_id: workspaceId,
        campaign_id: campaignId,
        contact_id,
        channel: "email",
        direction: "out",
        state: "delivered",
        delivered_at: now,
      })),
    )
    .returning("id")
    .execute();
  const told = (of: number, kind: string, machine = false) => ({
    workspace_id: workspaceId,
    campaign_id: campaignId,
    message_id: sent[of]?.id ?? "",
    kind,
    machine,
    at: now,
  });
  await db
    .insertInto("email_events")
    .values([
      told(0, "opened"),
      told(0, "opened"),
      told(0, "clicked"),
      told(0, "clicked"),
      told(1, "opened", true),
    ])
    .execute();
  const { body } = await ask(`GET /v1/analytics/campaigns/${campaignId}`);
  expect(body.analytics).toMatchObject({
    total_messages: 3,
    read_count: 1,
    clicked_count: 1,
    read_rate: 33.3,
  });
});

test("getCampaignAnalytics · has no rates where nothing was sent, and nothing of another workspace", async () => {
  const { ask, id } = await api.workspace();
  const campaignId = await aCampaign(api.database.db, id);
  const { body } = await ask(`GET /v1/analytics/campaigns/${campaignId}`);
  expect(body.analytics).toMatchObject({
    total_messages: 0,
    delivery_rate: null,
    reply_rate: null,
    engagement_score: null,
  });
  const other = await api.workspace();
  expect((await other.ask(`GET /v1/analytics/campaigns/${campaignId}`)).status).toBe(404);
});

test("listCampaignAnalytics · has the campaigns that were under way in these days, the newest first, by pages", async () => {
  const { ask, id } = await api.workspace();
  const { db } = api.database;
  const [contact = ""] = await people(db, id, 1);
  const during = async (name: string, started_at: string | null, completed_at: string | null) => {
    const campaignId = await aCampaign(db, id, name);
    await db
      .updateTable("campaigns")
      .set({ started_at, completed_at, ...(completed_at === null && { state: "paused" }) })
      .where("id", "=", campaignId)
      .execute();
    return campaignId;
  };
  const over = await during("Antes", "2025-03-01T12:00:00Z", "2025-03-02T12:00:00Z");
  const begun = await during("Desde antes", "2025-03-01T12:00:00Z", "2025-03-12T12:00:00Z");
  const held = await during("En pausa", "2025-03-05T12:00:00Z", null);
  await during("Después", "2025-03-20T12:00:00Z", null);
  await during("Nunca", null, null);
  const message = { workspace_id: id, contact_id: contact, channel: "whatsapp", direction: "out" };
  await db
    .insertInto("messages")
    .values([over, begun].map((campaign_id) => ({ ...message, campaign_id, state: "delivered" })))
    .execute();
  const path = "GET /v1/analytics/campaigns?days=1&until=2025-03-12&limit=1";
  const page = await ask(path);
  expect(page.body.data).toMatchObject([
    {
      campaign_id: held,
      campaign_name: "En pausa",
      status: "paused",
      analytics: { total_messages: 0, delivery_rate: null },
    },
  ]);
  const rest = await ask(`${path}&cursor=${page.body.next_cursor}`);
  expect(rest.body).toMatchObject({
    next_cursor: null,
    data: [{ campaign_id: begun, analytics: { total_messages: 1, delivered_count: 1, delivery_rate: 100 } }],
  });
});
