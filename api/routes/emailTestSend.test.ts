import { afterAll, beforeAll, expect, test } from "vitest";
import { mailSender } from "../../test/mail.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ask: Ask;
let campaignId: string;
beforeAll(async () => {
  api = await testApi();
  const workspace = await api.workspace({
    test_mode: true,
    settings: { email: { physical_address: "Calle 1, Barranquilla" } },
  });
  ask = workspace.ask;
  await mailSender(api.database.db, workspace.id);
  const { body } = await ask("POST /v1/campaigns", {
    name: "Boletín",
    channel: "email",
    email: { subject: "Hola {name}", html: "<p>{proyecto} en {ciudad}</p>" },
    variables: { proyecto: "Rosales" },
  });
  campaignId = body.id;
});
afterAll(() => api.close());

const testSend = (body: object) => ask(`POST /v1/campaigns/${campaignId}/test-send`, body);

test("test-send · queues one transactional message for each address, marked and without holes", async () => {
  const { status, body } = await testSend({
    addresses: ["ana@example.com", "Ana@example.com", "luz@example.com"],
  });
  expect(status).toBe(202);
  expect(body.messages).toHaveLength(2);
  expect(body.messages.map(({ state }: { state: string }) => state)).toEqual(["queued", "queued"]);
  const row = await api.database.db
    .selectFrom("messages as m")
    .innerJoin("email_contents as e", "e.contact_id", "m.contact_id")
    .select(["m.purpose", "m.campaign_id", "m.content_variables", "e.subject"])
    .where("m.id", "=", body.messages[0].id)
    .executeTakeFirstOrThrow();
  expect(row).toMatchObject({ purpose: "transactional", campaign_id: null });
  expect(row.subject).toMatch(/^\[Test\] Hola -/);
  expect(Object.values(row.content_variables as Record<string, string>)).toEqual(
    expect.arrayContaining(["[name]", "Rosales", "[ciudad]"]),
  );
});

test("test-send · refuses more than five, both ways at once, and what is no address", async () => {
  const six = Array.from({ length: 6 }, (_, i) => `p${i}@example.com`);
  expect((await testSend({ addresses: six })).body).toMatchObject({ code: "validation", field: "addresses" });
  expect((await testSend({})).body).toMatchObject({ code: "validation", field: "addresses" });
  expect((await testSend({ addresses: ["sin correo"] })).body).toMatchObject({ code: "validation" });
  const sms = await ask("POST /v1/campaigns", { name: "SMS", channel: "sms", message_template: "Hola" });
  expect(
    (await ask(`POST /v1/campaigns/${sms.body.id}/test-send`, { addresses: ["a@example.com"] })).status,
  ).toBe(409);
});
