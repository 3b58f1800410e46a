import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RunningSandbox, startSandbox } from "../server.ts";
import { control } from "../testing.ts";
import type { MailLedger } from "./ledger.ts";
import { ask, mailRefusalOf, sendGridAt } from "./testing.ts";

let sandbox: RunningSandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(() => control(sandbox.url, "POST", "reset"));

const mail = { from: "hola@tienda.example.com", subject: "Hola", text: "Hola", html: "<p>Hola</p>" };
const people = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    to: { email: `ana${n}@example.com` },
    customArgs: { message: `m${n}` },
    substitutions: { "-s1-": `Ana ${n}` },
  }));
const send = (given: object, key = sandbox.sendGridKey) =>
  sendGridAt(sandbox, key).send({ ...mail, ...given } as never);
const refusal = (given: object, key?: string) => mailRefusalOf(send(given, key));
const ledger = (query = ""): Promise<MailLedger> => control(sandbox.url, "GET", `mail/ledger?${query}`);
const messages = async (query = "content=1") =>
  (await control<{ messages: Record<string, unknown>[] }>(sandbox.url, "GET", `mail/messages?${query}`))
    .messages;

describe("mail/send", () => {
  test("takes a thousand people in one call, with an id", async () => {
    const [response] = await send({ personalizations: people(1_000), substitutionWrappers: ["", ""] });
    expect([response.statusCode, response.headers["x-message-id"]]).toEqual([
      202,
      expect.stringMatching(/^[\w-]{22}$/),
    ]);
    expect(await ledger("detail=1")).toMatchObject({
      calls: 1,
      accepted: 1_000,
      recipients: 1_000,
      max_per_recipient: 1,
      twice: 0,
      answered: { "2xx": 1 },
    });
  });

  test("takes nobody where one is wrong, and says which", async () => {
    const wrong = people(3).with(1, { ...(people(1)[0] as object), to: { email: "ana@" } } as never);
    expect(await refusal({ personalizations: wrong })).toEqual({
      status: 400,
      errors: [["personalizations.1.to.0.email", "Does not contain a valid address."]],
    });
    expect(await ledger()).toMatchObject({
      accepted: 0,
      answered: { "4xx": { "personalizations.to.email": 1 } },
    });
  });

  test.each([
    ["more than 1,000 people", { personalizations: people(1_001) }, "personalizations"],
    ["no subject", { subject: undefined, to: "a@example.com" }, "subject"],
    ["an argument that is no string", { to: "a@example.com", customArgs: { n: 1 } }, "custom_args"],
    ["a header that is reserved", { to: "a@example.com", headers: { "Reply-To": "a@b.co" } }, "headers"],
    [
      "more than 10 categories",
      { to: "a@example.com", categories: Array.from({ length: 11 }, String) },
      "categories",
    ],
    ["a pool with a short name", { to: "a@example.com", ipPoolName: "a" }, "ip_pool_name"],
    ["a group that is not there", { to: "a@example.com", asm: { groupId: 5 } }, "asm.group_id"],
    ["a batch that is not there", { to: "a@example.com", batchId: "none" }, "batch_id"],
    ["four days ahead", { to: "a@example.com", sendAt: Math.floor(Date.now() / 1000) + 345_600 }, "send_at"],
    [
      "more than 10,000 bytes of substitutions",
      {
        personalizations: [{ to: { email: "a@example.com" }, substitutions: { "-s1-": "ñ".repeat(5_000) } }],
      },
      "personalizations.0.substitutions",
    ],
    [
      "the same address twice in one mail",
      { personalizations: [{ to: { email: "a@example.com" }, cc: { email: "A@example.com" } }] },
      "personalizations.0",
    ],
  ])("refuses %s by the field", async (_, given, field) => {
    const refused = (await refusal(given)) as { status: number; errors: [string, string][] };
    expect([refused.status, refused.errors[0]?.[0]]).toEqual([400, field]);
  });

  test("takes addresses with letters of all scripts", async () => {
    await send({
      personalizations: [
        { to: { email: "josé.nuñez@correo.example.com" } },
        { to: { email: "用户@例子.广告" } },
      ],
    });
    expect((await ledger()).accepted).toBe(2);
  });

  test("wants a key that is known and may send", async () => {
    expect(await refusal({ to: "a@example.com" }, "SG.unknown")).toMatchObject({ status: 401 });
    await control(sandbox.url, "POST", "mail/accounts", {
      name: "reader",
      keys: [{ key: "SG.reader", scopes: ["suppression.read"] }],
    });
    expect(await refusal({ to: "a@example.com" }, "SG.reader")).toMatchObject({ status: 403 });
    expect(await ask(sandbox, "GET", "scopes", undefined, "SG.reader")).toMatchObject({
      status: 200,
      json: { scopes: ["suppression.read"] },
    });
    expect((await ask(sandbox, "DELETE", "suppression/bounces/a@b.co", undefined, "SG.reader")).status).toBe(
      403,
    );
  });

  test("wants a sender that is verified, where some are", async () => {
    await control(sandbox.url, "POST", "mail/accounts", {
      name: "default",
      verified: ["tienda.example.com"],
    });
    await send({ to: "a@example.com" });
    expect(await refusal({ to: "a@example.com", from: "a@otra.example.com" })).toMatchObject({
      status: 403,
      errors: [["from", expect.stringContaining("verified Sender Identity")]],
    });
  });

  test("wants a body that is not too large", async () => {
    await control(sandbox.url, "POST", "mail/settings", { max_bytes: 1_000 });
    expect(await refusal({ to: "a@example.com", text: "a".repeat(1_000) })).toMatchObject({ status: 413 });
    expect((await ledger()).answered["4xx"]).toEqual({ 413: 1 });
  });

  test("takes nothing in sandbox mode", async () => {
    const [response] = await send({ to: "a@example.com", mailSettings: { sandboxMode: { enable: true } } });
    expect([response.statusCode, (await ledger()).accepted]).toEqual([200, 0]);
  });
});

