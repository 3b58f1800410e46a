import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type RunningSandbox, startSandbox } from "../server.ts";
import { type Catcher, catcher, control, until } from "../testing.ts";
import type { MailLedger } from "./ledger.ts";
import { type CaughtEvent, eventsIn, sendGridAt } from "./testing.ts";

const quick = {
  processed_ms: 1,
  delivered_ms: 3,
  open_ms: 6,
  click_ms: 9,
  complain_ms: 12,
  reply_ms: 15,
  deferral_ms: 2,
};
let sandbox: RunningSandbox;
let hook: Catcher;

beforeAll(async () => {
  sandbox = await startSandbox({ mailSettings: { ...quick, batch_ms: 10, event_retry_ms: 20 } });
  hook = await catcher("");
});
afterAll(async () => {
  await sandbox.close();
  await hook.close();
});
beforeEach(async () => {
  await control(sandbox.url, "POST", "reset");
  await control(sandbox.url, "POST", "mail/webhook", { url: hook.url, inbound_url: hook.url });
  hook.caught.length = 0;
  hook.answer = 200;
});

const mail = {
  from: { email: "hola@tienda.example.com", name: "Tienda" },
  subject: "Hola",
  text: "Hola",
  html: '<p><a href="https://tienda.example.com/casa?a=1&amp;b=2">Casa</a></p>',
};
const send = (to: string, given: object = {}, at = sandbox) =>
  sendGridAt(at, at.sendGridKey).send({ ...mail, to, ...given } as never);
const ledger = (): Promise<MailLedger> => control(sandbox.url, "GET", "mail/ledger");
const settled = () => until("all told", async () => (await ledger()).pending === 0);
const events = () => eventsIn(hook, sandbox.url);
const kinds = (caught: CaughtEvent[]) => caught.map(({ event }) => event);
const faults = (given: object): Promise<unknown> => control(sandbox.url, "POST", "faults", given);

describe("events", () => {
  test("are signed, carry the custom arguments, and name the call", async () => {
    const [response] = await send("ana@example.com", {
      customArgs: { workspace: "w1", message: "m1" },
      categories: ["c1"],
      headers: { "X-A": "1" },
    });
    await settled();
    const caught = await events();
    expect(kinds(caught)).toEqual(["processed", "delivered", "open"]);
    expect(new Set(caught.map(({ sg_event_id }) => sg_event_id)).size).toBe(3);
    for (const event of caught) {
      expect(event).toMatchObject({
        email: "ana@example.com",
        workspace: "w1",
        message: "m1",
        category: ["c1"],
      });
      expect(String(event["sg_message_id"]).split(".")[0]).toBe(response.headers["x-message-id"]);
    }
    expect(await ledger()).toMatchObject({
      told: { open: 1 },
      events: { acknowledged: 3, failed: 0, lost: 0 },
    });
  });

  test.each([
    ["bounce", ["processed", "bounce"], { type: "bounce", status: "5.1.1" }],
    ["block", ["processed", "bounce"], { type: "blocked", status: "5.7.1" }],
    ["drop", ["dropped"], { reason: "Invalid" }],
    ["expire", ["processed", "deferred", "deferred", "bounce"], { type: "blocked" }],
    ["defer", ["processed", "deferred", "delivered", "open"], {}],
    ["machine", ["processed", "delivered", "open"], { event: "open", sg_machine_open: true }],
    ["delivered", ["processed", "delivered"], { response: "250 2.0.0 OK" }],
    [
      "click",
      ["processed", "delivered", "open", "click"],
      { url: "https://tienda.example.com/casa?a=1&b=2" },
    ],
    ["spam", ["processed", "delivered", "open", "spamreport"], {}],
    ["unsubscribe", ["processed", "delivered", "open", "unsubscribe"], {}],
    ["silent", [], undefined],
  ])("of an address with +%s", async (tag, expected, last) => {
    await send(`ana+${tag}@example.com`);
    await settled();
    const caught = await events();
    expect(kinds(caught)).toEqual(expected);
    if (last) expect(caught.at(-1)).toMatchObject(last);
  });

  test("behave by reserved domain and by rule as well", async () => {
    const rule = {
      channel: "email",
      match: { domain: "correo.example.com" },
      outcome: "bounce",
      reason: "552 5.2.2 full",
    };
    await control(sandbox.url, "POST", "behaviours", rule);
    await send("ana@bounce.example");
    await send("ana@correo.example.com");
    await settled();
    const bounces = (await events()).filter(({ event }) => event === "bounce");
    expect(Object.fromEntries(bounces.map(({ email, status }) => [email, status]))).toEqual({
      "ana@bounce.example": "5.1.1",
      "ana@correo.example.com": "5.2.2",
    });
  });

  test("come in as many parts as a mix says", async () => {
    const mix = { seed: 3, bounce: 0.1, spamreport: 0.05, open: 0.5 };
    await control(sandbox.url, "POST", "behaviours", { channel: "email", match: { all: true }, mix });
    const personalizations = Array.from({ length: 1_000 }, (_, n) => ({
      to: { email: `a${n}@example.com` },
    }));
    await send("", { to: undefined, personalizations });
    await settled();
    const { with_event, told, statuses } = await ledger();
    expect(with_event["bounce"]).toBeGreaterThan(70);
    expect(with_event["bounce"]).toBeLessThan(130);
    expect(with_event["open"]).toBeGreaterThan(380);
    expect(with_event["open"]).toBeLessThan(520);
    expect(told).toEqual(statuses);
    expect(hook.caught.length).toBeLessThan(50);
  });

  test("are told again until they are acknowledged", async () => {
    hook.answer = 503;
    await send("ana+delivered@example.com");
    await until("three tries", () => hook.caught.length >= 3);
    expect(await ledger()).toMatchObject({ told: { accepted: 1 }, statuses: { delivered: 1 } });
    hook.answer = 200;
    await settled();
    expect(await ledger()).toMatchObject({ told: { delivered: 1 }, events: { acknowledged: 2, failed: 0 } });
    const caught = await events();
    expect(new Set(caught.map(({ sg_event_id }) => sg_event_id)).size).toBe(2);
  });
});

