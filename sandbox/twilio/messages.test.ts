import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RunningSandbox, startSandbox } from "../server.ts";
import { type Catcher, catcher, control, refusalOf, twilioAt, until } from "../testing.ts";

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
    expect(await refusalOf(client().messages.create(asked as never))).toEqual(expected);
  });

  test("refuses wrong credentials and another account's path", async () => {
    expect(
      await refusalOf(twilioAt({ ...sandbox, authToken: "wrong" }).messages.create({ to, from, body: "a" })),
    ).toEqual([401, 20003]);
    await control(sandbox.url, "POST", "accounts", { sid: "ACother", token: "t" });
    const other = twilioAt({ ...sandbox, accountSid: "ACother", authToken: "t" });
    expect(
      await refusalOf(other.api.v2010.accounts(sandbox.accountSid).messages.create({ to, from, body: "a" })),
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
    expect(await refusalOf(client().messages.create({ to, from, body: "a" }))).toEqual([400, 21606]);
    expect(await refusalOf(client().messages.create({ to: waTo, from: waFrom, body: "a" }))).toEqual([
      400, 63007,
    ]);
    await control(sandbox.url, "POST", "numbers", { address: from, inbound_url: hook.url });
    expect((await client().messages.create({ to, from, body: "a" })).status).toBe("queued");
    expect(await client().incomingPhoneNumbers.list()).toMatchObject([
      { phoneNumber: from, smsUrl: hook.url },
    ]);
  });
});

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
    expect(await refusalOf(client().messages(created.sid).update({ status: "canceled" }))).toEqual([
      409, 30409,
    ]);
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
    await control(sandbox.url, "POST", "settings", { sent_ms: 60_000 });
    const waiting = await client().messages.create({ to, from, body: "waits" });
    expect(await refusalOf(client().messages(waiting.sid).remove())).toEqual([409, 20009]);
    await control(sandbox.url, "POST", "settings", { sent_ms: 0 });
    const { sid } = await client().messages.create({ to, from, body: "secret" });
    await until("delivered", async () => (await client().messages(sid).fetch()).status === "delivered");
    expect((await client().messages(sid).update({ body: "" })).body).toBe("");
    expect(await client().messages(sid).remove()).toBe(true);
    expect(await refusalOf(client().messages(sid).fetch())).toEqual([404, 20404]);
    expect(await client().messages.list()).toMatchObject([{ sid: waiting.sid }]);
    expect(await control(sandbox.url, "GET", "ledger")).toMatchObject({ accepted: 2 });
  });
});
