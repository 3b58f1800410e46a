import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { testSandbox } from "../../test/sandbox.ts";
import { ProviderHttp } from "../http.ts";
import type { OutgoingMessage } from "../message.ts";
import { twilioProvider } from "./client.ts";
import { TwilioHttpClient } from "./http.ts";

const FROM = "+573101112233";
const TO = "+573204445566";
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
const opened: { close(): unknown }[] = [];
beforeAll(async () => {
  sandbox = await testSandbox();
});
afterEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" });
  await Promise.all(opened.splice(0).map((one) => one.close()));
});
afterAll(() => sandbox.close());

function provider(options: { url?: string; connections?: number; timeoutMs?: number } = {}) {
  const { url = sandbox.url, connections = 4, timeoutMs = 500 } = options;
  const http = new TwilioHttpClient({ connections, timeoutMs });
  opened.push(http);
  return twilioProvider({ accountSid: sandbox.accountSid, authToken: sandbox.authToken, baseUrl: url }, http);
}

const message = (body: string): OutgoingMessage => ({
  channel: "sms",
  from: FROM,
  to: TO,
  body,
  contentSid: null,
  contentVariables: null,
  media: [],
  statusCallback: "http://127.0.0.1:9/status",
});
const soon = () => performance.now() + 2_000;

async function control(route: string, body?: unknown) {
  const response = await fetch(`${sandbox.url}/_sandbox/${route}`, {
    ...(body !== undefined && {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  return response.json() as Promise<Record<string, unknown>>;
}
const acceptedSoFar = async () => (await control("ledger"))["accepted"] as number;

test("send · gives the SID of what was accepted", async () => {
  const before = await acceptedSoFar();
  const answer = await provider().send(message("uno"), soon());
  expect(answer).toEqual({ kind: "accepted", sid: expect.stringMatching(/^SM/) });
  expect(await acceptedSoFar()).toBe(before + 1);
});

test("send · after its deadline nothing is written", async () => {
  const before = await acceptedSoFar();
  const calling = provider();
  expect(await calling.send(message("tarde"), performance.now() - 1)).toEqual({
    kind: "not_sent",
    why: "deadline",
  });
  // Over a connection that is open already, too.
  await calling.send(message("dos"), soon());
  expect(await calling.send(message("tarde"), performance.now() - 1)).toEqual({
    kind: "not_sent",
    why: "deadline",
  });
  expect(await acceptedSoFar()).toBe(before + 1);
});

test("send · a call that waited for a connection until past its deadline is not made", async () => {
  await control("faults", { latency: { min_ms: 200, max_ms: 200 } });
  const before = await acceptedSoFar();
  const calling = provider({ connections: 1 });
  const [first, second] = await Promise.all([
    calling.send(message("primero"), soon()),
    calling.send(message("segundo"), performance.now() + 100),
  ]);
  expect(first.kind).toBe("accepted");
  expect(second).toEqual({ kind: "not_sent", why: "deadline" });
  expect(await acceptedSoFar()).toBe(before + 1);
});

test("send · where nobody listens nothing has left us", async () => {
  const answer = await provider({ url: "http://127.0.0.1:9" }).send(message("nadie"), soon());
  expect(answer).toEqual({ kind: "not_sent", why: "no_connection" });
});

test.each([
  ["drop_before", "reset", 0],
  ["drop_after_accept", "reset", 1],
  ["http_500", "server_error", 0],
  ["http_500_after_accept", "server_error", 1],
  ["hang_after_accept", "timeout", 1],
] as const)("send · %s leaves it open whether it arrived", async (fault, why, taken) => {
  await control("faults", { rates: { [fault]: 1 }, hang_ms: 3_000 });
  const before = await acceptedSoFar();
  expect(await provider().send(message(fault), soon())).toEqual({ kind: "unknown", why });
  expect(await acceptedSoFar()).toBe(before + taken);
});

test("send · a refusal comes with its code and the time to wait", async () => {
  await control("faults", { rates: { http_429: 1 }, retry_after_s: 3 });
  expect(await provider().send(message("mucho"), soon())).toEqual({
    kind: "refused",
    httpStatus: 429,
    code: "20429",
    retryAfterMs: 3_000,
  });
});

/** A server that takes everything and answers nothing; tells how its connections end. */
async function silentServer() {
  const endings: string[] = [];
  let received = "";
  const server: Server = createServer((socket: Socket) => {
    socket.on("data", (chunk) => {
      received += chunk.toString();
    });
    socket.on("end", () => endings.push("closed"));
    socket.on("error", (error: NodeJS.ErrnoException) => endings.push(error.code ?? "error"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, endings, received: () => received };
}

test("send · a call that times out has its connection reset, not closed", async () => {
  const server = await silentServer();
  const answer = await provider({ url: server.url, timeoutMs: 100 }).send(message("silencio"), soon());
  expect(answer).toEqual({ kind: "unknown", why: "timeout" });
  expect(server.received()).toContain("Body=silencio");
  await expect.poll(() => server.endings).toEqual(["ECONNRESET"]);
});

test("list · shows what was accepted between two addresses, with its text", async () => {
  const calling = provider();
  const sent = await calling.send(message("lista"), soon());
  const listed = await calling.list(FROM, TO, "sms");
  expect(sent).toEqual({ kind: "accepted", sid: listed.find((one) => one.body === "lista")?.sid });
  expect(await calling.list(FROM, "+573200000000", "sms")).toEqual([]);
});

test("list · fails without a word of whom it was about", async () => {
  const failing = provider({ url: "http://127.0.0.1:9" }).list(FROM, TO, "sms");
  await expect(failing).rejects.toThrow("Twilio could not list messages: no_connection");
});

test("request · gives a large body the time that a slow line needs", async () => {
  const server = createServer((socket) => {
    socket.once("data", () => setTimeout(() => socket.end("HTTP/1.1 200 OK\r\n\r\n"), 400));
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  opened.push(server);
  const http = new ProviderHttp({ connections: 1, timeoutMs: 100 });
  opened.push(http);
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const post = (length: number) =>
    http.request(url, { method: "POST", headers: {}, body: "x".repeat(length) });
  await expect(post(1)).rejects.toThrow("timeout");
  expect(await post(20_000_000)).toMatchObject({ statusCode: 200 });
});
