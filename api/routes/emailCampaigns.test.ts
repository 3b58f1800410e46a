import { afterAll, beforeAll, expect, test } from "vitest";
import { mailSender } from "../../test/mail.ts";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let on: { id: string; ask: Ask };
beforeAll(async () => {
  api = await testApi();
  on = await api.workspace({ settings: { email: { physical_address: "Calle 84 # 51-20, Barranquilla" } } });
  await mailSender(api.database.db, on.id);
});
afterAll(() => api.close());

const email = { subject: "Hola {name|amigo}", html: "<p>Hola</p>" };

test("a campaign by e-mail · is the same resource under both paths, its states called as mailers call them", async () => {
  const { body: list } = await on.ask("POST /v1/contact-lists", { name: "Todos" });
  const { status, body } = await on.ask("POST /v1/email/campaigns", {
    name: "Boletín",
    email,
    list_ids: [list.id],
  });
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { channel: "email", status: "draft", state: "draft" },
  });
  expect((await on.ask(`GET /v1/campaigns/${body.id}`)).body).toMatchObject({ id: body.id, email });
  const later = { scheduled_at: new Date(Date.now() + 3_600_000).toISOString() };
  const sent = await on.ask(`POST /v1/email/campaigns/${body.id}/send`, later);
  expect(sent).toMatchObject({ status: 200, body: { status: "scheduled" } });
  expect((await on.ask(`POST /v1/email/campaigns/${body.id}/send`, {})).status).toBe(409);
  const state = (to: string) =>
    api.database.db.updateTable("campaigns").set({ state: to }).where("id", "=", body.id).execute();
  for (const [is, called] of [
    ["running", "sending"],
    ["completed", "sent"],
    ["paused", "paused"],
    ["cancelled", "cancelled"],
    ["failed", "failed"],
  ] as const) {
    await state(is);
    expect((await on.ask(`GET /v1/email/campaigns/${body.id}`)).body.status).toBe(called);
  }
});

test("campaigns of other channels · are not among them", async () => {
  const { body } = await on.ask("POST /v1/campaigns", {
    name: "SMS",
    channel: "sms",
    message_template: "Hola",
  });
  expect((await on.ask(`GET /v1/email/campaigns/${body.id}`)).status).toBe(404);
  expect((await on.ask(`POST /v1/email/campaigns/${body.id}/send`, {})).status).toBe(404);
  const { body: listed } = await on.ask("GET /v1/email/campaigns");
  expect(listed.data.map((one: { channel: string }) => one.channel)).not.toContain("sms");
});

test("POST /v1/email/campaigns · names what is wrong as POST /v1/campaigns does", async () => {
  const refused = await on.ask("POST /v1/email/campaigns", {
    name: "x",
    email: { ...email, html: "<p>{</p>" },
  });
  expect(refused.body).toMatchObject({ code: "validation", field: "email.html", details: { position: 3 } });
  expect((await on.ask("POST /v1/email/campaigns", { name: "x" })).body).toMatchObject({ field: "email" });
});
