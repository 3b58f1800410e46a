import { type Erasure, findErasureOf, personOf } from "../../db/erasures.ts";
import { eraseRows } from "../../db/erasureRows.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ws: Awaited<ReturnType<TestApi["workspace"]>>;
beforeAll(async () => {
  api = await testApi();
  ws = await api.workspace({ default_region: "CO", time_zone: "America/Bogota" });
});
afterAll(() => api.close());

test("POST /v1/contacts · normalises the number and says where it is at home", async () => {
  const { status, body } = await ws.ask("POST /v1/contacts", {
    phone: "(310) 555-01-99",
    email: "Valeria@Example.COM",
    name: "Valeria Mercado",
    attributes: { proyecto: "Altos", vip: true, nada: null },
    tags: ["cliente", "cliente"],
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    phone: "+573105550199",
    phone_type: "mobile",
    email: "valeria@example.com",
    country: "CO",
    number_zones: ["America/Bogota"],
    attributes: { proyecto: "Altos", vip: true },
    tags: ["cliente"],
  });
  const again = await ws.ask("POST /v1/contacts", { phone: "whatsapp:+573105550199" });
  expect(again.status).toBe(409);
  expect(again.body).toMatchObject({ code: "conflict", details: { contact_ids: [body.id] } });
});

test("POST /v1/contacts · names the field of an unusable address and never the address", async () => {
  const bad = await ws.ask("POST /v1/contacts", { phone: "5.73E+11" });
  expect(bad.status).toBe(422);
  expect(bad.body).toMatchObject({ field: "phone", details: { reason: "excel_mangled" } });
  const mail = await ws.ask("POST /v1/contacts", { email: "valeria@" });
  expect(mail.body).toMatchObject({ field: "email", details: { reason: "no_domain" } });
  expect(JSON.stringify([bad.body, mail.body])).not.toMatch(/5\.73|valeria/);
  expect((await ws.ask("POST /v1/contacts", { name: "Nadie" })).body).toMatchObject({ field: "phone" });
});

test("PUT /v1/contacts · creates once, then changes what is given", async () => {
  const created = await ws.ask("PUT /v1/contacts", {
    phone: "3105550200",
    name: "Ana",
    attributes: { a: 1, b: 2 },
  });
  const changed = await ws.ask("PUT /v1/contacts", {
    phone: "+57 310 555 0200",
    city: "Cali",
    attributes: { b: null, c: "x" },
  });
  expect(changed.status).toBe(200);
  expect(changed.body).toMatchObject({
    id: created.body.id,
    name: "Ana",
    city: "Cali",
    attributes: { a: 1, c: "x" },
  });
});

test("PUT /v1/contacts · creates one person under many requests at once", async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      ws.ask("PUT /v1/contacts", { phone: "3105550201", name: `Nombre ${i}` }),
    ),
  );
  expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200));
  expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
});

test("PUT /v1/contacts by e-mail · refuses to guess in a family and says what to do", async () => {
  const email = "familia@example.com";
  const one = await ws.ask("POST /v1/contacts", { phone: "3105550210", email });
  expect((await ws.ask("PUT /v1/contacts", { email, name: "Uno" })).body.id).toBe(one.body.id);
  const two = await ws.ask("POST /v1/contacts", { phone: "3105550211", email });
  const several = await ws.ask("PUT /v1/contacts", { email, name: "¿Quién?" });
  expect(several.status).toBe(409);
  expect(new Set(several.body.details.contact_ids)).toEqual(new Set([one.body.id, two.body.id]));
  expect(several.body.fix).toMatch(/phone/);
});

test("PATCH /v1/contacts/{id} · takes a new number over, but not somebody else's", async () => {
  const mine = await ws.ask("POST /v1/contacts", { email: "solo@example.com" });
  const other = await ws.ask("POST /v1/contacts", { phone: "3105550220" });
  const taken = await ws.ask(`PATCH /v1/contacts/${mine.body.id}`, { phone: "3105550220" });
  expect(taken.status).toBe(409);
  expect(taken.body.details).toEqual({ contact_id: other.body.id });
  const moved = await ws.ask(`PATCH /v1/contacts/${mine.body.id}`, { phone: "3105550221" });
  expect(moved.body).toMatchObject({ phone: "+573105550221", email: "solo@example.com" });
  const stripped = await ws.ask(`PATCH /v1/contacts/${other.body.id}`, { phone: null });
  expect(stripped.status).toBe(422);
});

