import { serve } from "@hono/node-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ask, type TestApi, testApi } from "../api/testing.ts";
import { mailSender, sentMails } from "./mail.ts";
import { testSandbox } from "./sandbox.ts";

/** The sandbox as SendGrid's Inbound Parse, posting to the API as the workspace was told. */
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
let api: TestApi;
let server: ReturnType<typeof serve>;
let base: string;
let on: { id: string; ask: Ask };
let senderId: string;
let path: string;
let serial = 0;

beforeAll(async () => {
  sandbox = await testSandbox();
  api = await testApi();
  await new Promise<void>((listening) => {
    server = serve({ fetch: api.app.fetch, hostname: "127.0.0.1", port: 0 }, () => listening());
  });
  base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  on = await api.workspace();
  senderId = await mailSender(api.database.db, on.id);
  path = new URL((await on.ask("GET /v1/email/inbound")).body.url).pathname;
  await control("mail/webhook", { inbound_url: base + path });
});
afterAll(async () => {
  await sandbox.close();
  await new Promise((closed) => server.close(closed));
  await api.close();
});

async function control(route: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${sandbox.url}/_sandbox/${route}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as Record<string, unknown>;
}

const someone = () => `persona${serial++}@example.com`;
async function writes(mail: Record<string, unknown>): Promise<void> {
  const answer = await control("mail/inbound", { to: "ventas@example.com", subject: "Re: Casas", ...mail });
  expect(answer).toMatchObject({ acknowledged: true });
}
async function threadsOf(address: string) {
  const { body } = await on.ask("GET /v1/conversations?channel=email&limit=200");
  const all = body.data as {
    id: string;
    address: string;
    contact_id: string;
    state: string;
    sender_id: string;
  }[];
  return all.filter((one) => one.address === address);
}
async function messagesOf(address: string) {
  const [thread] = await threadsOf(address);
  return (await on.ask(`GET /v1/conversations/${thread?.id}/messages`)).body.data;
}
async function suppressed(address: string): Promise<string | undefined> {
  const { body } = await on.ask("GET /v1/suppressions?channel=email&limit=200");
  return (body.data as { address: string; reason: string }[]).find((one) => one.address === address)?.reason;
}
const rowOf = (id: string | undefined) =>
  api.database.db
    .selectFrom("messages")
    .selectAll()
    .where("id", "=", id ?? "")
    .executeTakeFirstOrThrow();

test("a mail from a stranger · makes a contact and a conversation that waits for an answer", async () => {
  const address = someone();
  const attachments = [{ filename: "plano.pdf", type: "application/pdf", base64: "aG9sYQ==" }];
  await writes({
    from: `Ana Díaz <${address.toUpperCase()}>`,
    subject: "Casas",
    text: "¿Cuánto cuesta la mañana?",
    charsets: { text: "iso-8859-1" },
    attachments,
  });
  const [thread, ...others] = await threadsOf(address);
  expect(others).toEqual([]);
  expect(thread).toMatchObject({
    channel: "email",
    contact_name: "Ana Díaz",
    sender_id: senderId,
    state: "open",
  });
  const [message] = await messagesOf(address);
  expect(message).toMatchObject({
    direction: "in",
    body: "¿Cuánto cuesta la mañana?",
    answer: "Received.",
    media: [],
  });
  expect(message.parts_in.mail).toMatchObject({
    subject: "Casas",
    attachments: [{ name: "plano.pdf", type: "application/pdf", bytes: 4 }],
    spf: "pass",
    dkim: "{@EXAMPLE.COM : pass}",
  });
  const wakes = await api.database.db
    .selectFrom("temporal_outbox")
    .select("workflow_id")
    .where("workflow_id", "like", `%${thread?.id}`)
    .execute();
  expect(wakes).toHaveLength(1);
});

test("a mail that is posted twice · is one message", async () => {
  const address = someone();
  await control("faults", { rates: { inbound_doubled: 1 } });
  await writes({ from: address, text: "Hola" });
  await fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" });
  await writes({ from: address, text: "Hola otra vez" });
  expect((await messagesOf(address)).map((one: { body: string }) => one.body)).toEqual([
    "Hola otra vez",
    "Hola",
  ]);
});

