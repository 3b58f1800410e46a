import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ask, type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ask: Ask;
beforeAll(async () => {
  api = await testApi();
  ({ ask } = await api.workspace());
});
afterAll(() => api.close());

test("topics · are created, changed, ordered and deleted", async () => {
  const made = await ask("POST /v1/email/topics", {
    name: "Novedades",
    description: "Una vez al mes",
    translations: { pt: { name: "Novidades" } },
    asm_group_id: 42,
    position: 2,
  });
  expect(made).toMatchObject({ status: 201, body: { name: "Novedades", asm_group_id: 42 } });
  await ask("POST /v1/email/topics", { name: "Ofertas", position: 1 });
  const { body: list } = await ask("GET /v1/email/topics");
  expect(list.data.map(({ name }: { name: string }) => name)).toEqual(["Ofertas", "Novedades"]);
  const path = `/v1/email/topics/${made.body.id}`;
  expect(await ask(`PATCH ${path}`, { position: 0, description: null })).toMatchObject({
    status: 200,
    body: { position: 0, description: null, translations: { pt: { name: "Novidades" } } },
  });
  expect((await ask(`DELETE ${path}`)).status).toBe(204);
  expect((await ask(`GET ${path}`)).status).toBe(404);
  expect((await ask(`PATCH ${path}`, { position: 0 })).status).toBe(404);
});

test("topics · share neither names nor groups, and say which", async () => {
  await ask("POST /v1/email/topics", { name: "Eventos", asm_group_id: 7 });
  const name = await ask("POST /v1/email/topics", { name: "EVENTOS" });
  expect(name).toMatchObject({ status: 409, body: { field: "name" } });
  const group = await ask("POST /v1/email/topics", { name: "Otros", asm_group_id: 7 });
  expect(group).toMatchObject({ status: 409, body: { field: "asm_group_id" } });
  const language = await ask("POST /v1/email/topics", { name: "X", translations: { de: { name: "Y" } } });
  expect(language.status).toBe(400);
});
