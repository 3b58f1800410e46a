import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ws: Awaited<ReturnType<TestApi["workspace"]>>;
beforeAll(async () => {
  api = await testApi();
  ws = await api.workspace({ default_region: "CO" });
  for (const [i, city] of ["Cali", "CALI", "Bogotá", null].entries())
    await ws.ask("POST /v1/contacts", { phone: `310555010${i}`, city, name: `Persona ${i}` });
});
afterAll(() => api.close());

test("POST /v1/segments/preview · counts and shows a few, and changes nothing", async () => {
  const { status, body } = await ws.ask("POST /v1/segments/preview", { filter: { city: "cali" }, sample: 1 });
  expect(status).toBe(200);
  expect(body.count).toBe(2);
  expect(body.sample).toMatchObject([{ name: "Persona 1", city: "CALI", country: "CO" }]);
  const wrong = await ws.ask("PATCH /v1/segments/preview", {});
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
  const not = await ws.ask("POST /v1/segments/preview", { filter: { not: { city: "cali" } }, sample: 0 });
  expect(not.body).toEqual({ count: 2, sample: [] });
});

test("segments · are kept, counted when asked, changed and deleted", async () => {
  const { status, body } = await ws.ask("POST /v1/segments", { name: "De Cali", filter: { city: "Cali" } });
  expect(status).toBe(201);
  expect(body.filter).toEqual({ city: "Cali" });
  const count = async () => (await ws.ask(`GET /v1/segments/${body.id}/count`)).body;
  expect(await count()).toEqual({ count: 2 });
  const changed = await ws.ask(`PATCH /v1/segments/${body.id}`, { filter: { city: ["Cali", "bogota"] } });
  expect(changed.body).toMatchObject({ name: "De Cali", filter: { city: ["Cali", "bogota"] } });
  expect(await count()).toEqual({ count: 3 });
  expect((await ws.ask("POST /v1/segments", { name: "de cali", filter: { city: "x" } })).status).toBe(409);
  const other = await api.workspace();
  expect((await other.ask(`GET /v1/segments/${body.id}/count`)).status).toBe(404);
  expect((await ws.ask(`DELETE /v1/segments/${body.id}`)).status).toBe(204);
  expect((await ws.ask("GET /v1/segments")).body.data).toEqual([]);
});

test("POST /v1/segments · names what is wrong with a filter", async () => {
  const bad = await ws.ask("POST /v1/segments", { name: "x", filter: { and: [{ city: "Cali", tag: "a" }] } });
  expect(bad.status).toBe(422);
  expect(bad.body).toMatchObject({ code: "validation", field: "filter.and[0]" });
  const unknown = await ws.ask("POST /v1/segments", { name: "x", filter: { sql: "1=1" } });
  expect(unknown.body.field).toBe("filter.sql");
});

test("openapi · tells the filter language as it is", async () => {
  const { body } = await ws.ask("GET /openapi.json");
  const schema = body.components.schemas.SegmentFilter;
  expect(Object.keys(schema.properties)).toContain("not_replied_to_last_campaigns");
  expect(schema.properties.and.items).toEqual({ $ref: "#/components/schemas/SegmentFilter" });
  expect(schema).toMatchObject({ minProperties: 1, maxProperties: 1, additionalProperties: false });
  const at = { $ref: "#/components/schemas/SegmentFilter" };
  expect(body.components.schemas.NewSegment.properties.filter).toEqual(at);
});