test("GET /v1/contacts · finds by name, number, e-mail, tag and list, page by page", async () => {
  const own = await api.workspace({ default_region: "MX" });
  const names = ["Ángela Núñez", "ANGEL Ruiz", "Beatriz", "100% Real", "Angélica"];
  const ids: string[] = [];
  for (const [i, name] of names.entries()) {
    const { body } = await own.ask("POST /v1/contacts", {
      name,
      phone: `55 1234 00${10 + i}`,
      email: `${i}.persona@example.mx`,
      tags: i % 2 ? ["impar"] : [],
    });
    ids.push(body.id);
  }
  const found = async (query: string) =>
    (await own.ask(`GET /v1/contacts?${query}`)).body.data.map((one: { name: string }) => one.name).sort();
  expect(await found("q=angel")).toEqual(["ANGEL Ruiz", "Angélica", "Ángela Núñez"]);
  expect(await found("q=100%25")).toEqual(["100% Real"]);
  expect(await found("q=%25")).toEqual([]);
  expect(await found("q=55+1234+0012")).toEqual(["Beatriz"]);
  expect(await found("q=%2B52551234001")).toHaveLength(5);
  expect(await found("q=3.PERSONA")).toEqual(["100% Real"]);
  expect(await found("tag=impar")).toEqual(["100% Real", "ANGEL Ruiz"]);

  const list = await own.ask("POST /v1/contact-lists", { name: "Algunos" });
  await own.ask(`POST /v1/contact-lists/${list.body.id}/members`, { contact_ids: ids.slice(0, 2) });
  expect(await found(`list_id=${list.body.id}`)).toEqual(["ANGEL Ruiz", "Ángela Núñez"]);

  const seen: string[] = [];
  for (let query: string | null = "limit=2"; query !== null; ) {
    const page = await own.ask(`GET /v1/contacts?${query}`);
    seen.push(...page.body.data.map((one: { id: string }) => one.id));
    query = page.body.next_cursor && `limit=2&cursor=${page.body.next_cursor}`;
  }
  expect(seen).toEqual([...ids].reverse());
});

async function queued(contactId: string, fields: Record<string, unknown> = {}): Promise<string> {
  const campaign = await api.database.db
    .insertInto("campaigns")
    .values({ workspace_id: ws.id, name: "Campaña", channel: "whatsapp", state: "running" })
    .returning("id")
    .executeTakeFirstOrThrow();
  await api.database.db
    .insertInto("messages")
    .values({
      workspace_id: ws.id,
      contact_id: contactId,
      campaign_id: campaign.id,
      direction: "out",
      channel: "whatsapp",
      state: "queued",
      due_at: new Date(),
      address: "+573105550230",
      body: "Hola Valeria",
      ...fields,
    })
    .execute();
  return campaign.id;
}

async function messagesOf(contactId: string) {
  return api.database.db
    .selectFrom("messages")
    .select(["channel", "purpose", "state", "reason", "due_at", "address", "body"])
    .where("contact_id", "=", contactId)
    .orderBy("id")
    .execute();
}

const owed = async (campaignId: string) =>
  (
    await api.database.db
      .selectFrom("temporal_outbox")
      .select("workflow_id")
      .where("workflow_id", "=", `campaign:${campaignId}`)
      .execute()
  ).length;

test("POST consents opted_out · cancels what is queued on that channel and lets the campaign look", async () => {
  const { body: contact } = await ws.ask("POST /v1/contacts", { phone: "3105550230" });
  const campaign = await queued(contact.id);
  await queued(contact.id, { channel: "sms" });
  await queued(contact.id, { purpose: "transactional" });
  const consent = { channel: "whatsapp", source: "store", method: "spoken" };
  const said = await ws.ask(`POST /v1/contacts/${contact.id}/consents`, { ...consent, state: "opted_out" });
  expect(said.status).toBe(201);
  expect(said.body).toMatchObject({ state: "opted_out", purpose: "marketing", contact_id: contact.id });
  expect(await messagesOf(contact.id)).toMatchObject([
    { state: "cancelled", reason: "opted_out", due_at: null },
    { channel: "sms", state: "queued" },
    { purpose: "transactional", state: "queued" },
  ]);
  expect(await owed(campaign)).toBe(1);

  await ws.ask(`POST /v1/contacts/${contact.id}/consents`, {
    ...consent,
    state: "opted_out",
    purpose: "all",
  });
  expect((await messagesOf(contact.id))[2]).toMatchObject({ state: "cancelled" });
  await ws.ask(`POST /v1/contacts/${contact.id}/consents`, { ...consent, state: "opted_in" });
  const record = await ws.ask(`GET /v1/contacts/${contact.id}/consents?limit=2`);
  expect(record.body.data.map((one: { state: string }) => one.state)).toEqual(["opted_in", "opted_out"]);
  expect(record.body.next_cursor).not.toBeNull();
});

