import { serve } from "@hono/node-server";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { syncMailSuppressions } from "../activities/mailSuppressions.ts";
import { type Ask, type TestApi, testApi } from "../api/testing.ts";
import { unsubscribeToken } from "../domain/email/unsubscribeToken.ts";
import { ProviderHttp } from "../providers/http.ts";
import { sendGridProvider } from "../providers/sendgrid/client.ts";
import { sendGridSuppressions } from "../providers/sendgrid/suppressions.ts";
import { mailSender, type SentMail, sentMails } from "./mail.ts";
import { testSandbox } from "./sandbox.ts";

/** The sandbox as SendGrid: its own signature, its own order and doubles, its own lists. */
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
let api: TestApi;
let server: ReturnType<typeof serve>;
let base: string;
let on: { id: string; ask: Ask };
let senderId: string;
const http = new ProviderHttp({ connections: 4, timeoutMs: 5_000 });

const control = async (path: string, body?: unknown) => {
  const response = await fetch(`${sandbox.url}/_sandbox/${path}`, {
    ...(body !== undefined && {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  expect(response.status).toBeLessThan(300);
  const text = await response.text();
  return (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
};

beforeAll(async () => {
  sandbox = await testSandbox();
  const { accounts } = await control("mail");
  const [account] = accounts as { public_key: string }[];
  api = await testApi({ sendgridKeys: [account?.public_key ?? ""] });
  await new Promise<void>((listening) => {
    server = serve({ fetch: api.app.fetch, hostname: "127.0.0.1", port: 0 }, () => listening());
  });
  base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  await control("mail/webhook", { url: `${base}/webhooks/sendgrid/events` });
  on = await api.workspace();
  senderId = await mailSender(api.database.db, on.id);
});
afterAll(async () => {
  await http.close();
  await sandbox.close();
  await new Promise((closed) => server.close(closed));
  await api.close();
});

/** Sends one call with everybody in it, as the delivery does, and waits until SendGrid has nothing more to tell. */
async function send(addresses: readonly string[], state: "accepted" | "uncertain" = "accepted") {
  const mails = await sentMails(api.database.db, {
    workspaceId: on.id,
    senderId,
    count: addresses.length,
    addresses,
    state,
  });
  const sent = await sendGridProvider({ apiKey: sandbox.sendGridKey, baseUrl: sandbox.url }, http).send(
    {
      from: { email: "ventas@example.com", name: "Ventas" },
      replyTo: null,
      subject: "Hola",
      html: '<p><a href="https://shop.example/oferta">Oferta</a></p>',
      text: "Oferta: https://shop.example/oferta",
      attachments: [],
      categories: [],
      asmGroupId: null,
      ipPoolName: null,
      tracking: { opens: true, clicks: true },
      batch: null,
      people: mails.map((mail) => ({
        email: mail.address,
        values: {},
        headers: {
          "List-Unsubscribe": `<${base}/u/${unsubscribeToken(api.deps.linkKey, { workspaceId: on.id, messageId: mail.id })}>`,
          "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        customArgs: { workspace: on.id, message: mail.id, n: "1" },
      })),
    },
    performance.now() + 5_000,
  );
  expect(sent).toMatchObject({ kind: "accepted" });
  await vi.waitFor(async () => expect(await control("mail/ledger")).toMatchObject({ pending: 0 }), {
    timeout: 20_000,
    interval: 100,
  });
  return new Map(mails.map((mail) => [mail.address, mail]));
}

const of = (mails: Map<string, SentMail>, address: string) => mails.get(address) as SentMail;
const stateOf = async ({ id }: SentMail) =>
  (
    await api.database.db
      .selectFrom("messages")
      .select("state")
      .where("id", "=", id)
      .executeTakeFirstOrThrow()
  ).state;
const kindsOf = async ({ id }: SentMail) =>
  (
    await api.database.db
      .selectFrom("email_events")
      .select("kind")
      .where("message_id", "=", id)
      .orderBy("kind")
      .execute()
  ).map(({ kind }) => kind);
const suppressions = async () => {
  const { body } = await on.ask("GET /v1/suppressions?channel=email&limit=200");
  return Object.fromEntries(
    (body.data as { address: string; reason: string }[]).map(({ address, reason }) => [address, reason]),
  );
};

test("what SendGrid tells · signed, doubled and out of order, is what became of each", {
  timeout: 60_000,
}, async () => {
  await control("faults", { rates: { receipts_doubled: 0.3, receipts_disordered: 0.3 } });
  const tags = [
    "delivered",
    "open",
    "machine",
    "click",
    "bounce",
    "block",
    "spam",
    "oneclick",
    "unsubscribe",
    "defer",
  ];
  const mails = await send(tags.map((tag) => `ana+${tag}@example.com`));
  const at = (tag: string) => of(mails, `ana+${tag}@example.com`);
  const told = await Promise.all(
    tags.map(async (tag) => [tag, await stateOf(at(tag)), await kindsOf(at(tag))]),
  );
  expect(told).toEqual([
    ["delivered", "delivered", []],
    ["open", "read", ["opened"]],
    ["machine", "delivered", ["opened"]],
    ["click", "read", ["clicked", "opened"]],
    ["bounce", "undelivered", ["bounced"]],
    ["block", "undelivered", ["blocked"]],
    ["spam", "read", ["complained", "opened"]],
    ["oneclick", "read", ["opened", "unsubscribed"]],
    ["unsubscribe", "read", ["opened", "unsubscribed"]],
    ["defer", "read", ["deferred", "opened"]],
  ]);
  expect(await suppressions()).toEqual({
    "ana+bounce@example.com": "bounced",
    "ana+spam@example.com": "complaint",
    "ana+oneclick@example.com": "unsubscribed",
    "ana+unsubscribe@example.com": "opted_out",
  });
  const waiting = api.database.db.selectFrom("webhook_events").select("id").where("applied_at", "is", null);
  expect(await waiting.execute()).toEqual([]);
  await fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" });
});

test("a message in doubt · is proven by its events", { timeout: 60_000 }, async () => {
  const mails = await send(["luz+delivered@example.com"], "uncertain");
  expect(await stateOf(of(mails, "luz+delivered@example.com"))).toBe("delivered");
});

test("suppression lists · of SendGrid's own hold here, and ours hold there", {
  timeout: 60_000,
}, async () => {
  const created = Math.floor(Date.now() / 1_000) - 600;
  await control("mail/suppressions", [
    { list: "bounces", email: "gone@example.com", created },
    { list: "unsubscribes", email: "bye@example.com", created },
  ]);
  await on.ask("POST /v1/suppressions", { channel: "email", address: "ours@example.com", reason: "blocked" });
  await api.database.db
    .updateTable("suppressions")
    .set({ created_at: new Date(created * 1_000) })
    .where("address", "=", "ours@example.com")
    .execute();
  const report = await syncMailSuppressions({
    ...api.deps,
    db: api.database.db,
    suppressionListsOf: () =>
      Promise.resolve(sendGridSuppressions({ apiKey: sandbox.sendGridKey, baseUrl: sandbox.url }, http)),
  });
  expect(report).toMatchObject({ accounts: 1, failed: 0, written: 1 });
  expect(await suppressions()).toMatchObject({
    "gone@example.com": "bounced",
    "bye@example.com": "opted_out",
    "ours@example.com": "blocked",
  });
  const there = await fetch(`${sandbox.url}/v3/asm/suppressions/global/ours@example.com`, {
    headers: { authorization: `Bearer ${sandbox.sendGridKey}` },
  });
  expect(await there.json()).toEqual({ recipient_email: "ours@example.com" });
});
