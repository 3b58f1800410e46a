import { afterAll, beforeAll, expect, test } from "vitest";
import { mailSender } from "../../test/mail.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ask: Ask;
beforeAll(async () => {
  api = await testApi();
  const workspace = await api.workspace({
    test_mode: true,
    settings: { email: { physical_address: "Calle 1, Barranquilla" }, require_opt_in: false },
  });
  ask = workspace.ask;
  await mailSender(api.database.db, workspace.id);
});
afterAll(() => api.close());

const EMAIL = { subject: "Tu código, {name|amigo}", html: "<p>Tu código es {code}</p>" };
const contentOf = async (messageId: string) =>
  api.database.db
    .selectFrom("messages as m")
    .innerJoin("email_contents as e", (join) => join.on("m.channel", "=", "email").onTrue())
    .select([
      "m.content_sid",
      "m.content_variables",
      "m.body",
      "e.id",
      "e.contact_id",
      "e.subject",
      "e.template_id",
    ])
    .where("m.id", "=", messageId)
    .execute()
    .then((rows) => rows.find((row) => row.id === row.content_sid));

test("POST /v1/messages · by e-mail keeps what it says with its person, and their values with the message", async () => {
  const { status, body } = await ask("POST /v1/messages", {
    channel: "email",
    to: "Ana@Example.com",
    email: EMAIL,
    variables: { code: "4821" },
  });
  expect({ status, state: body.state, address: body.address }).toEqual({
    status: 202,
    state: "queued",
    address: "ana@example.com",
  });
  const content = await contentOf(body.id);
  expect(content).toMatchObject({ contact_id: body.contact_id, body: null });
  expect(content?.subject).toMatch(/^Tu código, -s1-/);
  expect(Object.values(content?.content_variables as Record<string, string>)).toContain("4821");
});

test("POST /v1/messages · by a template keeps its content once for all", async () => {
  const template = await ask("POST /v1/templates", { name: "Código", channel: "email", email: EMAIL });
  const send = (to: string) =>
    ask("POST /v1/messages", {
      channel: "email",
      to,
      template_id: template.body.id,
      variables: { code: "1" },
    });
  const [one, other] = [await send("uno@example.com"), await send("dos@example.com")];
  const [first, second] = [await contentOf(one.body.id), await contentOf(other.body.id)];
  expect(first).toMatchObject({ template_id: template.body.id, contact_id: null });
  expect(second?.id).toBe(first?.id);
});

test("POST /v1/messages · by e-mail skips what lacks a value, and refuses what contradicts its channel", async () => {
  const lacking = await ask("POST /v1/messages", { channel: "email", to: "tres@example.com", email: EMAIL });
  expect(lacking.body).toMatchObject({ state: "skipped", reason: "missing_variables" });
  const text = await ask("POST /v1/messages", { channel: "email", to: "a@example.com", body: "Hola" });
  expect(text.body).toMatchObject({ status: 422, field: "body" });
  const mail = await ask("POST /v1/messages", { channel: "sms", to: "+573105550199", email: EMAIL });
  expect(mail.body).toMatchObject({ status: 422, field: "email" });
  const nobody = await ask("POST /v1/messages", { channel: "email", to: "keine adresse", email: EMAIL });
  expect(nobody.body).toMatchObject({ status: 422, field: "to" });
});
