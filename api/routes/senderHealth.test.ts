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

test("preflight · warns of what its senders' domain lacks, and of senders that hold new campaigns", async () => {
  await api.database.db
    .insertInto("email_sender_health")
    .values({ sender_id: senderId, workspace_id: on.id, level: "slow", holds_since: new Date() })
    .execute();
  await on.ask("PATCH /v1/workspace", { settings: { email: { physical_address: "Calle 1 # 2-3, Cali" } } });
  const created = await on.ask("POST /v1/campaigns", {
    name: "Mail",
    channel: "email",
    email: { subject: "Hola", html: "<p>Hola</p>" },
  });
  const { id } = created.body;
  const { body, status } = await on.ask(`POST /v1/campaigns/${id}/preflight`);
  expect(status).toBe(200);
  expect(body.warnings).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^ventas@mail\.example\.com: more than 0\.1 %/),
      expect.stringMatching(/^mail\.example\.com, DMARC: There is no DMARC record/),
    ]),
  );
});
