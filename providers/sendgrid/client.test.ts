import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ProviderHttp } from "../http.ts";
import type { MailPerson, OutgoingMail } from "../mail.ts";
import { sendGridProvider } from "./client.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let answer: Answer;
let seen: { method: string; path: string; authorization: string; body: unknown }[];
const accept: Answer = (_request, response) => void response.writeHead(202, { "x-message-id": "m1" }).end();

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const { method = "", url = "", headers } = request;
      const parsed: unknown = body === "" ? null : JSON.parse(body);
      seen.push({ method, path: url, authorization: headers.authorization ?? "", body: parsed });
      answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
beforeEach(() => {
  seen = [];
  answer = accept;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const KEY = "SG.test-key-of-the-test.and-its-secret-part";
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const provider = (baseUrl = url()) =>
  sendGridProvider({ apiKey: KEY, baseUrl }, new ProviderHttp({ connections: 2, timeoutMs: 300 }));
const soon = () => performance.now() + 2_000;

const person = (email: string, more: Partial<MailPerson> = {}): MailPerson => ({
  email,
  values: { "-s1-": "Ana & co" },
  headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
  customArgs: { message: "1", n: "1" },
  ...more,
});
const mail = (people: readonly MailPerson[], more: Partial<OutgoingMail> = {}): OutgoingMail => ({
  from: { email: "hola@artekmar.co", name: "Artek Mar" },
  replyTo: null,
  subject: "Hola -s1-",
  html: "<p>-s1-</p>",
  text: "-s1-",
  attachments: [],
  categories: [],
  asmGroupId: null,
  ipPoolName: null,
  tracking: { opens: true, clicks: true },
  batch: null,
  people,
  ...more,
});
const says = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => {
  return (_request, response) => void response.writeHead(status, headers).end(JSON.stringify(body));
};

test("send · hands over everybody with their own values, as SendGrid's API has it", async () => {
  const sendAt = new Date(1_800_000_000_500);
  const whole = mail([person("ana@example.com"), person("íngrid@exämple.com")], {
    replyTo: "ventas@artekmar.co",
    categories: ["a", "a"],
    asmGroupId: 7,
    ipPoolName: "pool-1",
    tracking: { opens: true, clicks: false },
    batch: { id: "b1", sendAt },
    attachments: [
      { file_name: "a.txt", content_type: "text/plain", content_base64: "YQ==", disposition: "attachment" },
    ],
  });
  expect(await provider().send(whole, soon())).toEqual({ kind: "accepted", id: "m1" });
  const of = (email: string) => ({
    to: [{ email }],
    substitutions: { "-s1-": "Ana & co" },
    headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    custom_args: { message: "1", n: "1" },
  });
  expect(seen).toEqual([
    {
      method: "POST",
      path: "/v3/mail/send",
      authorization: `Bearer ${KEY}`,
      body: {
        personalizations: [of("ana@example.com"), of("íngrid@exämple.com")],
        from: { email: "hola@artekmar.co", name: "Artek Mar" },
        reply_to: { email: "ventas@artekmar.co" },
        subject: "Hola -s1-",
        content: [
          { type: "text/plain", value: "-s1-" },
          { type: "text/html", value: "<p>-s1-</p>" },
        ],
        attachments: [{ content: "YQ==", filename: "a.txt", type: "text/plain", disposition: "attachment" }],
        categories: ["a"],
        asm: { group_id: 7 },
        ip_pool_name: "pool-1",
        tracking_settings: {
          click_tracking: { enable: false, enable_text: false },
          open_tracking: { enable: true },
          subscription_tracking: { enable: false },
        },
        batch_id: "b1",
        send_at: 1_800_000_000,
      },
    },
  ]);
});

test.each([
  [{ ipPoolName: "x" }, "ip_pool_name"],
  [{ categories: Array.from({ length: 11 }, (_, i) => `c${i}`) }, "categories"],
  [{ people: [person("ana@example.com"), person("keine@adresse")] }, "personalizations.1.to.0.email"],
  [
    { people: [person("ana@example.com", { values: { "-s1-": "x".repeat(10_001) } })] },
    "personalizations.0.substitutions",
  ],
  [
    { people: [person("ana@example.com", { customArgs: { m: "x".repeat(10_001) } })] },
    "personalizations.0.custom_args",
  ],
  [{ people: Array.from({ length: 1_001 }, (_, i) => person(`p${i}@example.com`)) }, "personalizations"],
])("send · does not call for what SendGrid would refuse: %#", async (more, field) => {
  const refused = await provider().send(mail([person("ana@example.com")], more), soon());
  expect(refused).toMatchObject({ kind: "refused", httpStatus: 400 });
  expect(refused.kind === "refused" && refused.faults.map((fault) => fault.field)).toEqual([field]);
  expect(seen).toEqual([]);
});

test("send · a call of more than 30 MB is one that is too large, and is not made", async () => {
  const large = mail([person("ana@example.com")], { html: "x".repeat(31 * 1024 * 1024) });
  expect(await provider().send(large, soon())).toMatchObject({ kind: "refused", httpStatus: 413 });
  expect(seen).toEqual([]);
});

test("send · gives back what SendGrid says of each field, and how long to wait", async () => {
  const fault = { message: "Does not contain a valid address.", field: "personalizations.0.to.0.email" };
  answer = says(400, { errors: [{ ...fault, help: "http://…" }] });
  const to = mail([person("ana@example.com")]);
  expect(await provider().send(to, soon())).toEqual({
    kind: "refused",
    httpStatus: 400,
    faults: [fault],
    retryAfterMs: null,
  });
  answer = says(429, { errors: [] }, { "x-ratelimit-reset": String(Math.floor(Date.now() / 1_000) + 30) });
  const slow = await provider().send(to, soon());
  expect(slow).toMatchObject({ kind: "refused", httpStatus: 429 });
  expect(slow.kind === "refused" && slow.retryAfterMs).toBeGreaterThan(25_000);
});

test("send · an answer that is neither yes nor no leaves all of it open", async () => {
  const to = mail([person("ana@example.com")]);
  const unknown = (why: string) => ({ kind: "unknown", why });
  for (const status of [500, 503, 408, 200]) {
    answer = says(status, {});
    expect(await provider().send(to, soon()), `${status}`).toEqual(unknown("server_error"));
  }
  answer = () => {};
  expect(await provider().send(to, soon())).toEqual(unknown("timeout"));
  answer = (request) => request.socket.destroy();
  expect(await provider().send(to, soon())).toEqual(unknown("reset"));
});

test("send · what has not been written is not sent", async () => {
  const to = mail([person("ana@example.com")]);
  expect(await provider().send(to, performance.now() - 1)).toEqual({ kind: "not_sent", why: "deadline" });
  expect(await provider("http://127.0.0.1:9").send(to, soon())).toEqual({
    kind: "not_sent",
    why: "no_connection",
  });
  expect(seen).toEqual([]);
});

test("cancelBatch · is done when SendGrid says so, also where it had been done before", async () => {
  answer = says(201, { batch_id: "b1" });
  expect(await provider().newBatch()).toBe("b1");
  await provider().cancelBatch("b1");
  expect(seen[1]).toMatchObject({
    path: "/v3/user/scheduled_sends",
    body: { batch_id: "b1", status: "cancel" },
  });
  answer = (request, response, body) =>
    request.method === "POST"
      ? says(400, { errors: [{ field: "batch_id", message: "exists" }] })(request, response, body)
      : says(200, [{ batch_id: "b1", status: "cancel" }])(request, response, body);
  await provider().cancelBatch("b1");
  answer = says(500, {});
  await expect(provider().cancelBatch("b1")).rejects.toThrow("HTTP 500");
});

test("verify · tells a key that may send from one that may not; its errors name neither key nor person", async () => {
  answer = says(200, { scopes: ["mail.send"] });
  expect(await provider().verify()).toEqual({ ok: true });
  answer = says(200, { scopes: ["stats.read"] });
  expect(await provider().verify()).toMatchObject({ ok: false });
  answer = says(401, { errors: [{ message: "invalid" }] });
  expect(await provider().verify()).toMatchObject({ ok: false });
  answer = says(500, {});
  const error: unknown = await provider()
    .verify()
    .catch((thrown: unknown) => thrown);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("SG.");
});
