import { afterAll, beforeAll, expect, test } from "vitest";
import { twilioClient } from "../../providers/twilio/client.ts";
import { twilioContent } from "../../providers/twilio/content.ts";
import { TwilioHttpClient } from "../../providers/twilio/http.ts";
import { testSandbox } from "../../test/sandbox.ts";
import { type TestApi, testApi } from "../testing.ts";

const account = { accountSid: `AC${"0".repeat(31)}8`, authToken: "token-of-the-test" };
const http = new TwilioHttpClient({ connections: 2, timeoutMs: 5000 });
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
let api: TestApi;
let ws: Awaited<ReturnType<TestApi["workspace"]>>;
let away = false;

beforeAll(async () => {
  sandbox = await testSandbox();
  await fetch(`${sandbox.url}/_sandbox/accounts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sid: account.accountSid, token: account.authToken }),
  });
  const at = (baseUrl: string) => twilioContent(twilioClient({ ...account, baseUrl }, http));
  api = await testApi({
    contentOf: () => Promise.resolve(at(away ? "http://127.0.0.1:9" : sandbox.url)),
  });
  ws = await api.workspace();
});
afterAll(() => Promise.all([api.close(), http.close(), sandbox.close()]));

const whatsapp = {
  channel: "whatsapp",
  name: "Invitación",
  body: "Hola {name|amigo}, te presento {proyecto}. ¿Te interesa?",
  samples: { proyecto: "Altos de Los Rosales" },
};

test("POST /v1/templates · reads the text at once; SMS and e-mail can be sent as they are", async () => {
  const sms = await ws.ask("POST /v1/templates", {
    channel: "sms",
    name: "Aviso",
    body: "Hola {{x}} {name}",
  });
  expect(sms.status).toBe(201);
  expect(sms.body).toMatchObject({ approval_status: "approved", variables: ["name"], language: "es" });
  const bad = await ws.ask("POST /v1/templates", { channel: "sms", name: "Mal", body: "Hola {name" });
  expect(bad.body).toMatchObject({ code: "validation", field: "body", details: { position: 5 } });
  const twice = await ws.ask("POST /v1/templates", { channel: "sms", name: "AVISO", body: "x" });
  expect(twice.body).toMatchObject({ code: "conflict", field: "name" });
  const other = { channel: "sms", name: "AVISO", language: "pt_BR", body: "Olá" };
  expect((await ws.ask("POST /v1/templates", other)).status).toBe(201);
  expect((await ws.ask(`POST /v1/templates/${sms.body.id}/submit`)).status).toBe(409);
  const risky = await ws.ask("POST /v1/templates", {
    channel: "whatsapp",
    name: "Riesgo",
    body: "{name}{city}, hola",
  });
  expect(risky.body.warnings).toEqual(["starts_with_variable", "adjacent_variables"]);
});

test("submit · hands a WhatsApp template in, and refresh follows it to its approval", async () => {
  const { body } = await ws.ask("POST /v1/templates", whatsapp);
  expect(body).toMatchObject({
    approval_status: "unsubmitted",
    content_sid: null,
    variables: ["name", "proyecto"],
  });
  expect((await ws.ask(`POST /v1/templates/${body.id}/refresh`)).status).toBe(409);
  const submitted = await ws.ask(`POST /v1/templates/${body.id}/submit`);
  expect(submitted.status).toBe(200);
  expect(submitted.body).toMatchObject({
    approval_status: "received",
    content_sid: expect.stringMatching(/^HX/),
  });
  expect((await ws.ask(`POST /v1/templates/${body.id}/submit`)).status).toBe(409);
  await expect
    .poll(async () => (await ws.ask(`POST /v1/templates/${body.id}/refresh`)).body.approval_status)
    .toBe("approved");

  const auth = `Basic ${Buffer.from(`${account.accountSid}:${account.authToken}`).toString("base64")}`;
  const content = await fetch(`${sandbox.url}/v1/Content/${submitted.body.content_sid}`, {
    headers: { authorization: auth },
  });
  expect(await content.json()).toMatchObject({
    language: "es",
    variables: { "1": "amigo", "2": "Altos de Los Rosales" },
    types: { "twilio/text": { body: "Hola {{1}}, te presento {{2}}. ¿Te interesa?" } },
  });

  const renamed = await ws.ask(`PATCH /v1/templates/${body.id}`, {
    name: "Invitación 2",
    body: whatsapp.body,
  });
  expect(renamed.body).toMatchObject({ approval_status: "approved", name: "Invitación 2" });
  const rewritten = await ws.ask(`PATCH /v1/templates/${body.id}`, { body: "Otra cosa para {name|ti}." });
  expect(rewritten.body).toMatchObject({
    approval_status: "unsubmitted",
    content_sid: null,
    submitted_at: null,
  });
});

test("submit · says clearly that the provider is away, and goes on where it was", async () => {
  const { body } = await ws.ask("POST /v1/templates", { ...whatsapp, name: "Sin red" });
  away = true;
  const refused = await ws.ask(`POST /v1/templates/${body.id}/submit`);
  away = false;
  expect(refused.status).toBe(502);
  expect(refused.body).toMatchObject({ code: "provider_unavailable" });
  expect((await ws.ask(`GET /v1/templates/${body.id}`)).body.approval_status).toBe("unsubmitted");
  expect((await ws.ask(`POST /v1/templates/${body.id}/submit`)).status).toBe(200);
});

test("templates · stay as they are while a campaign sends them", async () => {
  const { body } = await ws.ask("POST /v1/templates", {
    channel: "sms",
    name: "En curso",
    body: "Hola {name}",
  });
  const campaign = await api.database.db
    .insertInto("campaigns")
    .values({ workspace_id: ws.id, name: "En curso", channel: "sms", state: "running", template_id: body.id })
    .returning("id")
    .executeTakeFirstOrThrow();
  const changed = await ws.ask(`PATCH /v1/templates/${body.id}`, { body: "Adiós {name}" });
  expect(changed.body).toMatchObject({ code: "state_conflict", details: { campaign_id: campaign.id } });
  expect((await ws.ask(`DELETE /v1/templates/${body.id}`)).status).toBe(409);
  expect((await ws.ask(`PATCH /v1/templates/${body.id}`, { name: "Otro nombre" })).status).toBe(200);
  await api.database.db
    .updateTable("campaigns")
    .set({ state: "completed" })
    .where("id", "=", campaign.id)
    .execute();
  expect((await ws.ask(`DELETE /v1/templates/${body.id}`)).status).toBe(204);
  expect((await ws.ask(`GET /v1/templates/${body.id}`)).status).toBe(404);
});
