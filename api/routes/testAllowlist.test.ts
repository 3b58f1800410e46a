import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const path = "/v1/workspace/test-allowlist";

test("the test allowlist · keeps canonical addresses, each once", async () => {
  const { ask } = await api.workspace({ default_region: "CO" });
  const first = await ask(`POST ${path}`, { address: "300 123 4567" });
  expect(first).toMatchObject({ status: 201, body: { address: "+573001234567" } });
  expect((await ask(`POST ${path}`, { address: "whatsapp:+573001234567" })).body).toEqual(first.body);
  await ask(`POST ${path}`, { address: "Ana@Example.com" });
  const { body } = await ask(`GET ${path}`);
  const addresses = body.data.map((row: { address: string }) => row.address);
  expect(addresses.sort()).toEqual(["+573001234567", "ana@example.com"]);
});

test("the test allowlist · refuses what is no address, and lets addresses go", async () => {
  const { ask } = await api.workspace({ default_region: "CO" });
  expect((await ask(`POST ${path}`, { address: "nobody" })).body).toMatchObject({
    code: "validation",
    field: "address",
  });
  await ask(`POST ${path}`, { address: "+573001234567" });
  expect((await ask(`POST ${path}/remove`, { address: "+57 300 1234567" })).status).toBe(204);
  expect((await ask(`POST ${path}/remove`, { address: "+573001234567" })).body.code).toBe("not_found");
});