test("a reply · goes on in its thread, without what it quotes, and counts for the campaign that it names", async () => {
  const [older, newer] = [await sentTo("x-older"), await sentTo("x-newer")];
  const address = older.address;
  await api.database.db
    .updateTable("messages")
    .set({ address, contact_id: older.contact_id })
    .where("id", "=", newer.id)
    .execute();
  await writes({
    from: address,
    to: "otra@example.com",
    headers: { "In-Reply-To": "<x-older.recvd-1-2.0@geopod-ismtpd>" },
    text: "Sí, me interesa\r\n\r\nEl vie, 27 nov, ventas@example.com escribió:\r\n> Para darte de baja responde BAJA",
  });
  expect(await threadsOf(address)).toMatchObject([{ contact_id: older.contact_id, sender_id: senderId }]);
  expect((await messagesOf(address))[0]).toMatchObject({ body: "Sí, me interesa" });
  expect((await rowOf(older.id)).replied_at).not.toBeNull();
  expect((await rowOf(newer.id)).replied_at).toBeNull();
  expect(await suppressed(address)).toBeUndefined();
  await writes({ from: address, text: "¿Sigue disponible?" });
  expect(await threadsOf(address)).toHaveLength(1);
  expect((await rowOf(newer.id)).replied_at).not.toBeNull();
});

/** A campaign's mail, as it stands when SendGrid has taken its call under this id. */
async function sentTo(providerId: string) {
  const { db } = api.database;
  const { id: campaignId } = await db
    .insertInto("campaigns")
    .values({ workspace_id: on.id, name: providerId, channel: "email", state: "running" })
    .returning("id")
    .executeTakeFirstOrThrow();
  const [mail] = await sentMails(db, { workspaceId: on.id, senderId, count: 1, campaignId });
  if (mail === undefined) throw new Error("Nothing was sent");
  const { id: contentId } = await db
    .insertInto("email_contents")
    .values({
      workspace_id: on.id,
      campaign_id: campaignId,
      language: "es",
      fingerprint: Buffer.from(providerId),
      subject: "Casas",
      html: "Casas",
      text: "Casas",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  const call = await db
    .insertInto("email_calls")
    .values({
      workspace_id: on.id,
      sender_id: senderId,
      content_id: contentId,
      rows: 1,
      outcome: "accepted",
      x_message_id: providerId,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await db.updateTable("attempts").set({ call_id: call.id }).where("message_id", "=", mail.id).execute();
  return mail;
}

test("an absence note · is kept, waits for nothing, and is no reply", async () => {
  const sent = await sentTo("x-absent");
  await writes({
    from: sent.address,
    headers: { "Auto-Submitted": "auto-replied", "In-Reply-To": "<x-absent@geopod>" },
    text: "Estoy de vacaciones. Para no recibir más correos, dese de baja.",
  });
  expect(await threadsOf(sent.address)).toMatchObject([
    { state: "pending", awaiting_since: null, last_inbound_at: null },
  ]);
  expect((await messagesOf(sent.address))[0]).toMatchObject({
    reason: "automatic",
    answer: "Received from a program: an absence note or a receipt.",
  });
  expect((await rowOf(sent.id)).replied_at).toBeNull();
  expect(await suppressed(sent.address)).toBeUndefined();
});

test.each([
  { subject: "Unsubscribe", text: "" },
  { subject: "Cancelar suscripción", text: "Gracias" },
  { subject: "Re: Casas", text: "BAJA" },
])("$subject / $text · opts out of e-mail in the same transaction", async (said) => {
  const sent = await sentTo(`x-${said.subject}`);
  const waiting = await api.database.db
    .insertInto("messages")
    .values({
      workspace_id: on.id,
      contact_id: sent.contact_id,
      sender_id: senderId,
      direction: "out",
      channel: "email",
      state: "queued",
      due_at: new Date(),
      address: sent.address,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await writes({ from: sent.address, ...said });
  expect(await suppressed(sent.address)).toBe("opted_out");
  expect(await rowOf(waiting.id)).toMatchObject({ state: "cancelled", due_at: null });
  expect(await threadsOf(sent.address)).toMatchObject([{ awaiting_since: null }]);
});

test("mail to an address that is nobody's here · waits as an event, and makes nobody", async () => {
  const address = someone();
  await writes({ from: address, to: "nadie@example.com", text: "Hola" });
  expect(await threadsOf(address)).toEqual([]);
  const events = api.database.db.selectFrom("webhook_events").select(["last_error", "applied_at"]);
  expect(await events.where("last_error", "=", "unknown_sender").execute()).toEqual([
    { last_error: "unknown_sender", applied_at: null },
  ]);
});

test("what did not come from Inbound Parse · is refused", async () => {
  const form = new FormData();
  form.set("from", someone());
  const post = (to: string, body: FormData | string = form) => api.app.request(to, { method: "POST", body });
  const strange = path.slice(0, -3) + (path.endsWith("AAA") ? "BBB" : "AAA");
  expect((await post(strange)).status).toBe(403);
  expect((await post("/webhooks/sendgrid/inbound/x")).status).toBe(403);
  expect((await post(path, "raw")).status).toBe(415);
  expect((await post(path)).status).toBe(200);
});
