import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RunningSandbox, startSandbox } from "../server.ts";
import { type Catcher, catcher, control, refusalOf, template, twilioAt, until } from "../testing.ts";

let sandbox: RunningSandbox;
let hook: Catcher;

beforeAll(async () => {
  sandbox = await startSandbox({
    settings: { sent_ms: 5, delivered_ms: 15, read_ms: 30, reply_ms: 5, approval_ms: 0 },
  });
  hook = await catcher(sandbox.authToken);
});
afterAll(async () => {
  await sandbox.close();
  await hook.close();
});
beforeEach(async () => {
  await control(sandbox.url, "POST", "reset");
  hook.caught.length = 0;
  hook.answer = 200;
  hook.body = "";
});

const client = () => twilioAt(sandbox);
const [from, to] = ["+15005550006", "+573001234567"];
const [waFrom, waTo] = [`whatsapp:${from}`, `whatsapp:${to}`];

const ledger = () =>
  control<{ pending: number; receipts: Record<string, number>; told: Record<string, number> }>(
    sandbox.url,
    "GET",
    "ledger",
  );

describe("receipts", () => {
  test("are signed and come in Twilio's order, none for the initial status", async () => {
    const sid = await template(client(), "Hola {{1}}");
    const url = `${hook.url}/twilio/status?attempt=0192%2D1&b=a+b`;
    const contentVariables = JSON.stringify({ 1: "Ñandú" });
    const asked = { to: waTo, from: waFrom, contentSid: sid, contentVariables, statusCallback: url };
    const created = await client().messages.create(asked);
    await until("read", () => hook.statuses().includes("read"));
    expect(hook.statuses(created.sid)).toEqual(["sent", "delivered", "read"]);
    expect(hook.caught.every(({ signed, url: at }) => signed && at === url)).toBe(true);
    expect(hook.caught[0]?.headers["i-twilio-idempotency-token"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(hook.caught[2]?.fields).toMatchObject({
      SmsSid: created.sid,
      SmsStatus: "read",
      To: waTo,
      From: waFrom,
      AccountSid: sandbox.accountSid,
      ApiVersion: "2010-04-01",
      ChannelPrefix: "whatsapp",
      ChannelToAddress: to,
      EventType: "READ",
    });
    const now = await client().messages(created.sid).fetch();
    expect([now.status, now.body]).toEqual(["read", "Hola Ñandú"]);
  });

  test("a failure names its code", async () => {
    const created = await client().messages.create({
      to: "+573005550001",
      from,
      body: "a",
      statusCallback: hook.url,
    });
    await until("undelivered", () => hook.statuses(created.sid).includes("undelivered"));
    expect(hook.statuses(created.sid)).toEqual(["sent", "undelivered"]);
    expect(hook.caught[1]?.fields).toMatchObject({
      ErrorCode: "30005",
      ErrorMessage: "Unknown destination handset",
    });
    expect((await client().messages(created.sid).fetch()).errorCode).toBe(30005);
  });

  test("are not repeated after a 5xx, unless the URL's fragment asks for it", async () => {
    hook.answer = 503;
    await client().messages.create({ to, from, body: "a", statusCallback: `${hook.url}?once` });
    await until("both receipts", () => hook.caught.length === 2);
    await client().messages.create({ to, from, body: "b", statusCallback: `${hook.url}?more#rc=1&rp=all` });
    await until("two tries each", () => hook.caught.filter(({ url }) => url.endsWith("?more")).length === 4);
    const tokens = hook.caught.slice(2, 4).map(({ headers }) => headers["i-twilio-idempotency-token"]);
    expect(tokens[0]).toBe(tokens[1]);
    expect(hook.caught.every(({ signed }) => signed)).toBe(true);
    await until("all told", async () => (await ledger()).pending === 0);
    expect((await ledger()).receipts).toMatchObject({ failed: 4, acknowledged: 0 });
  });

  test("get one more try where the connection broke", async () => {
    hook.answer = "reset";
    await control(sandbox.url, "POST", "behaviours", { match: { all: true }, outcome: "failed" });
    await client().messages.create({ to, from, body: "a", statusCallback: hook.url });
    await until("a second try", () => hook.caught.length === 2);
    await until("given up", async () => (await ledger()).pending === 0);
    expect(hook.caught.length).toBe(2);
    expect((await ledger()).told).toEqual({ queued: 1 });
  });
});

describe("inbound", () => {
  test("reaches the number's URL, signed, with everything a WhatsApp message carries", async () => {
    await control(sandbox.url, "POST", "numbers", {
      address: waFrom,
      inbound_url: `${hook.url}/inbound?w=1`,
    });
    const answer = await control<{ message_sid: string; acknowledged: boolean }>(
      sandbox.url,
      "POST",
      "inbound",
      {
        from: waTo,
        to: waFrom,
        body: "Sí & más",
        profile_name: "Ana",
        button: { text: "Sí", payload: "yes" },
        media: [{ url: "http://127.0.0.1/a.jpg", content_type: "image/jpeg" }],
        external_user_id: "CO.123",
        opt_out_type: "HELP",
      },
    );
    expect(answer.acknowledged).toBe(true);
    expect(hook.caught).toMatchObject([{ signed: true }]);
    expect(hook.caught[0]?.fields).toMatchObject({
      MessageSid: answer.message_sid,
      SmsStatus: "received",
      From: waTo,
      To: waFrom,
      Body: "Sí & más",
      WaId: "573001234567",
      ProfileName: "Ana",
      ButtonText: "Sí",
      ButtonPayload: "yes",
      NumMedia: "1",
      MediaUrl0: "http://127.0.0.1/a.jpg",
      MediaContentType0: "image/jpeg",
      ExternalUserId: "CO.123",
      OptOutType: "HELP",
    });
  });

  test("STOP by SMS makes later creates fail until START; WhatsApp is left to the business", async () => {
    const say = (channel: string, body: string) =>
      control(sandbox.url, "POST", "inbound", { from: channel + to, to: channel + from, body });
    await say("", " stop ");
    expect(await refusalOf(client().messages.create({ to, from, body: "a" }))).toEqual([400, 21610]);
    await say("", "START");
    expect((await client().messages.create({ to, from, body: "a" })).status).toBe("queued");
    await say("whatsapp:", "STOP");
    expect((await client().messages.create({ to: waTo, from: waFrom, body: "a" })).status).toBe("queued");
  });

  test("a text in the answer is counted, as Twilio would send it", async () => {
    hook.body = "<Response><Message>hi</Message></Response>";
    await control(sandbox.url, "POST", "numbers", { address: from, inbound_url: hook.url });
    await control(sandbox.url, "POST", "inbound", { from: to, to: from, body: "a" });
    expect(await control(sandbox.url, "GET", "ledger")).toMatchObject({
      inbound: { acknowledged: 1, twiml_replies: 1 },
    });
  });
});
