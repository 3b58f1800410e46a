import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test("classify · says what a reply means", async () => {
  const { ask } = await api.workspace();
  const { status, body } = await ask("POST /v1/ai/classify", {
    reply_text: "Quiero cancelar mi cita de mañana",
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    intent: "booking",
    opt_out: false,
    opt_in: false,
    language: "es",
    provider: "rules",
  });
});

test("classify · refuses an empty reply and a language it does not know, by field", async () => {
  const { ask } = await api.workspace();
  const refused = await ask("POST /v1/ai/classify", { reply_text: "", language: "fr" });
  expect(refused.status).toBe(400);
  expect(refused.body.errors.map(({ field }: { field: string }) => field)).toEqual([
    "reply_text",
    "language",
  ]);
});

test("ban-risk · names what is wrong with a text and what to do about it", async () => {
  const { ask } = await api.workspace();
  const message = "BUY NOW!!! LIMITED TIME OFFER!! Click here for FREE product!!!";
  const { status, body } = await ask("POST /v1/ai/ban-risk", { message });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    risk_level: "critical",
    recommendations: expect.arrayContaining(["At most one exclamation mark."]),
  });
  expect(body.factors).toContainEqual(expect.stringMatching(/^Shouting: \d+ % capitals \(\+\d+\)$/));
});

test("rewrite · greets, calms and keeps what must survive", async () => {
  const { ask } = await api.workspace();
  const message = "¡COMPRA YA!!! 20% en https://casa.example/a con {codigo|HOLA}. Responde BAJA para salir";
  const { status, body } = await ask("POST /v1/ai/rewrite", {
    message,
    contact_name: "Ana",
    tone: "friendly",
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({ original: message, tone: "friendly", provider: "rules" });
  expect(body.rewritten).toMatch(/^Hola,? Ana/);
  for (const kept of ["20%", "https://casa.example/a", "{codigo|HOLA}", "Responde BAJA para salir"])
    expect(body.rewritten).toContain(kept);
  expect(body.changes).toContainEqual(expect.stringMatching(/^Ban risk: [\d.]+, was [\d.]+\.$/));
});

test("rewrite · refuses a tone that there is not, by field", async () => {
  const { ask } = await api.workspace();
  const { status, body } = await ask("POST /v1/ai/rewrite", { message: "Hola", tone: "angry" });
  expect(status).toBe(400);
  expect(body.errors[0].field).toBe("tone");
});