test("PATCH phone · cancels what waits for the number that was", async () => {
  const { body: contact } = await ws.ask("POST /v1/contacts", {
    phone: "3105550240",
    email: "p@example.com",
  });
  await queued(contact.id);
  await ws.ask(`PATCH /v1/contacts/${contact.id}`, { name: "Otro nombre" });
  expect((await messagesOf(contact.id))[0]).toMatchObject({ state: "queued" });
  await ws.ask(`PATCH /v1/contacts/${contact.id}`, { phone: "3105550241" });
  expect((await messagesOf(contact.id))[0]).toMatchObject({ state: "cancelled", reason: "address_changed" });
});

test("DELETE /v1/contacts/{id} · takes everything that identifies the person, keeps counts and the suppression", async () => {
  const { body: contact } = await ws.ask("POST /v1/contacts", {
    phone: "3105550250",
    email: "borrar@example.com",
    name: "Por Borrar",
    attributes: { nota: "secreta" },
  });
  const campaign = await queued(contact.id, { address: "+573105550250" });
  await ws.ask("POST /v1/suppressions", { channel: "sms", address: "3105550250" });
  const { body: list } = await ws.ask("POST /v1/contact-lists", { name: "De borrados" });
  await ws.ask(`POST /v1/contact-lists/${list.id}/members`, { contact_ids: [contact.id] });

  expect((await ws.ask(`DELETE /v1/contacts/${contact.id}`)).status).toBe(204);
  expect((await ws.ask(`GET /v1/contacts/${contact.id}`)).status).toBe(404);
  expect((await ws.ask(`DELETE /v1/contacts/${contact.id}`)).status).toBe(404);
  expect(await messagesOf(contact.id)).toMatchObject([{ state: "cancelled", reason: "deleted" }]);
  expect(await owed(campaign)).toBe(1);
  const { body: suppressions } = await ws.ask("GET /v1/suppressions?channel=sms");
  expect(suppressions.data).toMatchObject([{ address: null, reason: "blocked" }]);

  const { body: certificates } = await ws.ask("GET /v1/erasures");
  expect(certificates.data).toMatchObject([{ contact_id: contact.id, origin: "delete", cancelled: 1 }]);
  const erasure = (await findErasureOf(api.database.db, ws.id, contact.id)) as Erasure;
  await eraseRows(api.database.db, await personOf(api.database.db, api.deps.addressKey, erasure));
  expect(await messagesOf(contact.id)).toMatchObject([{ address: null, body: null }]);
  expect((await ws.ask(`GET /v1/contact-lists/${list.id}`)).body.member_count).toBe(0);
  const { rows } = await api.database.pool.query("select to_jsonb(c) as row from contacts c where id = $1", [
    contact.id,
  ]);
  expect(JSON.stringify(rows)).not.toMatch(/310555|borrar|Borrar|secreta/i);
  // The address is suppressed still, when the person comes back.
  const again = await ws.ask("POST /v1/suppressions", { channel: "sms", address: "3105550250" });
  expect(again.body.data[0].id).toBe(suppressions.data[0].id);
  expect((await ws.ask("POST /v1/contacts", { phone: "3105550250" })).status).toBe(201);
});

test("POST /v1/contacts/{id}/erase · suppresses their addresses and gives one certificate however often it is asked for", async () => {
  const { body: contact } = await ws.ask("POST /v1/contacts", {
    phone: "3105550260",
    email: "olvido@example.com",
  });
  const first = await ws.ask(`POST /v1/contacts/${contact.id}/erase`);
  expect(first).toMatchObject({
    status: 202,
    body: { contact_id: contact.id, origin: "erase", state: "running", suppressed: 4 },
  });
  expect((await ws.ask(`GET /v1/contacts/${contact.id}`)).status).toBe(404);
  expect((await ws.ask(`POST /v1/contacts/${contact.id}/erase`)).body).toEqual(first.body);
  expect((await ws.ask(`GET /v1/erasures/${first.body.id}`)).body).toEqual(first.body);
  const { body: suppressions } = await ws.ask("GET /v1/suppressions?reason=erased");
  expect(suppressions.data.map((one: { address: unknown }) => one.address)).toEqual([null, null, null, null]);
});