describe("faults of events", () => {
  test("lost ones never come, and the call knows", async () => {
    await faults({ rates: { receipts_lost: 1 } });
    await send("ana@example.com");
    await settled();
    expect(hook.caught).toEqual([]);
    expect(await ledger()).toMatchObject({
      statuses: { open: 1 },
      told: { accepted: 1 },
      events: { lost: 3 },
    });
    expect(await control(sandbox.url, "GET", "mail/calls")).toMatchObject({
      calls: [{ answer: "2xx", told: 0, lost: 3 }],
    });
  });

  test("doubled ones come twice under one id", async () => {
    await faults({ rates: { receipts_doubled: 1 }, delay_ms: { min: 20, max: 20 } });
    await send("ana+delivered@example.com");
    await settled();
    const caught = await events();
    expect(kinds(caught).sort()).toEqual(["delivered", "delivered", "processed", "processed"]);
    expect(new Set(caught.map(({ sg_event_id }) => sg_event_id)).size).toBe(2);
  });

  test("disordered ones come after their successor, delayed ones after the rest", async () => {
    await faults({ rates: { receipts_disordered: 1 }, count: 1 });
    await send("ana+delivered@example.com");
    await settled();
    expect(kinds(await events())).toEqual(["delivered", "processed"]);
    hook.caught.length = 0;
    await faults({ rates: { receipts_delayed: 1 }, count: 1, delay_ms: { min: 300, max: 300 } });
    await send("luz+delivered@example.com");
    await settled();
    expect(kinds(await events())).toEqual(["delivered", "processed"]);
  });
});

describe("faults of mail/send", () => {
  test("429 says in its headers when to come again", async () => {
    await faults({ rates: { http_429: 1 }, retry_after_s: 7 });
    const answered = await send("ana@example.com").catch(
      (error: { code: number; response: unknown }) => error,
    );
    expect(answered).toMatchObject({
      code: 429,
      response: {
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": expect.stringMatching(/^\d{10}$/) },
      },
    });
    expect(await ledger()).toMatchObject({ accepted: 0, answered: { "4xx": { 429: 1 } } });
  });

  test.each([
    ["drop_before", 0, "dropped_before"],
    ["drop_after_accept", 1, "dropped_after_accept"],
    ["hang_after_accept", 1, "hung_after_accept"],
  ])("%s breaks the connection", async (fault, accepted, counted) => {
    await faults({ rates: { [fault]: 1 }, hang_ms: 20 });
    await expect(send("ana@example.com")).rejects.toMatchObject({ code: "ECONNRESET" });
    const { accepted: taken, answered, could_not_answer } = await ledger();
    expect([taken, answered["2xx"], could_not_answer[counted]]).toEqual([accepted, 0, 1]);
    const { calls } = await control<{ calls: { answer: string }[] }>(sandbox.url, "GET", "mail/calls");
    expect(calls.map(({ answer }) => answer)).toEqual(accepted === 1 ? [counted] : []);
  });
});

describe("unsubscribing by the header", () => {
  test("posts to its URL as RFC 8058 says, and does nothing without one", async () => {
    const headers = {
      "List-Unsubscribe": `<${hook.url}?t=1>, <mailto:baja@tienda.example.com>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    };
    await control(sandbox.url, "POST", "mail/webhook", { events: [] });
    await send("ana+oneclick@example.com", { headers });
    await send("luz+oneclick@example.com");
    await until(
      "both",
      async () => (await ledger()).one_clicks.acknowledged === 1 && (await ledger()).one_clicks.lost === 1,
    );
    expect(hook.caught.map(({ url, text }) => [url, text])).toEqual([
      [`${hook.url}?t=1`, "List-Unsubscribe=One-Click"],
    ]);
  });
});

test("the state file · keeps calls, keys and lists, and what is untold is told after a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-mail-"));
  const options = { stateFile: join(folder, "state.jsonl"), mailSettings: { ...quick, event_retry_ms: 20 } };
  const before = await startSandbox(options);
  try {
    const shown = (url: string) => control<{ accounts: { public_key: string }[] }>(url, "GET", "mail");
    const messages = (url: string) => control(url, "GET", "mail/messages?content=1");
    await control(before.url, "POST", "mail/webhook", { url: hook.url });
    hook.answer = 503;
    await send("ana+bounce@example.com", { customArgs: { message: "m1" } }, before);
    await until("a try", () => hook.caught.length > 0);
    const known = await shown(before.url);
    await before.close();
    hook.caught.length = 0;
    hook.answer = 200;
    const after = await startSandbox(options);
    try {
      await until("told", () => hook.caught.length > 0);
      expect((await shown(after.url)).accounts).toEqual(known.accounts);
      const caught = await eventsIn(hook, after.url);
      expect(caught.at(-1)).toMatchObject({ event: "bounce", message: "m1" });
      const list = await fetch(`${after.url}/v3/suppression/bounces`, {
        headers: { authorization: `Bearer ${after.sendGridKey}` },
      });
      expect(await list.json()).toMatchObject([{ email: "ana+bounce@example.com", status: "5.1.1" }]);
      expect(await messages(after.url)).toMatchObject({
        messages: [{ subject: "Hola", told: ["processed", "bounce"] }],
      });
    } finally {
      await after.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
