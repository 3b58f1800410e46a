import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sealCredentials } from "../../db/providerAccounts.ts";
import { mailEvent, mailSender, mailSigner, type SentMail, sentMails } from "../../test/mail.ts";
import { type TestApi, testApi } from "../testing.ts";

const PATH = "/webhooks/sendgrid/events";
const environment = mailSigner();
let api: TestApi;
let on: { id: string };
let senderId: string;

beforeAll(async () => {
  api = await testApi({ sendgridKeys: [mailSigner().publicKey, environment.publicKey] });
  on = await api.workspace();
  senderId = await mailSender(api.database.db, on.id);
});
afterAll(() => api.close());

async function post(
  events: unknown,
  { signer = environment, query = "", at }: { signer?: typeof environment; query?: string; at?: string } = {},
) {
  const body = JSON.stringify(events);
  const response = await api.app.request(PATH + query, {
    method: "POST",
    headers: signer.sign(body, at),
    body,
  });
  return response.status;
}

const event = (mail: SentMail, name: string, fields?: Record<string, unknown>) =>
  mailEvent(on.id, mail, name, fields);

async function mail(more: Partial<Parameters<typeof sentMails>[1]> = {}): Promise<SentMail> {
  const [one] = await sentMails(api.database.db, { workspaceId: on.id, senderId, count: 1, ...more });
  return one as SentMail;
}
const messageOf = ({ id }: { id: string }) =>
  api.database.db.selectFrom("messages").selectAll().where("id", "=", id).executeTakeFirstOrThrow();

test("an event · of a workspace that another installation has is not ours to keep", async () => {
  const one = await mail();
  const elsewhere = event(one, "delivered", { workspace: randomUUID() });
  expect(await post([elsewhere, event(one, "delivered")])).toBe(200);
  expect(await messageOf(one)).toMatchObject({ state: "delivered" });
  const kept = api.database.db.selectFrom("webhook_events").select("id");
  expect(await kept.where("dedupe_key", "=", elsewhere.sg_event_id).execute()).toEqual([]);
});

test("a signature · of another key, another body or another day is refused and leaves nothing", async () => {
  const one = await mail();
  const events = [event(one, "delivered")];
  expect(await post(events, { signer: mailSigner() })).toBe(403);
  expect(await post(events, { at: String(Math.floor(Date.now() / 1_000) - 27 * 3_600) })).toBe(403);
  expect(await post(events, { at: String(Math.floor(Date.now() / 1_000) + 600) })).toBe(403);
  const headers = environment.sign(JSON.stringify(events));
  const changed = JSON.stringify([{ ...events[0], event: "open" }]);
  expect((await api.app.request(PATH, { method: "POST", headers, body: changed })).status).toBe(403);
  expect((await api.app.request(PATH, { method: "POST", body: changed })).status).toBe(403);
  expect(await messageOf(one)).toMatchObject({ state: "accepted" });
});

test("a body · that is no list, or larger than SendGrid's, is refused", async () => {
  expect(await post({ event: "open" })).toBe(422);
  const headers = environment.sign("[");
  expect((await api.app.request(PATH, { method: "POST", headers, body: "[" })).status).toBe(422);
  expect(await post(["x".repeat(1024 * 1024)])).toBe(413);
});

test("a workspace's own account · signs for its own events alone", async () => {
  const own = mailSigner();
  const account = { provider: "sendgrid", account_sid: "SG.own" };
  const credentials = { api_key: "SG.x", webhook_public_keys: [own.publicKey] };
  const theirs = await api.workspace();
  await api.database.db
    .insertInto("provider_accounts")
    .values({
      workspace_id: theirs.id,
      name: "SendGrid",
      ...account,
      sealed_credentials: sealCredentials(api.deps.sealingKey, account, credentials, randomBytes(12)),
    })
    .execute();
  const theirSender = await mailSender(api.database.db, theirs.id, "hola@theirs.example");
  const their = await mail({ workspaceId: theirs.id, senderId: theirSender });
  const mine = await mail();
  const query = `?workspace=${theirs.id}`;
  const events = [event(their, "delivered", { workspace: theirs.id }), event(mine, "delivered")];
  expect(await post(events, { signer: own })).toBe(403);
  expect(await post(events, { signer: own, query })).toBe(200);
  expect(await messageOf(their)).toMatchObject({ state: "delivered" });
  expect(await messageOf(mine)).toMatchObject({ state: "accepted" });
});
