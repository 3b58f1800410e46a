import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RunningSandbox, startSandbox } from "./server.ts";
import { type Catcher, catcher, control, twilioAt, until } from "./testing.ts";

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
const code = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    ({ status, code: given }: { status: number; code: number }) => [status, given],
  );

async function template(body: string, approve = true): Promise<string> {
  const content = await client().content.v1.contents.create({
    friendly_name: "saludo",
    language: "es",
    variables: { 2: "aquí" },
    types: { "twilio/text": { body } },
  } as never);
  if (approve) {
    const request = { name: "saludo", category: "MARKETING" } as never;
    await client().content.v1.contents(content.sid).approvalCreate.create(request);
  }
  return content.sid;
}

describe("create", () => {
  test("answers as Twilio does, and the message can be fetched", async () => {
    const created = await client().messages.create({ to, from, body: "¡Hola! Te esperamos mañana" });
    expect(created).toMatchObject({
      status: "queued",
      body: "¡Hola! Te esperamos mañana",
      direction: "outbound-api",
      numSegments: "1",
      dateSent: null,
      errorCode: null,
    });
    expect(created.sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(created.dateCreated).toBeInstanceOf(Date);
    expect((await client().messages(created.sid).fetch()).to).toBe(to);
  });

  test.each([
    [{ to: "+123", from, body: "a" }, [400, 21211]],
    [{ to: "3001234567", from, body: "a" }, [400, 21211]],
    [{ to, from }, [400, 21602]],
    [{ to, body: "a" }, [400, 21603]],
    [{ to, from: waFrom, body: "a" }, [400, 21910]],
    [{ to, from, body: "a".repeat(1601) }, [400, 21617]],
    [{ to, from, body: "a", statusCallback: "ftp://example.com" }, [400, 21609]],
    [{ to, from, body: "a", statusCallback: "https://under_score.example.com/x" }, [400, 21609]],
    [{ to, from, contentSid: "HX00000000000000000000000000000000" }, [400, 21655]],
    [{ to, from, body: "a", sendAt: new Date(), scheduleType: "fixed" }, [400, 35118]],
  ])("refuses %o with its code", async (asked, expected) => {
    expect(await code(client().messages.create(asked as never))).toEqual(expected);
  });

  test("refuses wrong credentials and another account's path", async () => {
    expect(
      await code(twilioAt({ ...sandbox, authToken: "wrong" }).messages.create({ to, from, body: "a" })),
    ).toEqual([401, 20003]);
    await control(sandbox.url, "POST", "accounts", { sid: "ACother", token: "t" });
    const other = twilioAt({ ...sandbox, accountSid: "ACother", authToken: "t" });
    expect(
      await code(other.api.v2010.accounts(sandbox.accountSid).messages.create({ to, from, body: "a" })),
    ).toEqual([401, 20003]);
    expect((await other.messages.create({ to, from, body: "a" })).accountSid).toBe("ACother");
  });

  test("takes both tokens while they are being rotated, and an owner on its subaccount", async () => {
    await control(sandbox.url, "POST", "accounts", {
      sid: "ACsub",
      token: "new",
      secondary_token: "old",
      owner_sid: sandbox.accountSid,
    });
    for (const authToken of ["new", "old"]) {
      const sub = twilioAt({ ...sandbox, accountSid: "ACsub", authToken });
      expect((await sub.api.v2010.accounts("ACsub").fetch()).ownerAccountSid).toBe(sandbox.accountSid);
    }
    expect((await client().api.v2010.accounts("ACsub").fetch()).sid).toBe("ACsub");
  });

  test("knows only registered numbers as senders where it is told to", async () => {
    await control(sandbox.url, "POST", "settings", { strict_numbers: true });
    expect(await code(client().messages.create({ to, from, body: "a" }))).toEqual([400, 21606]);
    expect(await code(client().messages.create({ to: waTo, from: waFrom, body: "a" }))).toEqual([400, 63007]);
    await control(sandbox.url, "POST", "numbers", { address: from, inbound_url: hook.url });
    expect((await client().messages.create({ to, from, body: "a" })).status).toBe("queued");
    expect(await client().incomingPhoneNumbers.list()).toMatchObject([
      { phoneNumber: from, smsUrl: hook.url },
    ]);
  });
});

describe("receipts", () => {
  test("are signed and come in Twilio's order, none for the initial status", async () => {
    const sid = await template("Hola {{1}}");
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

const ledger = () =>
  control<{ pending: number; receipts: Record<string, number>; told: Record<string, number> }>(
    sandbox.url,
    "GET",
    "ledger",
  );

describe("lists", () => {
  test("pages through what one person was sent, newest first, and leaves queued ones out of a date filter", async () => {
    await control(sandbox.url, "POST", "settings", { sent_ms: 60_000, spread: 0 });
    const bodies = Array.from({ length: 7 }, (_, index) => `m${index}`);
    for (const body of bodies) await client().messages.create({ to, from, body });
    await client().messages.create({ to: "+573001234568", from, body: "other" });
    await client().messages.create({ to, from: "+15005550007", body: "other sender" });
    const listed = await client().messages.list({ to, from, pageSize: 3 });
    expect(listed.map(({ body }) => body)).toEqual(bodies.toReversed());
    expect(await client().messages.list({ pageSize: 2 })).toHaveLength(9);
    expect(await client().messages.list({ to, dateSentAfter: new Date(Date.now() - 86_400_000) })).toEqual(
      [],
    );
    expect(await client().messages.list({ to: "+570000000000" })).toEqual([]);
  });

  test("filters by the day and the moment of sending", async () => {
    const { sid } = await client().messages.create({ to, from, body: "a" });
    await until("sent", async () => (await client().messages(sid).fetch()).dateSent !== null);
    const hour = 3_600_000;
    const found = async (filter: object) => (await client().messages.list({ to, ...filter })).length;
    expect(await found({ dateSent: new Date() })).toBe(1);
    expect(await found({ dateSentAfter: new Date(Date.now() - hour) })).toBe(1);
    expect(await found({ dateSentAfter: new Date(Date.now() + hour) })).toBe(0);
    expect(await found({ dateSentBefore: new Date(Date.now() + hour) })).toBe(1);
    expect(await found({ dateSentBefore: new Date(Date.now() - hour) })).toBe(0);
  });

  test("shows what people wrote to a number", async () => {
    await control(sandbox.url, "POST", "inbound", { from: to, to: from, body: "¿Precio?" });
    await client().messages.create({ to, from, body: "a" });
    expect(await client().messages.list({ to: from })).toMatchObject([
      { direction: "inbound", body: "¿Precio?", status: "received" },
    ]);
  });
});

describe("update and delete", () => {
  test("cancels what has not left, and nothing else", async () => {
    const service = {
      to,
      messagingServiceSid: "MG00000000000000000000000000000001",
      statusCallback: hook.url,
    };
    const sendAt = new Date(Date.now() + 3_600_000);
    const created = await client().messages.create({
      ...service,
      body: "later",
      sendAt,
      scheduleType: "fixed",
    });
    expect(created.status).toBe("scheduled");
    expect((await client().messages(created.sid).update({ status: "canceled" })).status).toBe("canceled");
    await until("told", () => hook.statuses(created.sid).length > 0);
    expect(hook.statuses(created.sid)).toEqual(["canceled"]);
    expect(await code(client().messages(created.sid).update({ status: "canceled" }))).toEqual([409, 30409]);
  });

  test("a Messaging Service accepts first and queues then", async () => {
    const created = await client().messages.create({
      to,
      messagingServiceSid: "MG00000000000000000000000000000001",
      body: "a",
      statusCallback: hook.url,
    });
    expect(created.status).toBe("accepted");
    await until("delivered", () => hook.statuses().includes("delivered"));
    expect(hook.statuses()).toEqual(["queued", "sent", "delivered"]);
  });

  test("redacts a text, deletes a finished message, and the ledger remembers both", async () => {
    const { sid } = await client().messages.create({ to, from, body: "secret" });
    expect(await code(client().messages(sid).remove())).toEqual([409, 20009]);
    await until("delivered", async () => (await client().messages(sid).fetch()).status === "delivered");
    expect((await client().messages(sid).update({ body: "" })).body).toBe("");
    expect(await client().messages(sid).remove()).toBe(true);
    expect(await code(client().messages(sid).fetch())).toEqual([404, 20404]);
    expect(await client().messages.list()).toEqual([]);
    expect(await control(sandbox.url, "GET", "ledger")).toMatchObject({ accepted: 1 });
  });
});

describe("WhatsApp's window and templates", () => {
  test("free text reaches only who wrote within the window", async () => {
    const asked = { to: waTo, from: waFrom, body: "Hola", statusCallback: hook.url };
    const outside = await client().messages.create(asked);
    await until("failed", () => hook.statuses(outside.sid).includes("failed"));
    expect(hook.caught[0]?.fields["ErrorCode"]).toBe("63016");
    await control(sandbox.url, "POST", "inbound", { from: waTo, to: waFrom, body: "hola" });
    const inside = await client().messages.create(asked);
    await until("read", () => hook.statuses(inside.sid).includes("read"));
    const mexican = { ...asked, to: "whatsapp:+525512345678" };
    await control(sandbox.url, "POST", "inbound", {
      from: "whatsapp:+5215512345678",
      to: waFrom,
      body: "hola",
    });
    const otherSpelling = await client().messages.create(mexican);
    await until("read too", () => hook.statuses(otherSpelling.sid).includes("read"));
    await control(sandbox.url, "POST", "settings", { window_ms: 0 });
    const tooLate = await client().messages.create(asked);
    await until("failed as well", () => hook.statuses(tooLate.sid).includes("failed"));
    await control(sandbox.url, "POST", "settings", { window_ms: 86_400_000 });
    const otherNumber = await client().messages.create({ ...asked, from: "whatsapp:+15005550099" });
    await until("failed again", () => hook.statuses(otherNumber.sid).includes("failed"));
  });

  test("a template needs approval, its variables, and a state that lets it be sent", async () => {
    const send = async (contentSid: string, variables: object): Promise<number | null> => {
      const contentVariables = JSON.stringify(variables);
      const { sid } = await client().messages.create({
        to: waTo,
        from: waFrom,
        contentSid,
        contentVariables,
      });
      await until(
        "decided",
        async () => !["queued", "sent"].includes((await client().messages(sid).fetch()).status),
      );
      return (await client().messages(sid).fetch()).errorCode;
    };
    const draft = await template("Hola {{1}}, {{2}}", false);
    expect(await send(draft, { 1: "Ana" })).toBe(63016);
    const approved = await template("Hola {{1}}, {{2}}");
    expect((await client().content.v1.contents(approved).approvalFetch().fetch()).whatsapp).toMatchObject({
      status: "approved",
      name: "saludo",
    });
    expect(await send(approved, { 1: "Ana" })).toBeNull();
    expect(await send(approved, {})).toBe(63028);
    for (const [status, expected] of [
      ["paused", 63041],
      ["disabled", 63042],
      ["rejected", 63040],
    ] as const) {
      await control(sandbox.url, "POST", "approvals", {
        content_sid: approved,
        status,
        rejection_reason: "x",
      });
      expect(await send(approved, { 1: "Ana" })).toBe(expected);
    }
    const asked = { to: waTo, from: waFrom, contentSid: approved, contentVariables: "{" };
    expect(await code(client().messages.create(asked))).toEqual([400, 21656]);
  });

  test("templates can be listed with their approval, and deleted", async () => {
    const sids = [await template("a"), await template("b", false), await template("c")];
    expect((await client().content.v1.contents.list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual(sids);
    const approvals = await client().content.v1.contentAndApprovals.list();
    expect(approvals.map((one) => (one.approvalRequests as unknown as { status: string }).status)).toEqual([
      "approved",
      "unsubmitted",
      "approved",
    ]);
    expect(
      await client()
        .content.v1.contents(sids[0] as string)
        .remove(),
    ).toBe(true);
    expect(
      await code(
        client()
          .content.v1.contents(sids[0] as string)
          .fetch(),
      ),
    ).toEqual([404, 20404]);
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
    expect(await code(client().messages.create({ to, from, body: "a" }))).toEqual([400, 21610]);
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