describe("what a person got", () => {
  test("has their values in subject and contents, and none in another's", async () => {
    await send({
      subject: "Para -s1-",
      text: "Hola -s1-, -s11-",
      html: "<p>-s1-</p>",
      personalizations: [
        { to: { email: "ana@example.com" }, substitutions: { "-s1-": "Ana -s11-", "-s11-": "$& <b>" } },
        {
          to: { email: "luz@example.com" },
          substitutions: { "-s1-": "Luz", "-s11-": "tú" },
          headers: { "X-A": "-s1-" },
        },
      ],
      substitutionWrappers: ["", ""],
    });
    expect(await messages()).toMatchObject([
      { subject: "Para Ana -s11-", text: "Hola Ana -s11-, $& <b>", html: "<p>Ana -s11-</p>" },
      { subject: "Para Luz", text: "Hola Luz, tú", html: "<p>Luz</p>", headers: { "X-A": "-s1-" } },
    ]);
  });

  test("lists attachments by name, size and hash", async () => {
    const attachments = [
      { content: Buffer.from("hola").toString("base64"), filename: "a.txt", type: "text/plain" },
    ];
    await send({ to: "ana@example.com", attachments });
    expect((await messages())[0]?.["attachments"]).toEqual([
      {
        filename: "a.txt",
        type: "text/plain",
        disposition: "attachment",
        bytes: 4,
        sha256: createHash("sha256").update("hola").digest("hex"),
      },
    ]);
  });

  test("takes attachments of many megabytes, and none that is no base64", async () => {
    const attached = (content: string) => ({
      to: "ana@example.com",
      attachments: [{ content, filename: "a.mp4" }],
    });
    await send(attached(Buffer.alloc(20_000_000).toString("base64")));
    expect((await messages())[0]?.["attachments"]).toMatchObject([{ bytes: 20_000_000 }]);
    for (const content of ["aG9sYQ=", "aG9s YQ=", "a===", "====", "aG9sYQ"])
      expect(await refusal(attached(content))).toMatchObject({ status: 400 });
  });
});

