import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Ledger } from "./ledger.ts";
import { type RunningSandbox, startSandbox } from "./server.ts";
import { type Catcher, catcher, control, twilioAt, until } from "./testing.ts";

let sandbox: RunningSandbox;
let hook: Catcher;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox({ settings: { sent_ms: 5, delivered_ms: 10, read_ms: 15, reply_ms: 5 } });
  hook = await catcher(sandbox.authToken);
  folder = await mkdtemp(join(tmpdir(), "sandbox "));
});
afterAll(async () => {
  await sandbox.close();
  await hook.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await control(sandbox.url, "POST", "reset");
  hook.caught.length = 0;
  hook.answer = 200;
});

const [from, to] = ["+15005550006", "+573001234567"];
const send = (body: string, given: object = {}) =>
  twilioAt(sandbox).messages.create({ to, from, body, ...given });
const ledger = (query = "", { url }: { url: string } = sandbox) =>
  control<Ledger>(url, "GET", `ledger?${query}`);
const idle = (running: { url: string } = sandbox) =>
  until("nothing pending", async () => (await ledger("", running)).pending === 0);

describe("twice", () => {
  test("is the same text for the same person while the earlier one lives", async () => {
    const first = await send("a");
    await send("b");
    await send("a", { to: "+573001234568" });
    expect((await ledger()).twice).toBe(0);
    const second = await send("a", { from: "+15005550007" });
    expect(await ledger()).toMatchObject({
      accepted: 4,
      recipients: 2,
      max_per_recipient: 3,
      twice: 1,
      twice_detail: [{ to, sid: second.sid, earlier_sid: first.sid }],
    });
  });

  test("is not a second try after the first ended badly, but a third while the second lives", async () => {
    await control(sandbox.url, "POST", "behaviours", {
      match: { all: true },
      outcome: "undelivered",
      times: 1,
    });
    await send("a");
    await idle();
    await send("a");
    expect((await ledger()).twice).toBe(0);
    await send("a");
    expect((await ledger()).twice).toBe(1);
  });

  test("is found among many texts for one person", async () => {
    for (let index = 0; index < 20; index++) await send(`m${index}`);
    await send("m3");
    await send("m19");
    await send("new");
    expect((await ledger()).twice).toBe(2);
  });
});

