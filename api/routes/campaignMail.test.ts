import { afterAll, beforeAll, expect, test } from "vitest";
import { mailEvent, mailSender, mailSigner, type SentMail, sentMails } from "../../test/mail.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

const signer = mailSigner();
let api: TestApi;
let on: { id: string; ask: Ask };
let campaignId: string;
let gmail: SentMail[];
let outlook: SentMail[];

beforeAll(async () => {
  api = await testApi({ sendgridKeys: [signer.publicKey] });
  on = await api.workspace();
  const { db } = api.database;
  const senderId = await mailSender(db, on.id);
  ({ id: campaignId } = await db
    .insertInto("campaigns")
    .values({
      workspace_id: on.id,
      name: "Mail",
      channel: "email",
      message_template: "Hola",
      state: "running",
    })
    .returning("id")
    .executeTakeFirstOrThrow());
  const of = { workspaceId: on.id, senderId, campaignId };
  gmail = await sentMails(db, { ...of, count: 3 });
  outlook = await sentMails(db, { ...of, count: 1, domain: "outlook.com" });
  const [a, b, c] = gmail as [SentMail, SentMail, SentMail];
  const click = (url: string) => ({ url, useragent: "Mozilla/5.0 (iPhone) Mobile" });
  await post([
    ...gmail.map((mail) => event(mail, "delivered")),
    event(a, "open"),
    event(a, "click", click("https://example.com/a")),
    event(a, "click", click("https://example.com/a")),
    event(b, "click", click("https://example.com/a")),
    event(b, "click", click("https://example.com/b")),
    event(c, "open", { sg_machine_open: true }),
    event(c, "spamreport"),
    event(outlook[0] as SentMail, "bounce", { type: "blocked", status: "5.7.1" }),
  ]);
});
afterAll(() => api.close());

const event = (mail: SentMail, name: string, fields?: Record<string, unknown>) =>
  mailEvent(on.id, mail, name, fields);

async function post(events: unknown[]): Promise<void> {
  const body = JSON.stringify(events);
  const headers = signer.sign(body);
  const { status } = await api.app.request("/webhooks/sendgrid/events", { method: "POST", headers, body });
  expect(status).toBe(200);
}

test("links · with clicks and people, the most clicked first", async () => {
  const { body } = await on.ask(`GET /v1/campaigns/${campaignId}/links`);
  expect(body.data).toMatchObject([
    { url: "https://example.com/a", clicks: 3, people: 2 },
    { url: "https://example.com/b", clicks: 1, people: 1 },
  ]);
});

test("domains · count people once, and opens of people alone", async () => {
  const { body } = await on.ask(`GET /v1/campaigns/${campaignId}/domains`);
  const none = { delivered: 0, opened: 0, clicked: 0, complained: 0, unsubscribed: 0 };
  expect(body.data).toEqual([
    {
      domain: "gmail.com",
      sent: 3,
      delivered: 3,
      opened: 1,
      clicked: 2,
      bounced: 0,
      complained: 1,
      unsubscribed: 0,
    },
    { ...none, domain: "outlook.com", sent: 1, bounced: 1 },
  ]);
});

test("events · of each recipient, by kind and person, page by page", async () => {
  const path = `/v1/campaigns/${campaignId}/events`;
  const { body: bounces } = await on.ask(`GET ${path}?kind=blocked`);
  expect(bounces.data).toMatchObject([
    { contact_id: outlook[0]?.contact_id, reason: "5.7.1", receiving_domain: "outlook.com", url: null },
  ]);
  const { body: theirs } = await on.ask(`GET ${path}?contact_id=${gmail[1]?.contact_id}&limit=1`);
  expect(theirs.data).toMatchObject([{ kind: "clicked", client_class: "mobile" }]);
  const { body: rest } = await on.ask(
    `GET ${path}?contact_id=${gmail[1]?.contact_id}&limit=1&cursor=${theirs.next_cursor}`,
  );
  expect(rest.data).toHaveLength(1);
  expect(rest.next_cursor).toBeNull();
  expect((await on.ask(`GET ${path}?kind=delivered`)).status).toBe(400);
});

test("analytics · count each recipient once, machines apart, and give null where nothing could be", async () => {
  const { body } = await on.ask(`GET /v1/email/campaigns/${campaignId}/analytics`);
  expect(body).toMatchObject({
    campaign_name: "Mail",
    status: "sending",
    total_recipients: 4,
    total_sent: 4,
    total_delivered: 3,
    total_opened: 1,
    total_machine_opened: 1,
    total_clicked: 2,
    total_bounced: 1,
    total_complained: 1,
    opens: 1,
    clicks: 4,
    delivery_rate: 75,
    open_rate: 33.3,
    click_rate: 66.7,
    bounce_rate: 25,
  });
  const { body: empty } = await on.ask("POST /v1/email/campaigns", {
    name: "Vacío",
    email: { subject: "x", html: "<p>x</p>" },
  });
  expect((await on.ask(`GET /v1/email/campaigns/${empty.id}/analytics`)).body).toMatchObject({
    status: "draft",
    total_sent: 0,
    delivery_rate: null,
    open_rate: null,
  });
});

test("events as CSV · are all of them, or all of a kind", async () => {
  const lines = async (query: string) => {
    const { body } = await on.ask(`GET /v1/campaigns/${campaignId}/events/export${query}`);
    return (body as string).replace("\uFEFF", "").trim().split("\n");
  };
  const all = await lines("");
  expect(all[0]).toBe(
    "contact_id,message_id,kind,at,machine,reason,url,client_class,country,receiving_domain",
  );
  expect(all).toHaveLength(1 + 8);
  const clicks = await lines("?kind=clicked");
  expect(clicks).toHaveLength(1 + 4);
  expect(clicks[1]).toMatch(/,clicked,\d{4}-.*,false,,https:\/\/example\.com\/[ab],mobile,,gmail\.com$/);
});
