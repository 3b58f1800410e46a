import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let on: Awaited<ReturnType<TestApi["workspace"]>>;
beforeAll(async () => {
  api = await testApi();
  on = await api.workspace({ settings: { email: { physical_address: "Calle 84 # 51-20, Barranquilla" } } });
});
afterAll(() => api.close());

const hashOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const pdf = randomBytes(3_000);
const plan = {
  file_name: "plano.pdf",
  content_type: "application/pdf",
  content_base64: pdf.toString("base64"),
};
const EMAIL = { subject: "Hola {name|amigo}", html: "<p>Hola</p>" };
const draft = (attachments: unknown, email: object = EMAIL) =>
  on.ask("POST /v1/email/campaigns", { name: "Boletín", email: { ...email, attachments } });
const download = (key: string, sha256: string) =>
  api.app.request(`/v1/email/files/${sha256}`, { headers: { authorization: `Bearer ${key}` } });
const keptPlan = {
  file_name: "plano.pdf",
  content_type: "application/pdf",
  disposition: "attachment",
  sha256: hashOf(pdf),
  size: pdf.length,
};

test("attachments · are answered by hash and size, given back, and taken again by their hash", async () => {
  const { body: campaign } = await draft([plan]);
  const { body: shown } = await on.ask(`GET /v1/campaigns/${campaign.id}`);
  expect(shown.email).toEqual({ ...EMAIL, attachments: [keptPlan] });

  const file = await download(on.key, keptPlan.sha256);
  expect(Buffer.from(await file.arrayBuffer()).equals(pdf)).toBe(true);
  expect(file.headers.get("content-type")).toBe("application/pdf");
  expect(file.headers.get("content-disposition")).toBe("attachment");
  expect(file.headers.get("x-content-type-options")).toBe("nosniff");

  // As it was answered, under another name.
  const again = { ...EMAIL, attachments: [{ ...keptPlan, file_name: "precios.pdf", size: 1 }] };
  expect((await on.ask(`PATCH /v1/campaigns/${campaign.id}`, { email: again })).status).toBe(200);
  const { body: changed } = await on.ask(`GET /v1/campaigns/${campaign.id}`);
  expect(changed.email.attachments).toEqual([{ ...keptPlan, file_name: "precios.pdf" }]);
});

test("a template · keeps its files as well", async () => {
  const wanted = { name: "Con plano", channel: "email", email: { ...EMAIL, attachments: [plan] } };
  const { body: template } = await on.ask("POST /v1/templates", wanted);
  expect(template.email.attachments).toEqual([keptPlan]);
});

test("a file · is nobody's of another workspace, neither to read nor to attach", async () => {
  await draft([plan]);
  const other = await api.workspace();
  expect((await download(other.key, keptPlan.sha256)).status).toBe(404);
  expect((await download(other.key, "nonsense")).status).toBe(404);
  const { body } = await other.ask("POST /v1/email/campaigns", {
    name: "Boletín",
    email: { ...EMAIL, attachments: [keptPlan] },
  });
  expect(body).toMatchObject({ code: "validation", field: "email.attachments[0].sha256" });
});

test.each([
  ["content_base64", { ...plan, content_base64: "¡hola!" }, "This is not base64."],
  ["content_base64", { ...plan, content_base64: Buffer.alloc(15_100_000).toString("base64") }, "15.1 MB"],
  ["content_base64", { ...plan, content_base64: undefined }, "exactly one"],
  ["file_name", { ...plan, file_name: "precios.exe" }, "Mail servers refuse files of this kind: .exe."],
  ["content_id", { ...plan, content_type: "image/png", disposition: "inline" }, "inline"],
])("a wrong %s · is refused with its field", async (field, wrong, says) => {
  const { status, body } = await draft([plan, wrong]);
  expect(status).toBe(422);
  expect(body).toMatchObject({ code: "validation", field: `email.attachments[1].${field}` });
  expect(body.detail).toContain(says);
});

test("too much together · is refused with what there is and what there may be", async () => {
  const large = { ...plan, content_base64: Buffer.alloc(10_100_000).toString("base64") };
  const { body } = await draft([large, large]);
  expect(body).toMatchObject({
    code: "validation",
    field: "email.attachments",
    detail: expect.stringContaining("20.2 MB together"),
  });
  const { status, body: many } = await draft(Array.from({ length: 21 }, () => plan));
  expect({ status, field: many.field }).toEqual({ status: 400, field: "email.attachments" });
});

test("inline images · are shown by HTML and blocks, and missed where they are not attached", async () => {
  const logo = {
    file_name: "logo.png",
    content_type: "image/png",
    content_base64: "aG9sYQ==",
    disposition: "inline",
    content_id: "logo",
  };
  const blocks = { subject: "Hola", blocks: [{ type: "image", src: "cid:logo", alt: "Artek Mar" }] };
  expect((await draft([logo], blocks)).status).toBe(201);
  const { body } = await draft([plan], blocks);
  expect(body).toMatchObject({ code: "validation", field: "email.html" });
  const { body: other } = await draft([logo], {
    ...EMAIL,
    languages: { pt: { html: '<img src="cid:foto" alt="">' } },
  });
  expect(other).toMatchObject({ code: "validation", field: "email.languages.pt.html" });
});

test("POST preview · lists the files, and warns of images that nothing shows and of a large mail", async () => {
  const image = {
    file_name: "foto.png",
    content_type: "image/png",
    content_base64: Buffer.alloc(9_000_000).toString("base64"),
    disposition: "inline",
    content_id: "foto",
  };
  const { body: campaign } = await draft([plan, image]);
  const { body: preview } = await on.ask(`POST /v1/campaigns/${campaign.id}/preview`, {});
  expect(preview.attachments).toMatchObject([keptPlan, { file_name: "foto.png", size: 9_000_000 }]);
  expect(preview.total_bytes).toBeGreaterThan(12_000_000);
  expect(preview.warnings).toEqual(
    expect.arrayContaining([
      "The mail has 12 MB: many mail servers refuse more than 10.",
      "Inline images that the HTML shows nowhere: 1.",
    ]),
  );
});
