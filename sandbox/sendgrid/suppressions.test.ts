import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RunningSandbox, startSandbox } from "../server.ts";
import { control, until } from "../testing.ts";
import type { MailLedger } from "./ledger.ts";
import { ask, sendGridAt } from "./testing.ts";

let sandbox: RunningSandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    mailSettings: { processed_ms: 1, delivered_ms: 2, open_ms: 3, complain_ms: 4 },
  });
});
afterAll(() => sandbox.close());
beforeEach(() => control(sandbox.url, "POST", "reset"));

const send = (to: string, given: object = {}) =>
  sendGridAt(sandbox, sandbox.sendGridKey).send({
    to,
    from: "a@b.co",
    subject: "a",
    text: "a",
    ...given,
  } as never);
const ledger = (): Promise<MailLedger> => control(sandbox.url, "GET", "mail/ledger");
const settled = () => until("settled", async () => (await ledger()).pending === 0);
const get = async (path: string) => (await ask(sandbox, "GET", path)).json;

test.each([
  ["bounce", "bounces", { reason: expect.stringContaining("550"), status: "5.1.1" }],
  ["block", "blocks", { reason: expect.stringContaining("550"), status: "5.7.1" }],
  ["drop", "invalid_emails", { reason: expect.any(String) }],
  ["spam", "spam_reports", { ip: expect.any(String) }],
  ["unsubscribe", "unsubscribes", {}],
])("a +%s puts the address on the list of %s", async (tag, list, fields) => {
  await send(`ana+${tag}@example.com`);
  await settled();
  expect(await get(`suppression/${list}`)).toEqual([
    { created: expect.any(Number), email: `ana+${tag}@example.com`, ...fields },
  ]);
});

test("whom a list names gets nothing but what passes by it, and blocks are tried again", async () => {
  const planted = ["bounces", "spam_reports", "unsubscribes", "blocks"].map((list) => ({
    list,
    email: `${list}@example.com`,
  }));
  await control(sandbox.url, "POST", "mail/suppressions", planted);
  for (const { email } of planted) await send(email);
  await send("bounces@example.com", { mailSettings: { bypassBounceManagement: { enable: true } } });
  await settled();
  const { messages } = await control<{ messages: { to: string; events: string[] }[] }>(
    sandbox.url,
    "GET",
    "mail/messages",
  );
  expect(messages.map(({ to, events }) => `${to} ${events.join()}`)).toEqual([
    "bounces@example.com dropped",
    "spam_reports@example.com dropped",
    "unsubscribes@example.com dropped",
    "blocks@example.com processed,delivered,open",
    "bounces@example.com processed,delivered,open",
  ]);
});

test("a list is read by pages and by time, and entries are taken off", async () => {
  const planted = Array.from({ length: 7 }, (_, n) => ({
    list: "bounces",
    email: `a${n}@example.com`,
    created: 1_000 + n,
  }));
  await control(sandbox.url, "POST", "mail/suppressions", planted);
  const emails = async (query: string) =>
    ((await get(`suppression/bounces?${query}`)) as { email: string }[]).map(({ email }) =>
      email.slice(0, 2),
    );
  expect(await emails("limit=3")).toEqual(["a6", "a5", "a4"]);
  expect(await emails("limit=3&offset=3")).toEqual(["a3", "a2", "a1"]);
  expect(await emails("start_time=1004&end_time=1005")).toEqual(["a5", "a4"]);
  expect((await ask(sandbox, "GET", "suppression/bounces?limit=501")).status).toBe(400);
  expect((await ask(sandbox, "DELETE", "suppression/bounces/a6@example.com")).status).toBe(204);
  expect((await ask(sandbox, "DELETE", "suppression/bounces/a6@example.com")).status).toBe(404);
  expect((await ask(sandbox, "DELETE", "suppression/bounces", { emails: ["a5@example.com"] })).status).toBe(
    204,
  );
  expect(await emails("")).toEqual(["a4", "a3", "a2", "a1", "a0"]);
  await ask(sandbox, "DELETE", "suppression/bounces", { delete_all: true });
  expect(await emails("")).toEqual([]);
});

test("a group's list drops the group's mail alone", async () => {
  const made = (await ask(sandbox, "POST", "asm/groups", { name: "Ofertas", description: "" })).json as {
    id: number;
  };
  const emails = { recipient_emails: ["ana@example.com"] };
  expect((await ask(sandbox, "POST", `asm/groups/${made.id}/suppressions`, emails)).status).toBe(201);
  await send("ana@example.com", { asm: { groupId: made.id } });
  await send("ana@example.com");
  await send("luz+group@example.com", { asm: { groupId: made.id } });
  await settled();
  expect((await ledger()).statuses).toEqual({ dropped: 1, open: 1, group_unsubscribe: 1 });
  expect(await get(`asm/groups/${made.id}/suppressions`)).toEqual([
    "luz+group@example.com",
    "ana@example.com",
  ]);
  expect(await get("asm/suppressions")).toMatchObject([
    { group_name: "Ofertas" },
    { email: "ana@example.com" },
  ]);
  expect((await ask(sandbox, "DELETE", `asm/groups/${made.id}/suppressions/ana@example.com`)).status).toBe(
    204,
  );
  expect(await get("asm/groups")).toMatchObject([{ id: made.id, unsubscribes: 1 }]);
});

test("the global list is written and read by its own routes", async () => {
  await ask(sandbox, "POST", "asm/suppressions/global", { recipient_emails: ["Ana@example.com"] });
  expect(await get("asm/suppressions/global/ana@example.com")).toEqual({
    recipient_email: "ana@example.com",
  });
  expect(await get("suppression/unsubscribes")).toMatchObject([{ email: "Ana@example.com" }]);
  await ask(sandbox, "DELETE", "asm/suppressions/global/ana@example.com");
  expect(await get("asm/suppressions/global/ana@example.com")).toEqual({});
});
