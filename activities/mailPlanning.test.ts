import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { databaseNow } from "../db/connect.ts";
import { findCampaign } from "../db/campaigns.ts";
import { preflight } from "../db/preflight.ts";
import { listeningMail, type MailStage, mailStage } from "../test/mailing.ts";
import { createDeliveryEngine, deliverSlice } from "./delivery/slice.ts";
import { planAudience } from "./planning.ts";

const { heard, provider } = listeningMail();
const environment = new MockActivityEnvironment();
let stage: MailStage;
beforeAll(async () => {
  stage = await mailStage(provider);
  await stage.db
    .updateTable("workspaces")
    .set({ settings: sql`settings || '{"email": {"physical_address": "Calle 1, Barranquilla"}}'` })
    .where("id", "=", stage.workspaceId)
    .execute();
});
beforeEach(() => {
  heard.calls.length = 0;
});
afterAll(() => stage.close());

const EMAIL = {
  subject: "Hola {name}, {if_this|aquí}",
  html: "<p>Hola {name} de {city|tu ciudad}</p>",
  languages: { pt: { subject: "Olá {name}", html: "<p>Olá {name}</p>" } },
};

let serial = 0;
async function contact(fields: { email?: string | null; name?: string | null; language?: string }) {
  const { email = `plan${serial}@example.com`, name = `Persona ${serial}`, language = null } = fields;
  const { id } = await stage.db
    .insertInto("contacts")
    .values({ workspace_id: stage.workspaceId, identity: `mailto:plan${serial++}`, email, name, language })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

/** A running campaign of e-mail to these people, not planned yet. */
async function campaign(contactIds: string[], more: Record<string, unknown> = {}) {
  const { id } = await stage.db
    .insertInto("campaigns")
    .values({
      workspace_id: stage.workspaceId,
      name: `Boletín ${serial++}`,
      channel: "email",
      state: "running",
      started_at: sql`now()`,
      email: JSON.stringify(EMAIL),
      audience: JSON.stringify({ contact_ids: contactIds }),
      ...more,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

const plan = (campaignId: string) =>
  environment.run(() => planAudience(stage.deps, { workspaceId: stage.workspaceId, campaignId }));
const rowsOf = async (campaignId: string) => {
  const rows = await stage.db
    .selectFrom("messages as m")
    .leftJoin("email_contents as e", (join) => join.on(sql<boolean>`e.id = m.content_sid::uuid`))
    .select(["m.contact_id", "m.state", "m.reason", "m.content_variables", "m.body", "e.language"])
    .select(["e.subject", "e.campaign_id"])
    .where("m.campaign_id", "=", campaignId)
    .execute();
  return new Map(rows.map((row) => [row.contact_id, row]));
};

test("planAudience · of e-mail gives each their language and values, and holds back who cannot get it", async () => {
  const senderId = await stage.mailSender();
  const es = await contact({ language: "es" });
  const unknown = await contact({});
  const pt = await contact({ language: "pt_BR" });
  const german = await contact({ language: "de" });
  const nameless = await contact({ name: null });
  const none = await contact({ email: null });
  const broken = await contact({ email: "keine adresse@example" });
  const accented = await contact({ email: "íngrid@exämple.com" });
  const id = await campaign([es, unknown, pt, german, nameless, none, broken, accented], {
    sender_ids: [senderId],
  });
  expect(await plan(id)).toEqual({ done: true, planned: 8 });
  const rows = await rowsOf(id);
  expect(rows.get(es)).toMatchObject({ state: "queued", language: "es", campaign_id: id, body: null });
  expect(rows.get(unknown)).toMatchObject({ state: "queued", language: "es" });
  expect(rows.get(pt)).toMatchObject({ state: "queued", language: "pt" });
  expect(rows.get(pt)?.subject).toMatch(/^Olá -s1-/);
  expect(rows.get(german)).toMatchObject({ state: "queued", language: "en" });
  expect(rows.get(german)?.subject).toMatch(/^Hola/);
  expect(rows.get(nameless)).toMatchObject({ state: "skipped", reason: "missing_variables" });
  expect(rows.get(none)).toMatchObject({ state: "skipped", reason: "no_address" });
  expect(rows.get(broken)).toMatchObject({ state: "skipped", reason: "invalid_address" });
  expect(rows.get(accented)).toMatchObject({ state: "queued" });
  expect(Object.values(rows.get(es)?.content_variables as Record<string, string>)).toContain("tu ciudad");

  const engine = createDeliveryEngine(stage.deps);
  const input = { workspaceId: stage.workspaceId, senderId };
  await environment.run(() => deliverSlice(engine, input));
  expect(heard.calls.map((call) => call.people.length).toSorted((a, b) => a - b)).toEqual([1, 1, 3]);
  expect(await stage.counts(id)).toEqual({ accepted: 5, skipped: 3 });
});

test("planAudience · goes out by the IP pool that the content asks for", async () => {
  await stage.mailSender();
  const pooled = await stage.mailSender({ ip_pool_name: "pool-a" });
  const people = [await contact({}), await contact({})];
  const id = await campaign(people, { email: JSON.stringify({ ...EMAIL, ip_pool_name: "pool-a" }) });
  await plan(id);
  const { rows } = await sql<{ sender_id: string }>`
    select distinct sender_id from messages where campaign_id = ${id}`.execute(stage.db);
  expect(rows).toEqual([{ sender_id: pooled }]);
});

test("planAudience · marketing without a physical address fails with what to do, transactional goes", async () => {
  const keep = await stage.db
    .selectFrom("workspaces")
    .select("settings")
    .where("id", "=", stage.workspaceId)
    .executeTakeFirstOrThrow();
  await stage.db
    .updateTable("workspaces")
    .set({ settings: sql`settings || '{"email": {}}'` })
    .where("id", "=", stage.workspaceId)
    .execute();
  try {
    const person = await contact({});
    const marketing = await campaign([person]);
    await plan(marketing);
    expect(await findCampaign(stage.db, stage.workspaceId, marketing)).toMatchObject({
      state: "failed",
      state_reason: expect.stringContaining("physical address"),
    });
    const transactional = await campaign([person], { purpose: "transactional" });
    expect(await plan(transactional)).toEqual({ done: true, planned: 1 });
    const row = await findCampaign(stage.db, stage.workspaceId, marketing);
    const report = await preflight(stage.db, row as NonNullable<typeof row>, {
      addressKey: stage.deps.addressKey,
      sandboxed: true,
      now: await databaseNow(stage.db),
    });
    expect(report.would_send).toBe(1);
    expect(report.warnings[0]).toContain("physical address");
  } finally {
    await stage.db
      .updateTable("workspaces")
      .set({ settings: JSON.stringify(keep.settings) })
      .where("id", "=", stage.workspaceId)
      .execute();
  }
});

test("preflight · of e-mail counts as planning would, and forecasts by pool", async () => {
  const senderId = await stage.mailSender();
  const people = [await contact({}), await contact({ email: null })];
  const id = await campaign(people, { sender_ids: [senderId] });
  const row = await findCampaign(stage.db, stage.workspaceId, id);
  const report = await preflight(stage.db, row as NonNullable<typeof row>, {
    addressKey: stage.deps.addressKey,
    sandboxed: true,
    now: await databaseNow(stage.db),
  });
  expect(report).toMatchObject({ audience: 2, would_send: 1, skipped: { no_address: 1 }, senders: 1 });
  expect(report.by_sender).toMatchObject([{ sender_id: senderId, messages: 1 }]);
});