describe("ledger", () => {
  test("keeps to its span and account", async () => {
    await control(sandbox.url, "POST", "accounts", { sid: "ACother", token: "t" });
    await send("a");
    const { accepted_at_ms: moment } = (
      await control<{ messages: { accepted_at_ms: number }[] }>(sandbox.url, "GET", "messages")
    ).messages[0] as { accepted_at_ms: number };
    await twilioAt({ ...sandbox, accountSid: "ACother", authToken: "t" }).messages.create({
      to,
      from,
      body: "a",
    });
    expect(await ledger()).toMatchObject({ accepted: 2, recipients: 2, twice: 0, answered: { "2xx": 2 } });
    expect(await ledger("account_sid=ACother")).toMatchObject({ accepted: 1, answered: { "2xx": 1 } });
    expect(await ledger(`until=${moment}`)).toMatchObject({ accepted: 0 });
    expect(await ledger(`since=${moment}&account_sid=${sandbox.accountSid}`)).toMatchObject({ accepted: 1 });
    expect(await ledger("since=2099-01-01T00:00:00Z")).toMatchObject({ accepted: 0, answered: { "2xx": 0 } });
    await expect(ledger("since=yesterday")).rejects.toThrow("since");
  });

  test("says per recipient how often, in pages", async () => {
    for (const [person, body] of [
      [to, "a"],
      ["+573001234568", "a"],
      [to, "b"],
    ] as const) {
      await send(body, { to: person });
    }
    expect(await ledger("detail=1&limit=1")).toMatchObject({
      per_recipient: [{ to, accepted: 2 }],
      next_cursor: "1",
    });
    expect(await ledger("detail=1&limit=1&cursor=1")).toMatchObject({
      per_recipient: [{ to: "+573001234568", accepted: 1 }],
      next_cursor: null,
    });
  });

  test("tells refusals apart by code", async () => {
    await expect(send("")).rejects.toMatchObject({ code: 21602 });
    await expect(send("a", { to: "+57300555000x" })).rejects.toMatchObject({ code: 21211 });
    await expect(send("a", { to: "+573005550006" })).rejects.toMatchObject({ code: 21614 });
    expect((await ledger()).answered).toEqual({
      "2xx": 0,
      "4xx": { 21602: 1, 21211: 1, 21614: 1 },
      "5xx": {},
    });
  });

  test("knows what it told apart from what is", async () => {
    hook.answer = 500;
    const { sid } = await send("a", { statusCallback: hook.url });
    await until("both tries", () => hook.caught.length === 2);
    await idle();
    expect(await ledger()).toMatchObject({ statuses: { delivered: 1 }, told: { queued: 1 } });
    const row = () =>
      control<{ messages: object[] }>(sandbox.url, "GET", `messages?to=${to}&direction=outbound`);
    expect((await row()).messages).toMatchObject([
      { sid, status: "delivered", told: "queued", shown: "queued" },
    ]);
    await twilioAt(sandbox).messages(sid).fetch();
    expect((await row()).messages).toMatchObject([{ told: "queued", shown: "delivered" }]);
  });

  test("people answer and opt out by themselves, by webhook", async () => {
    await control(sandbox.url, "POST", "numbers", { address: from, inbound_url: hook.url });
    await control(sandbox.url, "POST", "behaviours", [
      { match: { to }, reply: { text: "¿Precio?", after_ms: 1 } },
      { match: { suffix: "8" }, opt_out: { text: "BAJA" } },
    ]);
    await send("a");
    await send("a", { to: "+573001234568" });
    await until("both", () => hook.caught.length === 2);
    expect(hook.caught.map(({ fields, signed }) => [signed, fields["From"], fields["Body"]])).toEqual(
      expect.arrayContaining([
        [true, to, "¿Precio?"],
        [true, "+573001234568", "BAJA"],
      ]),
    );
  });

  test("the page shows the newest messages, escaped", async () => {
    await send("<b>hola</b>");
    const page = await (await fetch(sandbox.url)).text();
    expect(page).toContain("&lt;b&gt;hola&lt;/b&gt;");
    expect(page).not.toContain("<b>");
  });
});

