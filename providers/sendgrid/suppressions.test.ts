import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ProviderHttp } from "../http.ts";
import { SUPPRESSION_LISTS } from "../suppressions.ts";
import { sendGridSuppressions } from "./suppressions.ts";

let server: Server;
let seen: { method: string; url: string; body: string }[] = [];
let answer: { status: number; body: unknown };
const http = new ProviderHttp({ connections: 2, timeoutMs: 1_000 });

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({
        method: request.method ?? "",
        url: request.url ?? "",
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(answer.status).end(answer.status === 204 ? "" : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
beforeEach(() => {
  seen = [];
});
afterAll(async () => {
  await http.close();
  server.closeAllConnections();
  server.close();
});

const lists = () => {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return sendGridSuppressions({ apiKey: "SG.secret", baseUrl }, http);
};
const until = new Date(1_790_000_000_999);

test.each(SUPPRESSION_LISTS)("read · asks for a page of %s within a stretch of time", async (list) => {
  answer = {
    status: 200,
    body: [{ created: 1_789_000_000, email: "a@example.com", reason: "550", status: "5.1.1" }],
  };
  const from = new Date(1_780_000_000_000);
  expect(await lists().read(list, { from, until, offset: 500, limit: 500 })).toEqual([
    { address: "a@example.com", at: new Date(1_789_000_000_000) },
  ]);
  await lists().read(list, { from: null, until, offset: 0, limit: 500 });
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `GET /v3/suppression/${list}?start_time=1780000000&end_time=1790000000&limit=500&offset=500`,
    `GET /v3/suppression/${list}?end_time=1790000000&limit=500&offset=0`,
  ]);
});

test("readGroups · gives who left which group when", async () => {
  answer = {
    status: 200,
    body: [
      { email: "a@example.com", group_id: 5, group_name: "Ofertas", created_at: 1_789_000_000 },
      { email: "b@example.com", created_at: 1_789_000_000 },
      null,
    ],
  };
  expect(await lists().readGroups()).toEqual([
    { address: "a@example.com", groupId: 5, at: new Date(1_789_000_000_000) },
  ]);
});

test("suppress and release · write there what holds and what holds no more", async () => {
  answer = { status: 201, body: { recipient_emails: ["a@example.com"] } };
  await lists().suppress(["a@example.com"]);
  answer = { status: 204, body: null };
  await lists().release("bounces", "a+b@example.com");
  await lists().release("unsubscribes", "a@example.com");
  await lists().releaseFromGroup(7, "a@example.com");
  answer = { status: 404, body: { errors: [{ message: "not found" }] } };
  await lists().release("spam_reports", "a@example.com");
  expect(seen).toEqual([
    { method: "POST", url: "/v3/asm/suppressions/global", body: '{"recipient_emails":["a@example.com"]}' },
    { method: "DELETE", url: "/v3/suppression/bounces/a%2Bb%40example.com", body: "" },
    { method: "DELETE", url: "/v3/asm/suppressions/global/a%40example.com", body: "" },
    { method: "DELETE", url: "/v3/asm/groups/7/suppressions/a%40example.com", body: "" },
    { method: "DELETE", url: "/v3/suppression/spam_reports/a%40example.com", body: "" },
  ]);
});

test("a list · that is no list, or is refused, is an error that names neither key nor person", async () => {
  const page = { from: null, until, offset: 0, limit: 500 };
  answer = { status: 200, body: { result: [] } };
  await expect(lists().read("bounces", page)).rejects.toThrow("no list");
  answer = { status: 401, body: { errors: [{ message: "a@example.com" }] } };
  const refused: unknown = await lists()
    .release("bounces", "a@example.com")
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Error);
  expect((refused as Error).message).toBe("SendGrid refused: HTTP 401");
  expect(inspect(refused)).not.toContain("SG.secret");
});
