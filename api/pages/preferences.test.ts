import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { unsubscribeToken } from "../../domain/email/unsubscribeToken.ts";
import { mailSender, type SentMail, sentMails } from "../../test/mail.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let on: { id: string; ask: Ask };
let senderId: string;
const topics: Record<"news" | "offers", string> = { news: "", offers: "" };

beforeAll(async () => {
  api = await testApi();
  on = await api.workspace({ name: "Altos <Café>" });
  senderId = await mailSender(api.database.db, on.id);
  const news = { name: "Novedades", translations: { en: { name: "News & more" } }, asm_group_id: 11 };
  topics.news = (await on.ask("POST /v1/email/topics", news)).body.id;
  topics.offers = (await on.ask("POST /v1/email/topics", { name: "Ofertas", position: 1 })).body.id;
});
afterAll(() => api.close());

async function mail(
  more: { campaignId?: string; domain?: string } = {},
): Promise<SentMail & { url: string }> {
  const [one] = await sentMails(api.database.db, { workspaceId: on.id, senderId, count: 1, ...more });
  const sent = one as SentMail;
  const token = unsubscribeToken(api.deps.linkKey, { workspaceId: on.id, messageId: sent.id });
  return { ...sent, url: `/u/${token}` };
}
const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await api.app.request(url, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const post = (url: string, form: [string, string][]) =>
  api.app.request(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
const oneClick = (url: string) => post(url, [["List-Unsubscribe", "One-Click"]]);
const suppressions = async ({ address }: SentMail) => {
  const { body } = await on.ask("GET /v1/suppressions?channel=email&limit=200");
  return (body.data as { address: string; reason: string; source: string }[])
    .filter((one) => one.address === address)
    .map(({ reason, source }) => ({ reason, source }));
};
const consents = async ({ contact_id }: SentMail) =>
  (await on.ask(`GET /v1/contacts/${contact_id}/consents`)).body.data as Record<string, unknown>[];
const preferences = ({ contact_id }: SentMail) =>
  api.database.db
    .selectFrom("email_preferences")
    .select(["declined", "max_per_week", "language"])
    .where("contact_id", "=", contact_id)
    .executeTakeFirst();
async function queued(of: SentMail, fields: Record<string, unknown>): Promise<() => Promise<unknown>> {
  const { id } = await api.database.db
    .insertInto("messages")
    .values({
      workspace_id: on.id,
      contact_id: of.contact_id,
      sender_id: senderId,
      direction: "out",
      channel: "email",
      state: "queued",
      due_at: new Date(),
      address: of.address,
      ...fields,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const row = api.database.db.selectFrom("messages").select(["state", "reason"]).where("id", "=", id);
  return () => row.executeTakeFirstOrThrow();
}

test("one click · unsubscribes at once, without cookies, and is recorded with its evidence, once", async () => {
  const one = await mail({ domain: "oneclick.example" });
  const marketing = await queued(one, { purpose: "marketing" });
  const code = await queued(one, { purpose: "transactional" });
  for (let n = 0; n < 3; n++) {
    const response = await oneClick(one.url);
    expect(response.status).toBe(200);
    expect(response.headers.get("set-cookie")).toBeNull();
  }
  expect(await marketing()).toEqual({ state: "cancelled", reason: "opted_out" });
  expect(await code()).toEqual({ state: "queued", reason: null });
  expect(await suppressions(one)).toEqual([{ reason: "unsubscribed", source: "unsubscribe_link" }]);
  expect(await consents(one)).toMatchObject([
    {
      channel: "email",
      state: "opted_out",
      purpose: "marketing",
      source: "unsubscribe_link",
      method: "one_click",
      evidence: { message_id: one.id },
    },
  ]);
  const events = api.database.db.selectFrom("email_events").select(["kind", "reason"]);
  expect(await events.where("message_id", "=", one.id).execute()).toEqual([
    { kind: "unsubscribed", reason: "one_click" },
  ]);
  const counts = api.database.db.selectFrom("email_domain_counts").select("unsubscribed");
  expect(await counts.where("domain", "=", "oneclick.example").execute()).toEqual([{ unsubscribed: 1 }]);
});

test("one click · takes the form as multipart too, as some providers post it", async () => {
  const one = await mail();
  const body = new FormData();
  body.set("List-Unsubscribe", "One-Click");
  expect((await api.app.request(one.url, { method: "POST", body })).status).toBe(200);
  expect(await suppressions(one)).toHaveLength(1);
});

test("following the link · changes nothing, and is neither kept, nor framed, nor told to others", async () => {
  const one = await mail();
  const { status, headers, text } = await get(one.url);
  expect(status).toBe(200);
  expect((await api.app.request(one.url, { method: "HEAD" })).status).toBe(200);
  expect(await suppressions(one)).toEqual([]);
  expect(await consents(one)).toEqual([]);
  expect(headers.get("content-security-policy")).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
  );
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(text).not.toContain("<script");
  expect(text).not.toContain(one.address);
  expect(text).toContain("Altos &lt;Café&gt;");
});

test.each([
  ["?lang=pt", {}, '<html lang="pt">', "Seus e-mails de"],
  ["", { "accept-language": "en-US,en;q=0.9" }, '<html lang="en">', "News &amp; more"],
  ["", { "accept-language": "de" }, '<html lang="es">', "Novedades"],
])("the page · is in the language that is asked for: %s %j", async (query, headers, tag, words) => {
  const one = await mail();
  const { text } = await get(one.url + query, headers as Record<string, string>);
  expect(text).toContain(tag);
  expect(text).toContain(words);
});

test("saving · keeps topics, frequency and language, and cancels what is queued of a declined topic", async () => {
  const one = await mail();
  const content = await api.database.db
    .insertInto("email_contents")
    .values({
      workspace_id: on.id,
      campaign_id: randomUUID(),
      language: "es",
      fingerprint: Buffer.from("x"),
      subject: "Ofertas",
      html: "<p>",
      text: "",
      envelope: JSON.stringify({ topic_id: topics.offers }),
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const offer = await queued(one, { content_sid: content.id });
  const other = await queued(one, {});
  const response = await post(one.url, [
    ["shown", topics.news],
    ["shown", topics.offers],
    ["topic", topics.news],
    ["max_per_week", "2"],
    ["language", "pt"],
    ["action", "save"],
  ]);
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe(`${one.url}?done=saved&lang=pt`);
  expect(await preferences(one)).toEqual({ declined: [topics.offers], max_per_week: 2, language: "pt" });
  expect(await offer()).toEqual({ state: "cancelled", reason: "topic_declined" });
  expect(await other()).toEqual({ state: "queued", reason: null });
  const { text } = await get(`${one.url}?done=saved`);
  expect(text).toContain('<html lang="pt">');
  expect(text).toContain("Suas preferências foram salvas");
  const unticked = new RegExp(`value="${topics.offers}" +>`);
  expect(text).toMatch(unticked);
  expect(text).toMatch(new RegExp(`value="${topics.news}" checked>`));
});

test("all off, and undo · on the page, with both on the record", async () => {
  const one = await mail();
  expect((await post(one.url, [["action", "stop"]])).status).toBe(303);
  const { text } = await get(`${one.url}?done=stopped&lang=en`);
  expect(text).toContain("You are unsubscribed");
  expect(text).not.toContain('name="topic"');
  expect(await suppressions(one)).toHaveLength(1);
  expect((await post(one.url, [["action", "resume"]])).status).toBe(303);
  expect(await suppressions(one)).toEqual([]);
  expect((await consents(one)).map(({ state, method }) => [state, method])).toEqual([
    ["opted_in", "preference_page"],
    ["opted_out", "preference_page"],
  ]);
});

test("a topic that was declined · is a reason to be skipped", async () => {
  const one = await mail();
  await on.ask(`POST /v1/contacts/${one.contact_id}/consents`, {
    channel: "email",
    state: "opted_in",
    source: "form",
    method: "web",
  });
  await post(one.url, [
    ["shown", topics.offers],
    ["action", "save"],
  ]);
  await on.ask("PATCH /v1/workspace", { settings: { email: { physical_address: "Calle 1 # 2-3, Cali" } } });
  const about = async (topicId: string) => {
    const created = await on.ask("POST /v1/campaigns", {
      name: "Mail",
      channel: "email",
      email: { subject: "Hola", html: "<p>Hola</p>", topic_id: topicId },
      contact_ids: [one.contact_id],
    });
    expect(created).toMatchObject({ status: 201 });
    const { id } = created.body;
    const { body } = await on.ask(`POST /v1/campaigns/${id}/preflight`);
    return { would_send: body.would_send, skipped: body.skipped };
  };
  expect(await about(topics.offers)).toEqual({ would_send: 0, skipped: { topic_declined: 1 } });
  expect(await about(topics.news)).toEqual({ would_send: 1, skipped: {} });
});

test("what holds back every message · takes the place of an unsubscription, and not the other way", async () => {
  const one = await mail();
  await oneClick(one.url);
  const suppress = { channel: "email", address: one.address };
  await on.ask("POST /v1/suppressions", { ...suppress, reason: "bounced" });
  expect(await suppressions(one)).toMatchObject([{ reason: "bounced" }]);
  await oneClick(one.url);
  expect(await suppressions(one)).toMatchObject([{ reason: "bounced" }]);
});

test("an unsubscription · is the person's own word: it is not lifted without evidence", async () => {
  const one = await mail();
  await oneClick(one.url);
  const { body } = await on.ask("GET /v1/suppressions?channel=email&reason=unsubscribed&limit=200");
  const { id } =
    (body.data as { id: string; address: string }[]).find((row) => row.address === one.address) ?? {};
  expect((await on.ask(`DELETE /v1/suppressions/${id}`)).status).toBe(409);
});

test("undo · does not lift what is no word of theirs", async () => {
  const one = await mail();
  await on.ask("POST /v1/suppressions", { channel: "email", address: one.address, reason: "blocked" });
  expect((await get(`${one.url}?lang=en`)).text).toContain("does not write to this address any more");
  await post(one.url, [["action", "resume"]]);
  expect(await suppressions(one)).toMatchObject([{ reason: "blocked" }]);
});

test("a link · that was not made here, or whose person is erased, is gone", async () => {
  const one = await mail();
  const forged = unsubscribeToken(Buffer.alloc(32), { workspaceId: on.id, messageId: one.id });
  const strange = unsubscribeToken(api.deps.linkKey, { workspaceId: on.id, messageId: randomUUID() });
  for (const token of [forged, strange, "x"]) {
    expect(await get(`/u/${token}?lang=en`)).toMatchObject({ status: 404 });
    expect((await oneClick(`/u/${token}`)).status).toBe(404);
  }
  expect((await post(one.url, [["action", "anything"]])).status).toBe(422);
  expect((await api.app.request(one.url, { method: "DELETE" })).status).toBe(405);
});