describe("state file", () => {
  async function child(stateFile: string) {
    const run = spawn(process.execPath, [join(import.meta.dirname, "server.ts")], {
      env: { ...process.env, SANDBOX_PORT: "0", SANDBOX_STATE_FILE: stateFile },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface({ input: run.stdout }), "line")) as [string];
    const { url, account_sid } = JSON.parse(line) as { url: string; account_sid: string };
    return { run, url, accountSid: account_sid, authToken: sandbox.authToken };
  }

  test("after kill -9 everything accepted is known, and what was pending is told", async () => {
    const file = join(folder, "killed.jsonl");
    const before = await child(file);
    await control(before.url, "POST", "settings", { sent_ms: 60_000, spread: 0 });
    await control(before.url, "POST", "behaviours", { match: { suffix: "9" }, outcome: "refused" });
    const sids: string[] = [];
    for (let index = 0; index < 5; index++) {
      const asked = { to: `+57300123456${index}`, from, body: "a", statusCallback: hook.url };
      sids.push((await twilioAt(before).messages.create(asked)).sid);
    }
    before.run.kill("SIGKILL");
    await once(before.run, "exit");
    await appendFile(file, '{"k":"m","n":5,"a":"AC'); // a line that death cut short
    // As if the minute had passed: what is due when it starts is told at once.
    const lines = (await readFile(file, "utf8")).replaceAll(/"at":\d+/g, '"at":1');
    const later = join(folder, "later.jsonl");
    await appendFile(later, lines);
    const after = await child(later);
    await until("told", () => hook.caught.length === 10);
    expect(await ledger("", after)).toMatchObject({
      accepted: 5,
      recipients: 5,
      twice: 0,
      answered: { "2xx": 5 },
    });
    expect(sids.map((sid) => hook.statuses(sid))).toEqual(sids.map(() => ["sent", "delivered"]));
    expect(hook.caught.every(({ signed }) => signed)).toBe(true);
    await expect(
      twilioAt(after).messages.create({ to: "+573001234569", from, body: "a" }),
    ).rejects.toMatchObject({ code: 21211 });
    await twilioAt(after).messages.create({ to: "+573001234560", from, body: "a" });
    expect((await ledger("", after)).twice).toBe(1);
    after.run.kill("SIGTERM");
    expect(await once(after.run, "exit")).toEqual([0, null]);
  });

  test("keeps accounts, numbers, templates, opt-outs and what was told", async () => {
    const options = {
      stateFile: join(folder, "kept.jsonl"),
      settings: { sent_ms: 0, delivered_ms: 0, read_ms: 0 },
    };
    let running = await startSandbox(options);
    await control(running.url, "POST", "accounts", { sid: "ACother", token: "t" });
    await control(running.url, "POST", "numbers", { address: from, inbound_url: hook.url });
    await control(running.url, "POST", "inbound", { from: to, to: from, body: "STOP" });
    const types = { "twilio/text": { body: "Hola {{1}}" } };
    const content = await twilioAt(running).content.v1.contents.create({ language: "es", types } as never);
    const { sid } = await twilioAt(running).messages.create({
      to: "+573001234568",
      from,
      body: "a",
      statusCallback: hook.url,
    });
    await idle(running);
    const known = await ledger("", running);
    await running.close();
    running = await startSandbox(options);
    expect(await ledger("", running)).toEqual(known);
    expect(known).toMatchObject({ told: { delivered: 1 }, inbound: { acknowledged: 1 } });
    expect((await twilioAt(running).messages(sid).fetch()).status).toBe("delivered");
    expect((await twilioAt(running).content.v1.contents(content.sid).fetch()).language).toBe("es");
    expect(await twilioAt({ ...running, accountSid: "ACother", authToken: "t" }).messages.list()).toEqual([]);
    await expect(twilioAt(running).messages.create({ to, from, body: "b" })).rejects.toMatchObject({
      code: 21610,
    });
    await running.close();
  });

  test("a receipt that nobody had acknowledged is told again by the next start", async () => {
    const options = {
      stateFile: join(folder, "untold.jsonl"),
      settings: { sent_ms: 0, delivered_ms: 60_000, spread: 0 },
    };
    hook.answer = "hang";
    let running = await startSandbox(options);
    const { sid } = await twilioAt(running).messages.create({
      to,
      from,
      body: "a",
      statusCallback: hook.url,
    });
    await until("asked once", () => hook.statuses(sid).length === 1);
    await running.close();
    hook.answer = 200;
    running = await startSandbox(options);
    await until("asked again", () => hook.statuses(sid).length === 2);
    await until("acknowledged", async () => (await ledger("", running)).told["sent"] === 1);
    expect(hook.statuses(sid)).toEqual(["sent", "sent"]);
    await running.close();
  });

  test("reset empties it", async () => {
    const options = { stateFile: join(folder, "reset.jsonl") };
    let running = await startSandbox(options);
    const { sid } = await twilioAt(running).messages.create({ to, from, body: "a" });
    await control(running.url, "POST", "reset");
    await running.close();
    running = await startSandbox(options);
    expect(await ledger("", running)).toMatchObject({ accepted: 0 });
    await expect(twilioAt(running).messages(sid).fetch()).rejects.toMatchObject({ code: 20404 });
    await running.close();
  });
});
