import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ws: Awaited<ReturnType<TestApi["workspace"]>>;
beforeAll(async () => {
  api = await testApi();
  ws = await api.workspace({ settings: { email: { physical_address: "Calle 84 # 51-20, Barranquilla" } } });
});
afterAll(() => api.close());

const email = {
  subject: "{name|Hola}, novedades de {proyecto}",
  preheader: "Solo para {city|ti}",
  blocks: [
    { type: "header", title: "Artek Mar" },
    { type: "text", text: "Hola {name|amigo}: {{ saldo | default: 0 }}" },
    { type: "button", text: "Ver", url: "https://artekmar.example/{proyecto}" },
    { type: "footer" },
  ],
  languages: { en: { subject: "News for {name|you}", html: "<p>Hi {name|friend}, {{ rank }}</p>" } },
};
let serial = 0;
const created = async (fields: object = {}) =>
  (
    await ws.ask("POST /v1/templates", {
      channel: "email",
      name: `Novedades ${serial++}`,
      email,
      samples: { proyecto: "Rosales" },
      ...fields,
    })
  ).body;

describe("e-mail templates", () => {
  test("are compiled when they are saved, and come back as they were sent", async () => {
    const template = await created();
    expect(template).toMatchObject({ approval_status: "approved", email, warnings: [] });
    expect(template.variables).toEqual(["name", "proyecto", "city", "saldo", "rank"]);
    expect(template.body).toMatch(/^Artek Mar/);
    expect((await ws.ask(`GET /v1/templates/${template.id}`)).body.email).toEqual(email);
    const { body: listed } = await ws.ask("GET /v1/templates?channel=email&limit=1");
    expect(listed.data[0]).toMatchObject({ id: template.id, variables: template.variables });
    expect(listed.data[0]).not.toHaveProperty("email");
    const change = { email: { subject: "Otra cosa", html: "<p>Hola {name|amigo}</p>" } };
    const { body: changed } = await ws.ask(`PATCH /v1/templates/${template.id}`, change);
    expect(changed).toMatchObject({ ...change, body: "Hola {name|amigo}", variables: ["name"] });
  });

  test.each([
    [{ email: { ...email, subject: "Hola {name" } }, "email.subject"],
    [{ email: { subject: "x", html: "<p style='color:{c}'>x</p>" } }, "email.html"],
    [{ email: { subject: "x", html: "<p>{{ a | nope }}</p>" } }, "email.html"],
    [{ email: { ...email, languages: { pt: { html: "{% if a %}" } } } }, "email.languages.pt.html"],
    [
      { email: { subject: "x", blocks: [{ type: "button", text: "Ver", url: "artek" }] } },
      "email.blocks[0].url",
    ],
    [{ email: { subject: "x" } }, "email.html"],
    [{ email: { subject: "x", blocks: [{ type: "video" }] } }, "email.blocks[0].type"],
    [{ email: undefined }, "email"],
    [{ body: "Hola" }, "body"],
    [{ channel: "sms" }, "email"],
  ])("%j · is refused at %s", async (fields, field) => {
    expect(await created(fields)).toMatchObject({ code: "validation", field });
  });

  test("POST preview · shows the mail of a contact, with what to know before it goes out", async () => {
    const template = await created();
    const { body: contact } = await ws.ask("POST /v1/contacts", {
      email: "ana@example.com",
      name: "Ana <b>",
      attributes: { saldo: 12 },
    });
    const preview = (wish: object) => ws.ask(`POST /v1/templates/${template.id}/preview`, wish);
    const { status, body } = await preview({ contact_id: contact.id });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      language: "es",
      subject: "Ana <b>, novedades de Rosales",
      preheader: "Solo para ti",
      clipped: false,
      missing_variables: [],
      spam: { score: expect.any(Number), factors: expect.any(Array) },
      warnings: [],
    });
    expect(body.html).toContain("Hola Ana &lt;b&gt;: 12");
    expect(body.size_bytes).toBe(Buffer.byteLength(body.html));
    expect(body.text).toContain("Calle 84 # 51-20, Barranquilla");
    expect(body.dark_mode_html).toContain("invert(1)");
    expect(body.links).toContainEqual({
      url: "https://artekmar.example/Rosales",
      text: "Ver",
      problem: null,
    });
    expect(body.links.map(({ text }: { text: string }) => text)).toContain("Darme de baja");
    const english = await preview({ language: "en" });
    expect(english.body).toMatchObject({
      language: "en",
      subject: "News for you",
      missing_variables: ["rank"],
    });
    expect(english.body.html).toContain("Hi friend, ");
    expect(english.body.text).toContain("Unsubscribe");
    expect((await preview({ contact_id: template.id })).body).toMatchObject({ field: "contact_id" });
    const sms = await ws.ask("POST /v1/templates", { channel: "sms", name: "sms", body: "x" });
    expect((await ws.ask(`POST /v1/templates/${sms.body.id}/preview`, {})).status).toBe(404);
  });
});

describe("e-mail campaigns", () => {
  const campaign = (fields: object, ask = ws.ask) =>
    ask("POST /v1/campaigns", { name: "Boletín", channel: "email", ...fields });

  test("say what they say in email or by a template of e-mail, and are previewed with their own values", async () => {
    const own = await campaign({ email, variables: { proyecto: "Rosales", rank: "1" } });
    expect(own.status).toBe(201);
    expect((await ws.ask(`GET /v1/campaigns/${own.body.id}`)).body.email).toEqual(email);
    const previewed = await ws.ask(`POST /v1/campaigns/${own.body.id}/preview`, {});
    expect(previewed.body).toMatchObject({ subject: "Hola, novedades de Rosales", missing_variables: [] });
    const byTemplate = await campaign({ template_id: (await created()).id });
    const shown = await ws.ask(`POST /v1/campaigns/${byTemplate.body.id}/preview`, {});
    expect(shown.body).toMatchObject({ subject: "Hola, novedades de Rosales" });
    expect((await campaign({ message_template: "x" })).body).toMatchObject({ field: "message_template" });
    expect((await campaign({})).body).toMatchObject({ field: "email" });
    expect((await campaign({ channel: "sms", email })).body).toMatchObject({ field: "email" });
    expect((await campaign({ email: { ...email, subject: "{" } })).body).toMatchObject({
      field: "email.subject",
    });
    const patched = await ws.ask(`PATCH /v1/campaigns/${own.body.id}`, {
      email: { subject: "x", html: "y" },
    });
    expect(patched.status).toBe(200);
  });

  test("of marketing · do not start without a physical address, which the preview warns of", async () => {
    const homeless = await api.workspace();
    const { body: list } = await homeless.ask("POST /v1/contact-lists", { name: "Todos" });
    const { body } = await campaign({ email, list_ids: [list.id], variables: { rank: "1" } }, homeless.ask);
    const preview = await homeless.ask(`POST /v1/campaigns/${body.id}/preview`, {});
    expect(preview.body.warnings.join()).toContain("settings.email.physical_address");
    expect((await homeless.ask(`POST /v1/campaigns/${body.id}/start`, {})).body).toMatchObject({
      code: "validation",
      field: "settings.email.physical_address",
    });
  });
});
