import { afterAll, beforeAll, expect, test } from "vitest";
import { connectDatabase } from "../db/connect.ts";
import { createApp } from "./app.ts";
import { type TestApi, testApi } from "./testing.ts";

let api: TestApi;
let up = true;
beforeAll(async () => {
  api = await testApi({
    config: {
      PUBLIC_URL: "http://127.0.0.1:8080",
      CORS_ORIGINS: "https://shop.example",
      RATE_LIMIT_PER_MINUTE: 30,
    },
    probes: {
      database: () => Promise.resolve(),
      temporal: () => (up ? Promise.resolve() : Promise.reject(new Error("away"))),
    },
  });
});
afterAll(() => api.close());

test("/readyz · says which part is missing", async () => {
  const ask = api.asking(undefined);
  expect(await ask("GET /readyz")).toMatchObject({ status: 200, body: { status: "ok" } });
  up = false;
  expect(await ask("GET /readyz")).toMatchObject({
    status: 503,
    body: { status: "not ready", parts: { database: "ok", temporal: "missing" } },
  });
  up = true;
  expect((await ask("GET /healthz")).status).toBe(200);
});

test("/metrics · measures requests by the pattern of their path, not by the path", async () => {
  const { ask, id } = await api.workspace();
  await ask(`DELETE /v1/members/${id}`);
  const { body, headers } = await ask("GET /metrics");
  expect(headers.get("content-type")).toContain("text/plain");
  expect(body).toContain(
    'http_request_duration_seconds_count{method="DELETE",route="/v1/members/{id}",status="404"} 1',
  );
  expect(body).not.toContain(id);
});

test("/docs · brings its script along and asks no other host", async () => {
  const ask = api.asking(undefined);
  const page = await ask("GET /docs");
  expect(page.status).toBe(200);
  expect(page.body).toContain("/docs/scalar.js");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
  expect([...String(page.body).matchAll(/(?:src|href)="(https?:[^"]+)"/g)]).toEqual([]);
  const script = await ask("GET /docs/scalar.js");
  expect(script.headers.get("content-type")).toContain("javascript");
  expect(String(script.body).length).toBeGreaterThan(1_000_000);
});

test("/openapi.json · says of a component or null that it is one of both", async () => {
  const { body } = await api.asking(undefined)("GET /openapi.json");
  type Node = { type?: unknown; allOf?: Node[]; $ref?: string };
  const allowsNull = ({ type }: Node) => [type].flat().includes("null");
  const components = Object.entries<Node>(body.components.schemas);
  expect(components.filter(([, node]) => allowsNull(node)).map(([name]) => name)).toEqual([]);
  const never: unknown[] = [];
  JSON.stringify(body, (_, node: Node | null) => {
    if (node?.allOf?.some(allowsNull) && node.allOf.some(({ $ref }) => $ref)) never.push(node);
    return node;
  });
  expect(never).toEqual([]);
});

test("a wrong method · is 405 and names those that go", async () => {
  const { ask } = await api.workspace();
  const { status, headers, body } = await ask("PUT /v1/workspace");
  expect(status).toBe(405);
  expect(headers.get("allow")?.split(", ").sort()).toEqual(["GET", "PATCH"]);
  expect(body).toMatchObject({ code: "method_not_allowed", request_id: headers.get("x-request-id") });
  expect((await ask("DELETE /v1/members/None")).body).toMatchObject({ code: "not_found", field: "id" });
  expect((await ask("GET /v1/nothing")).body).toMatchObject({ code: "not_found", status: 404 });
});

test("request ids · are taken from the client or made", async () => {
  const { ask } = await api.workspace();
  const given = await ask("GET /v1/workspace", undefined, { "x-request-id": "mine-1" });
  expect(given.headers.get("x-request-id")).toBe("mine-1");
  expect((await ask("GET /v1/workspace")).headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("security headers · stand on every answer", async () => {
  const { headers } = await api.asking(undefined)("GET /v1/workspace");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
});

test("CORS · only the origins that were set may ask", async () => {
  const preflight = (origin: string) =>
    api.asking(undefined)("OPTIONS /v1/workspace", undefined, {
      origin,
      "access-control-request-method": "GET",
    });
  expect((await preflight("https://shop.example")).headers.get("access-control-allow-origin")).toBe(
    "https://shop.example",
  );
  expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
});

test("the rate limit · counts each key for itself and says when to come back", async () => {
  const one = await api.workspace();
  const other = await api.workspace();
  for (let n = 0; n < 30; n++) await one.ask("GET /v1/workspace");
  const { status, headers, body } = await one.ask("GET /v1/workspace");
  expect(status).toBe(429);
  expect(body).toMatchObject({ code: "rate_limited" });
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  const fresh = await other.ask("GET /v1/workspace");
  expect(fresh.status).toBe(200);
  expect(fresh.headers.get("ratelimit")).toMatch(/limit=30, remaining=29, reset=\d+/);
});

test("bodies · that are too large, of another type or no JSON are refused as such", async () => {
  const { ask } = await api.workspace();
  const large = await ask("PATCH /v1/workspace", { name: "x".repeat(1_100_000) });
  expect(large.body).toMatchObject({ status: 413, code: "too_large" });
  const form = await ask("PATCH /v1/workspace", "name=x", {
    "content-type": "application/x-www-form-urlencoded",
  });
  expect(form.body).toMatchObject({ status: 415, code: "unsupported" });
  const broken = await ask("PATCH /v1/workspace", "{");
  expect(broken.body).toMatchObject({ status: 400, code: "validation" });
});

test("a text that PostgreSQL cannot hold · is the client's fault, not ours", async () => {
  const { ask } = await api.workspace();
  const { body } = await ask("PATCH /v1/workspace", { name: "a\u0000b" });
  expect(body).toMatchObject({ status: 422, code: "validation" });
});

test("a database that is not there · is 503, with when to come back and no word of its own", async () => {
  const nowhere = connectDatabase("postgres://nobody:secret@127.0.0.1:1/none", {
    role: "campanile_api",
    maxConnections: 1,
    onLost: () => {},
  });
  const app = createApp({ ...api.deps, db: nowhere.db });
  const { key } = await api.workspace();
  const response = await app.request("/v1/workspace", { headers: { authorization: `Bearer ${key}` } });
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("5");
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ code: "unavailable" });
  expect(text).not.toMatch(/127\.0\.0\.1|nobody|secret/);
  await nowhere.close();
});
