import { afterAll, beforeAll, expect, test } from "vitest";
import { testSandbox } from "../../test/sandbox.ts";
import { twilioClient } from "./client.ts";
import { twilioContent } from "./content.ts";
import { TwilioHttpClient } from "./http.ts";

const account = { accountSid: `AC${"0".repeat(31)}7`, authToken: "token-of-the-test" };
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
const http = new TwilioHttpClient({ connections: 2, timeoutMs: 5000 });

beforeAll(async () => {
  sandbox = await testSandbox();
  await fetch(`${sandbox.url}/_sandbox/accounts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sid: account.accountSid, token: account.authToken }),
  });
});
afterAll(() => Promise.all([http.close(), sandbox.close()]));

const contentAs = (authToken: string) =>
  twilioContent(twilioClient({ ...account, authToken, baseUrl: sandbox.url }, http));

const template = {
  id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20",
  name: "Invitación · Altos de Los Rosales",
  language: "es",
  body: "Hola {{1}}, ¿te gustaría conocer más detalles?",
  samples: { 1: "Valeria" },
};

test("twilioContent · creates, submits and follows a template to its approval", async () => {
  const content = contentAs(account.authToken);
  const sid = await content.create(template);
  expect(sid).toMatch(/^HX[0-9a-f]{32}$/);
  const submitted = await content.submit(sid, { ...template, category: "marketing" });
  expect(submitted).toEqual({ status: "received", reason: null });
  await expect.poll(() => content.approval(sid)).toEqual({ status: "approved", reason: null });
});

test("twilioContent · says by code what Twilio refuses, and nothing of the text", async () => {
  const refused = contentAs("wrong").create(template);
  await expect(refused).rejects.toMatchObject({ code: "validation", details: { provider_code: 20003 } });
  await expect(refused).rejects.not.toThrow(/Hola|Valeria/);
});

test("twilioContent · tells a provider that is away from one that refuses", async () => {
  const nobody = twilioContent(twilioClient({ ...account, baseUrl: "http://127.0.0.1:9" }, http));
  await expect(nobody.create(template)).rejects.toMatchObject({ code: "provider_unavailable" });
});