describe("doubles", () => {
  const one = (values: object, given: object = {}) =>
    send({
      ...given,
      personalizations: [{ to: { email: "ana@example.com" }, substitutions: values }],
      substitutionWrappers: ["", ""],
    });

  test("are the same text with the same values, links apart", async () => {
    await one({ "-s1-": "Ana", "-s2-": "https://t.example.com/u/1" });
    await one({ "-s1-": "Ana", "-s2-": "https://t.example.com/u/2" });
    expect(await ledger()).toMatchObject({ accepted: 2, recipients: 1, max_per_recipient: 2, twice: 1 });
    const [first, second] = await messages("");
    expect((await ledger()).twice_detail).toMatchObject([
      { to: "ana@example.com", id: second?.["id"], earlier_id: first?.["id"] },
    ]);
  });

  test("are none with other values, or another text", async () => {
    await one({ "-s1-": "1234" });
    await one({ "-s1-": "5678" });
    await one({ "-s1-": "1234" }, { text: "Adiós" });
    expect(await ledger()).toMatchObject({ accepted: 3, twice: 0 });
  });

  test("are none after a bounce", async () => {
    await control(sandbox.url, "POST", "behaviours", {
      channel: "email",
      match: { to: "ana@example.com" },
      outcome: "blocked",
      times: 1,
    });
    await one({});
    await expect.poll(async () => (await ledger()).statuses).toEqual({ blocked: 1 });
    await one({});
    expect((await ledger()).twice).toBe(0);
  });
});

describe("scheduled sends", () => {
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
  const batch = async () =>
    ((await ask(sandbox, "POST", "mail/batch")).json as { batch_id: string }).batch_id;

  test("wait for their time", async () => {
    await send({ to: "ana@example.com", sendAt: inSeconds(3_600) });
    expect(await ledger()).toMatchObject({ statuses: { accepted: 1 }, pending: 1 });
  });

  test("are cancelled by their batch, if it comes in time", async () => {
    await control(sandbox.url, "POST", "mail/settings", { cancel_lead_ms: 500 });
    const batchId = await batch();
    await send({ to: "ana@example.com", batchId, sendAt: inSeconds(2) });
    const order = { batch_id: batchId, status: "cancel" };
    expect(await ask(sandbox, "POST", "user/scheduled_sends", order)).toMatchObject({
      status: 201,
      json: order,
    });
    expect((await ask(sandbox, "POST", "user/scheduled_sends", order)).status).toBe(400);
    expect((await ask(sandbox, "GET", `user/scheduled_sends/${batchId}`)).json).toEqual([order]);
    await expect.poll(async () => (await ledger()).statuses, { timeout: 5_000 }).toEqual({ canceled: 1 });
  });

  test("go out where the cancellation comes too late", async () => {
    const batchId = await batch();
    await send({ to: "ana@example.com", batchId, sendAt: inSeconds(1) });
    await ask(sandbox, "POST", "user/scheduled_sends", { batch_id: batchId, status: "cancel" });
    await expect.poll(async () => (await ledger()).statuses, { timeout: 5_000 }).toEqual({ open: 1 });
  });

  test("wait while their batch is paused", async () => {
    const batchId = await batch();
    await ask(sandbox, "POST", "user/scheduled_sends", { batch_id: batchId, status: "pause" });
    await send({ to: "ana@example.com", batchId });
    await expect.poll(async () => (await ledger()).pending).toBe(0);
    expect((await ledger()).statuses).toEqual({ accepted: 1 });
    expect((await ask(sandbox, "DELETE", `user/scheduled_sends/${batchId}`)).status).toBe(204);
    await expect.poll(async () => (await ledger()).statuses).toEqual({ open: 1 });
  });
});
