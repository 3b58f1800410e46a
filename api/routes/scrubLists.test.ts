import { afterAll, beforeAll, expect, test } from "vitest";
import { judge } from "../../db/judge.ts";
import { DEFAULT_SEND_RULES, type Purpose } from "../../domain/decide.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
let ws: Awaited<ReturnType<TestApi["workspace"]>>;
beforeAll(async () => {
  api = await testApi();
  ws = await api.workspace({ default_region: "MX" });
});
afterAll(() => api.close());

async function put(text: string) {
  const response = await api.app.request("/v1/scrub-lists/repep", {
    method: "PUT",
    headers: { authorization: `Bearer ${ws.key}`, "content-type": "text/csv" },
    body: text,
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

/** What the rules say of a message to this person. */
async function decisionFor(contactId: string, purpose: Purpose): Promise<string> {
  const [judged] = await judge(
    api.database.db,
    {
      workspaceId: ws.id,
      channel: "sms",
      purpose,
      rules: {
        ...DEFAULT_SEND_RULES,
        require_opt_in: false,
        quiet_hours: { ...DEFAULT_SEND_RULES.quiet_hours, enabled: false, laws_off: true },
      },
      addressKey: api.deps.addressKey,
      sandboxed: true,
      now: new Date(),
    },
    [
      {
        contactId,
        senderId: null,
        address: null,
        expiresAt: null,
        template: null,
        recipientHoldUntil: null,
      },
    ],
  );
  const decision = judged?.decide([]);
  return decision?.kind === "skip" ? decision.reason : (decision?.kind ?? "nobody");
}

test("PUT /v1/scrub-lists/repep · holds back marketing to its numbers, however they are written, and nothing else", async () => {
  const { body: listed } = await ws.ask("POST /v1/contacts", { phone: "+52 55 1234 0001" });
  const { body: other } = await ws.ask("POST /v1/contacts", { phone: "+52 55 1234 0002" });
  const list = await put("NUMERO,FECHA\n5215512340001,17/02/2026\r\n55 1234 0001\n123\n");
  expect(list).toMatchObject({ status: 200, body: { source: "repep", numbers: 1, rejected: 1 } });
  expect(await decisionFor(listed.id, "marketing")).toBe("on_scrub_list");
  expect(await decisionFor(listed.id, "transactional")).toBe("send");
  expect(await decisionFor(other.id, "marketing")).toBe("send");

  const elsewhere = await api.workspace({ default_region: "MX" });
  expect((await elsewhere.ask("GET /v1/scrub-lists")).body).toEqual({ data: [] });
});

test("PUT /v1/scrub-lists/repep · takes the place of the list before, which holds until then", async () => {
  const { body: contact } = await ws.ask("POST /v1/contacts", { phone: "+52 55 1234 0003" });
  await put("5512340003\n");
  expect(await decisionFor(contact.id, "marketing")).toBe("on_scrub_list");
  expect((await put("nobody\n")).body).toMatchObject({ code: "validation", field: "file" });
  expect(await decisionFor(contact.id, "marketing")).toBe("on_scrub_list");

  const numbers = Array.from({ length: 6_000 }, (_, i) => 5_512_350_000 + i);
  expect((await put(numbers.join("\n"))).body).toMatchObject({ numbers: 6_000, rejected: 0 });
  expect(await decisionFor(contact.id, "marketing")).toBe("send");
  expect((await ws.ask("GET /v1/scrub-lists")).body.data).toHaveLength(1);
  const { n } = await api.database.db
    .selectFrom("scrub_numbers")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  expect(Number(n)).toBe(6_000);
});

test("DELETE /v1/scrub-lists/repep · forgets its numbers", async () => {
  const { body: contact } = await ws.ask("POST /v1/contacts", { phone: "+52 55 1234 0004" });
  await put("5512340004\n");
  expect((await ws.ask("DELETE /v1/scrub-lists/repep")).status).toBe(204);
  expect(await decisionFor(contact.id, "marketing")).toBe("send");
  expect((await ws.ask("DELETE /v1/scrub-lists/repep")).body.code).toBe("not_found");
});
