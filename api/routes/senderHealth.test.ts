import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DomainRecords } from "../../domain/email/authentication.ts";
import { mailSender } from "../../test/mail.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let on: { id: string; ask: Ask };
let senderId: string;
const zone = new Map<string, DomainRecords>();

beforeAll(async () => {
  api = await testApi({
    recordsOf: (domain) =>
      Promise.resolve(
        zone.get(domain) ?? { domain, txt: null, dkim: [{ selector: "s1", txt: null }], dmarc: null },
      ),
  });
  on = await api.workspace();
  senderId = await mailSender(api.database.db, on.id, "ventas@mail.example.com");
});
afterAll(() => api.close());

test("health · shows the figures of now by window and receiving domain, and how it was judged last", async () => {
  const path = `GET /v1/senders/${senderId}/health`;
  expect((await on.ask(path)).body).toMatchObject({
    level: "ok",
    judged_at: null,
    windows: [],
    findings: [],
  });
  await api.database.db
    .insertInto("email_domain_counts")
    .values({
      workspace_id: on.id,
      sender_id: senderId,
      domain: "gmail.com",
      hour: sql<Date>`date_trunc('hour', now() - interval '30 hours')`,
      processed: 200,
      delivered: 195,
      bounced: 5,
      complained: 1,
    })
    .execute();
  const { body } = await on.ask(path);
  const week = { hours: 168, delivered: 195, complaint_rate: 0.51, bounce_rate: 2.5, deferral_rate: 0 };
  expect(body.windows).toMatchObject([
    { ...week, domain: null },
    { ...week, domain: "gmail.com" },
  ]);
});

test("domain · shows the three checks, the worst first in the verdict", async () => {
  const path = `GET /v1/senders/${senderId}/domain`;
  expect((await on.ask(path)).body).toMatchObject({ domain: "mail.example.com", verdict: "unknown" });
  zone.set("mail.example.com", {
    domain: "mail.example.com",
    txt: ["v=spf1 include:sendgrid.net ~all"],
    dkim: [{ selector: "s1", txt: ["p=MIG"] }],
    dmarc: [],
  });
  const { body } = await on.ask(path);
  expect(body).toMatchObject({ verdict: "fail" });
  expect(body.checks.map(({ verdict }: { verdict: string }) => verdict)).toEqual(["pass", "pass", "fail"]);
});

test("health and domain · are of e-mail alone", async () => {
  const phone = await on.ask("POST /v1/senders", { channel: "sms", address: "+573105550100" });
  for (const what of ["health", "domain"])
    expect((await on.ask(`GET /v1/senders/${phone.body.id}/${what}`)).status).toBe(409);
});

test("preflight and start · warn of senders that hold new campaigns, of what their domain lacks, and of the mail", async () => {
  await api.database.db
    .insertInto("email_sender_health")
    .values({ sender_id: senderId, workspace_id: on.id, level: "slow", holds_since: new Date() })
    .execute();
  await on.ask("PATCH /v1/workspace", { settings: { email: { physical_address: "Calle 1 # 2-3, Cali" } } });
  const warned = expect.arrayContaining([
    expect.stringMatching(/^ventas@mail\.example\.com: more than 0\.1 %/),
    expect.stringMatching(/^mail\.example\.com, DMARC: There is no DMARC record/),
    "Links that lead nowhere: 1; the preview lists them.",
  ]);
  const { body: list } = await on.ask("POST /v1/contact-lists", { name: "Todos" });
  const mail = {
    name: "Mail",
    email: { subject: "Hola", html: '<p>Hola <a href="#">planos</a></p>' },
    list_ids: [list.id],
  };
  const { body: campaign } = await on.ask("POST /v1/email/campaigns", mail);
  expect(campaign.warnings).toEqual([]);
  const path = `/v1/campaigns/${campaign.id}`;
  const preflight = await on.ask(`POST ${path}/preflight`);
  expect(preflight).toMatchObject({ status: 200, body: { warnings: warned } });
  const sent = await on.ask(`POST /v1/email/campaigns/${campaign.id}/send`, {});
  expect(sent).toMatchObject({ status: 200, body: { status: "sending", warnings: warned } });
  const atOnce = await on.ask("POST /v1/campaigns", { ...mail, channel: "email", start: true });
  expect(atOnce).toMatchObject({ status: 201, body: { state: "running", warnings: warned } });
  const draft = await on.ask("POST /v1/campaigns", { ...mail, channel: "email" });
  const started = await on.ask(`POST /v1/campaigns/${draft.body.id}/start`, {});
  expect(started).toMatchObject({ status: 200, body: { state: "running", warnings: warned } });

  await api.database.db
    .insertInto("campaign_senders")
    .values({ campaign_id: campaign.id, sender_id: senderId, workspace_id: on.id })
    .execute();
  const hindered = [{ sender_id: senderId, effect: "waits", why: expect.stringContaining("complained") }];
  expect((await on.ask(`GET ${path}`)).body.progress.hindered_senders).toMatchObject(hindered);
  const { body: figures } = await on.ask(`GET /v1/email/campaigns/${campaign.id}/analytics`);
  expect(figures.hindered_senders).toMatchObject(hindered);
});

test("start · warns of nothing on other channels, and of a sequence names the step", async () => {
  await on.ask("POST /v1/senders", { channel: "sms", address: "+573105550101" });
  const { body: list } = await on.ask("POST /v1/contact-lists", { name: "Algunos" });
  const text = { name: "SMS", channel: "sms", message_template: "Hola", list_ids: [list.id], start: true };
  expect(await on.ask("POST /v1/campaigns", text)).toMatchObject({ status: 201, body: { warnings: [] } });
  const { body: template } = await on.ask("POST /v1/templates", {
    channel: "email",
    name: "Segunda",
    language: "es",
    email: { subject: "Hola", html: '<p>Hola <a href="#">planos</a></p>' },
  });
  const drip = await on.ask("POST /v1/campaigns", {
    name: "Secuencia",
    type: "drip",
    channel: "sms",
    list_ids: [list.id],
    sequence: {
      steps: [
        { delay_hours: 0, message: "Hola" },
        { delay_hours: 24, channel: "email", template_id: template.id },
      ],
    },
    start: true,
  });
  expect(drip.body.warnings).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^mail\.example\.com, DMARC/),
      "Step 2: Links that lead nowhere: 1; the preview lists them.",
    ]),
  );
});
