import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const ids = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id);

/** Entries of a workspace of its own, by their questions. */
async function knowing(entries: Record<string, object>): Promise<{ ask: Ask; idOf: Map<string, string> }> {
  const { ask } = await api.workspace();
  const idOf = new Map<string, string>();
  for (const [question, more] of Object.entries(entries)) {
    const entry = { question, answer: "Con gusto.", language: "es", ...more };
    const { status, body } = await ask("POST /v1/knowledge", entry);
    expect({ status, ...body }).toMatchObject({ status: 201, ...entry });
    idOf.set(question, body.id);
  }
  return { ask, idOf };
}

test("knowledge · is listed newest first, page by page, by language, tag and whether it is in use", async () => {
  const { ask, idOf } = await knowing({
    "¿Tienen parqueadero?": { tags: ["carro"] },
    "Do you have parking?": { language: "en" },
    "¿Reciben tarjetas?": {},
  });
  const [parking, english, cards] = [...idOf.values()];
  const first = await ask("GET /v1/knowledge?limit=2");
  expect(ids(first.body)).toEqual([cards, english]);
  expect(ids((await ask(`GET /v1/knowledge?limit=2&cursor=${first.body.next_cursor}`)).body)).toEqual([
    parking,
  ]);
  expect(ids((await ask("GET /v1/knowledge?language=en")).body)).toEqual([english]);
  expect(ids((await ask("GET /v1/knowledge?tag=carro")).body)).toEqual([parking]);
  const { body } = await ask(`PATCH /v1/knowledge/${cards}`, { enabled: false, answer: "Sí, todas." });
  expect(body).toMatchObject({ enabled: false, answer: "Sí, todas.", question: "¿Reciben tarjetas?" });
  expect(ids((await ask("GET /v1/knowledge?enabled=false")).body)).toEqual([cards]);
  await ask(`DELETE /v1/knowledge/${english}`);
  for (const [method, given] of [["GET"], ["PATCH", { enabled: true }], ["DELETE"]] as const)
    expect((await ask(`${method} /v1/knowledge/${english}`, given)).status).toBe(404);
});

test.each([
  [{ question: "¿?", language: "es" }, "answer"],
  [{ question: "¿?", answer: "Sí", language: "fr" }, "language"],
  [{ question: "¿?", answer: "Sí", language: "es", price: 1 }, "price"],
])("createKnowledge · refuses %j", async (entry, field) => {
  const { ask } = await api.workspace();
  const { status, body } = await ask("POST /v1/knowledge", entry);
  expect({ status, field: body.field ?? "" }).toEqual({ status: 400, field });
});

const entries = {
  "¿Cuál es el horario de atención los sábados?": { answer: "Los sábados de 9 a 13." },
  "¿Hacen devoluciones?": { answer: "Sí, en 30 días." },
  "¿Tienen parqueadero?": { tags: ["carro", "moto"] },
  "¿Cuánto cuesta el plan básico?": { answer: "$20.000 al mes." },
  "¿Cuánto cuesta el plan premium?": { answer: "$50.000 al mes." },
  "Do you deliver on Sundays?": { language: "en" },
  "Qual é o preço da consulta?": { language: "pt" },
  "Vocês fazem devoluções?": { language: "pt" },
};

test.each([
  ["es", "hola buenas, a que hora abren los sabados?", "¿Cuál es el horario de atención los sábados?"],
  ["es", "quisiera saber si hay devolución", "¿Hacen devoluciones?"],
  ["es", "puedo parquear la moto?", "¿Tienen parqueadero?"],
  ["es", "que precio tiene el plan PREMIUM", "¿Cuánto cuesta el plan premium?"],
  ["en", "Hi! Is there delivery on sunday", "Do you deliver on Sundays?"],
  ["pt", "oi, quanto custa a consulta?", "Qual é o preço da consulta?"],
  ["pt", "queria saber da devolucao", "Vocês fazem devoluções?"],
])("searchKnowledge · finds the answer however it is asked for: %s, %s", async (language, text, question) => {
  const { ask, idOf } = await knowing(entries);
  const { body } = await ask("POST /v1/knowledge/search", { text, language });
  expect(body.answered_by).toBe(idOf.get(question));
  expect(body.data[0]).toMatchObject({ question, whole: true });
});

test.each([
  ["another day", "es", "a que hora abren los domingos?", true],
  ["one thing of two", "es", "cuanto cuesta el plan basico y cuanto la garantia", true],
  ["which of two", "es", "cuanto cuesta el plan?", true],
  ["another matter", "es", "aceptan mascotas?", false],
  ["courtesies alone", "es", "hola buenas tardes", false],
  ["another language", "en", "devoluciones", false],
  ["signs alone", "es", "' | & ! \\ :*", false],
])("searchKnowledge · gives no answer that is not clear: %s", async (_, language, text, related) => {
  const { ask } = await knowing(entries);
  const { status, body } = await ask("POST /v1/knowledge/search", { text, language });
  expect({ status, answered_by: body.answered_by }).toEqual({ status: 200, answered_by: null });
  expect(body.data.length > 0).toBe(related);
});

test("searchKnowledge · finds nothing that is not in use, or another workspace's", async () => {
  const { ask, idOf } = await knowing({ "¿Tienen parqueadero?": {} });
  const asked = { text: "tienen parqueadero?", language: "es" };
  const { ask: other } = await api.workspace();
  expect((await other("POST /v1/knowledge/search", asked)).body.data).toEqual([]);
  await ask(`PATCH /v1/knowledge/${idOf.get("¿Tienen parqueadero?")}`, { enabled: false });
  expect((await ask("POST /v1/knowledge/search", asked)).body.data).toEqual([]);
});
