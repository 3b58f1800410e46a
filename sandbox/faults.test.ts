import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FaultSet, Faults } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import { type RunningSandbox, startSandbox } from "./server.ts";
import { type Catcher, catcher, control, twilioAt, until } from "./testing.ts";

let sandbox: RunningSandbox;
let hook: Catcher;

beforeAll(async () => {
  sandbox = await startSandbox({ settings: { sent_ms: 5, delivered_ms: 10, read_ms: 15 } });
  hook = await catcher(sandbox.authToken);
});
afterAll(async () => {
  await sandbox.close();
  await hook.close();
});
beforeEach(async () => {
  await control(sandbox.url, "POST", "reset");
  hook.caught.length = 0;
});

const message = { to: "+573001234567", from: "+15005550006", body: "a" };
const send = (): Promise<unknown> =>
  twilioAt(sandbox).messages.create({ ...message, statusCallback: hook.url });
const ledger = (query = ""): Promise<Ledger> => control(sandbox.url, "GET", `ledger?${query}`);
const faults = (given: object): Promise<unknown> => control(sandbox.url, "POST", "faults", given);

describe("faults of a create", () => {
  test.each([
    ["http_429", 429, { "4xx": { 20429: 1 } }],
    ["http_500", 500, { "5xx": { 500: 1 } }],
    ["http_503", 503, { "5xx": { 503: 1 } }],
  ])("%s is answered, nothing accepted", async (fault, status, answered) => {
    await faults({ rates: { [fault]: 1 } });
    await expect(send()).rejects.toMatchObject({ status });
    expect(await ledger()).toMatchObject({ accepted: 0, answered });
  });

  test("429 carries Retry-After where it is told to", async () => {
    await faults({ rates: { http_429: 1 }, retry_after_s: 3 });
    const response = await fetch(`${sandbox.url}/2010-04-01/Accounts/${sandbox.accountSid}/Messages.json`, {
      method: "POST",
    });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "3"]);
  });

  test.each([
    ["drop_before", 0, "dropped_before"],
    ["drop_after_accept", 1, "dropped_after_accept"],
  ])("%s breaks the connection", async (fault, accepted, counted) => {
    await faults({ rates: { [fault]: 1 } });
    await expect(send()).rejects.toMatchObject({ code: "ECONNRESET" });
    const { accepted: taken, answered, could_not_answer, twice } = await ledger();
    expect([taken, answered["2xx"], could_not_answer[counted], twice]).toEqual([accepted, 0, 1, 0]);
  });

  test("500 after accepting is counted as accepted", async () => {
    await faults({ rates: { http_500_after_accept: 1 } });
    await expect(send()).rejects.toMatchObject({ status: 500 });
    expect(await ledger()).toMatchObject({
      accepted: 1,
      answered: { "2xx": 0, "5xx": { "500:accepted": 1 } },
    });
    await until("delivered", () => hook.statuses().includes("delivered"));
  });

  test.each([
    ["hang", 0, "hung_before"],
    ["hang_after_accept", 1, "hung_after_accept"],
  ])("%s gives no answer until the connection is reset", async (fault, accepted, counted) => {
    await faults({ rates: { [fault]: 1 }, hang_ms: 30 });
    await expect(send()).rejects.toMatchObject({ code: "ECONNRESET" });
    const { accepted: taken, could_not_answer } = await ledger();
    expect([taken, could_not_answer[counted]]).toEqual([accepted, 1]);
  });

  test("a caller who does not wait for a slow answer has sent it all the same", async () => {
    await faults({ latency: { fixed_ms: 60_000 } });
    const asking = new AbortController();
    const asked = fetch(`${sandbox.url}/2010-04-01/Accounts/${sandbox.accountSid}/Messages.json`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${sandbox.accountSid}:${sandbox.authToken}`)}` },
      body: new URLSearchParams({ To: message.to, From: message.from, Body: "a" }),
      signal: asking.signal,
    });
    await until("accepted", async () => (await ledger()).accepted === 1);
    asking.abort();
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    await until("noticed", async () => (await ledger()).could_not_answer["closed_by_client"] === 1);
    expect((await ledger()).answered["2xx"]).toBe(0);
  });

  test("end after their count, at their hour and when cleared, and keep to their account", async () => {
    await faults({ rates: { http_500: 1 }, count: 1 });
    await faults({ rates: { http_503: 1 }, account_sid: "ACother" });
    await faults({ rates: { http_503: 1 }, until: "2001-01-01T00:00:00Z" });
    await expect(send()).rejects.toMatchObject({ status: 500 });
    await send();
    await faults({ rates: { http_503: 1 } });
    await expect(send()).rejects.toMatchObject({ status: 503 });
    await control(sandbox.url, "DELETE", "faults");
    await send();
  });

  test("spare the other routes unless their scope is all", async () => {
    await faults({ rates: { http_503: 1 } });
    expect(await twilioAt(sandbox).messages.list()).toEqual([]);
    await control(sandbox.url, "DELETE", "faults");
    await faults({ rates: { drop_before: 1 }, scope: "all" });
    await expect(twilioAt(sandbox).messages.list()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("an unknown rate is refused by name", async () => {
    await expect(faults({ rates: { http_418: 1 } })).rejects.toThrow("http_418");
  });
});

describe("faults of receipts", () => {
  const settled = () => until("all told", async () => (await ledger()).pending === 0);

  test("lost ones never come, and what was told stays behind what is", async () => {
    await faults({ rates: { receipts_lost: 1 } });
    await send();
    await until("delivered", async () => (await ledger()).statuses["delivered"] === 1);
    await settled();
    expect(hook.caught).toEqual([]);
    expect(await ledger()).toMatchObject({ receipts: { lost: 2 }, told: { queued: 1 } });
  });

  test("doubled ones come twice", async () => {
    await faults({ rates: { receipts_doubled: 1 } });
    await send();
    await until("four receipts", () => hook.caught.length === 4);
    expect(hook.statuses()).toEqual(["sent", "sent", "delivered", "delivered"]);
  });

  test("disordered ones come after their successor", async () => {
    await faults({ rates: { receipts_disordered: 1 } });
    await send();
    await until("both", () => hook.caught.length === 2);
    await settled();
    expect(hook.statuses()).toEqual(["delivered", "sent"]);
    expect(await ledger()).toMatchObject({ receipts: { disordered: 1 }, told: { delivered: 1 } });
  });

  test("delayed ones come after the rest", async () => {
    await faults({ rates: { receipts_delayed: 1 }, count: 1, delay_ms: { min: 500, max: 500 } });
    await send();
    await until("both", () => hook.caught.length === 2);
    expect(hook.statuses()).toEqual(["delivered", "sent"]);
  });

  test("inbound messages can be lost and doubled, and stay in the list", async () => {
    await control(sandbox.url, "POST", "numbers", { address: message.from, inbound_url: hook.url });
    const said = { from: message.to, to: message.from, body: "hola" };
    await faults({ rates: { inbound_lost: 1 }, count: 1 });
    await faults({ rates: { inbound_doubled: 1 } });
    expect(await control(sandbox.url, "POST", "inbound", said)).toMatchObject({ acknowledged: false });
    await control(sandbox.url, "POST", "inbound", said);
    expect(hook.caught.length).toBe(2);
    expect(await twilioAt(sandbox).messages.list({ to: message.from })).toHaveLength(2);
  });
});

describe("Faults", () => {
  test("strike the same requests for the same seed, at their rate", () => {
    const draws = (seed: number): string[] => {
      const set = new Faults([FaultSet.parse({ seed, rates: { http_429: 0.05, drop_before: 0.1 } })]);
      return Array.from({ length: 10_000 }, () => set.ofRequest(true, "AC1").fault ?? "");
    };
    expect(draws(5)).toEqual(draws(5));
    expect(draws(5)).not.toEqual(draws(6));
    expect(draws(5).filter((fault) => fault === "http_429").length / 10_000).toBeCloseTo(0.05, 2);
    expect(draws(5).filter((fault) => fault === "drop_before").length / 10_000).toBeCloseTo(0.1, 2);
  });

  test("latency spreads between its bounds", () => {
    const set = new Faults([FaultSet.parse({ latency: { min_ms: 10, max_ms: 12 } })]);
    const seen = new Set(Array.from({ length: 200 }, () => set.ofRequest(true, "AC1").latency));
    expect(seen).toEqual(new Set([10, 11, 12]));
  });
});
