import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { readEvents, recordEvents } from "../db/conversationEvents.ts";
import { inTransaction } from "../db/connect.ts";
import { type Listener, listenTo } from "../test/eventStream.ts";
import { ConversationFeed } from "./conversationFeed.ts";
import { createApp } from "./app.ts";
import { type TestApi, testApi } from "./testing.ts";

const log = pino({ level: "silent" });
let api: TestApi;
let feed: ConversationFeed;
let url: string;
let workspace: Awaited<ReturnType<TestApi["workspace"]>>;
let close: () => Promise<void>;

beforeAll(async () => {
  api = await testApi();
  feed = new ConversationFeed(api.deps.db, log);
  const app = createApp({ ...api.deps, feed });
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  close = () => new Promise((resolve) => server.close(() => resolve()));
});
afterAll(async () => {
  feed.stop();
  await close();
  await api.close();
});
beforeEach(async () => {
  workspace = await api.workspace();
});

const CONVERSATION = "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20";
const happens = (numbers: readonly number[], workspaceId = workspace.id) =>
  inTransaction(api.database.db, (tx) =>
    recordEvents(
      tx,
      workspaceId,
      numbers.map((n) => ({ conversationId: CONVERSATION, kind: "message_in", change: { n } })),
    ),
  );

const listen = (on: { after?: string; key?: string; base?: string } = {}) =>
  listenTo(`${on.base ?? url}/v1/conversations/events`, on.key ?? workspace.key, on.after);

/** The numbers of so many events that `happens` has made. */
async function numbers(listener: Listener, count: number) {
  const seen: unknown[] = [];
  while (seen.length < count) seen.push((await listener.next())?.data.change?.["n"]);
  return seen;
}

test("the feed · tells all listeners of a workspace what happens, in order, and nobody else", async () => {
  const stranger = await api.workspace();
  const listeners = await Promise.all([listen(), listen(), listen({ key: stranger.key })]);
  for (const listener of listeners) {
    expect(listener).toMatchObject({ status: 200, type: "text/event-stream" });
    expect(await listener.next()).toMatchObject({ event: "ready" });
  }
  await happens([1, 2]);
  await happens([3]);
  await happens([99], stranger.id);
  const [one, two, theirs] = listeners as [Listener, Listener, Listener];
  expect(await numbers(one, 3)).toEqual([1, 2, 3]);
  expect(await numbers(two, 3)).toEqual([1, 2, 3]);
  expect(await numbers(theirs, 1)).toEqual([99]);
  for (const listener of listeners) listener.leave();
});

test("the feed · goes on from the last event that a listener names, however much came since", async () => {
  const first = await listen();
  await first.next();
  await happens([1]);
  const seen = await first.next();
  first.leave();
  await happens(Array.from({ length: 450 }, (_, i) => i + 2));
  const again = await listen({ after: seen?.id ?? "" });
  expect(await again.next()).toMatchObject({ event: "ready", id: seen?.id });
  expect(await numbers(again, 450)).toEqual(Array.from({ length: 450 }, (_, i) => i + 2));
  await happens([999]);
  expect(await numbers(again, 1)).toEqual([999]);
  again.leave();
});

test("the feed · keeps no more than it must for a listener that is slow, who gets everything all the same", async () => {
  const left = new AbortController();
  const seen: unknown[] = [];
  const quick = await listen();
  await quick.next();
  await happens([0]);
  for await (const page of feed.listen(workspace.id, "0-0", 1_000, left.signal)) {
    seen.push(...page.map((event) => event.change["n"]));
    // More than the feed keeps goes by while this listener is busy with the first.
    if (seen.length === 1 && page.length === 1) {
      await happens(Array.from({ length: 1_500 }, (_, i) => i + 1));
      expect((await numbers(quick, 1_501)).at(-1)).toBe(1_500);
    }
    if (seen.length === 1_501) break;
  }
  expect(seen).toEqual(Array.from({ length: 1_501 }, (_, i) => i));
  quick.leave();
});

test("the feed · misses nothing that a transaction commits after later ones", async () => {
  const listener = await listen();
  await listener.next();
  const slow = await api.database.db.startTransaction().execute();
  await recordEvents(slow, workspace.id, [{ conversationId: CONVERSATION, kind: "note", change: { n: 1 } }]);
  await happens([2]);
  await sleep(900);
  await slow.commit().execute();
  expect(await numbers(listener, 2)).toEqual([1, 2]);
  listener.leave();
});

test("the feed · says so where the event that is named is kept no more", async () => {
  await happens([1]);
  await sql`delete from conversation_events where workspace_id = ${workspace.id}`.execute(api.database.db);
  await happens([2]);
  // Transactions of other tests, in the same server, hold it back until they end.
  await vi.waitFor(
    async () => expect(await readEvents(api.database.db, workspace.id, null, 10)).toHaveLength(1),
    { timeout: 20_000, interval: 50 },
  );
  const listener = await listen({ after: "1-1" });
  expect(await listener.next()).toMatchObject({ event: "reset" });
  await happens([3]);
  expect(await numbers(listener, 1)).toEqual([3]);
  listener.leave();
});

test("the feed · refuses what is no id of an event, and too many listeners", async () => {
  expect((await listen({ after: "7; drop table" })).status).toBe(422);
  const crowded = new ConversationFeed(api.deps.db, log);
  const never = new AbortController().signal;
  for (let i = 0; i < 500; i++) crowded.listen(workspace.id, "0-0", 1_000, never);
  expect(() => crowded.listen(workspace.id, "0-0", 1_000, never)).toThrow("500 listeners");
  crowded.stop();
});

test("the feed · gives an empty page where nothing happens, and asks once however many listen", async () => {
  let asked = 0;
  const counted = new Proxy(api.deps.db, {
    get: (db, name) => {
      if (name === "transaction") asked++;
      const value = Reflect.get(db, name) as unknown;
      return typeof value === "function" ? (value.bind(db) as unknown) : value;
    },
  });
  const own = new ConversationFeed(counted, log);
  const left = new AbortController();
  const quiet = async () => {
    for await (const page of own.listen(workspace.id, "0-0", 1_300, left.signal)) return page.length;
    return undefined;
  };
  expect(await Promise.all(Array.from({ length: 50 }, quiet))).toEqual(Array.from({ length: 50 }, () => 0));
  // Three or four polls; each listener may ask once itself before the first.
  expect(asked).toBeLessThan(50 + 10);
  left.abort();
  own.stop();
});

test("stop · ends those who listen, and lets nobody begin", async () => {
  const own = new ConversationFeed(api.deps.db, log);
  const app = createApp({ ...api.deps, feed: own });
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve) => server.once("listening", resolve));
  const base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const listener = await listen({ base });
  expect(await listener.next()).toMatchObject({ event: "ready" });
  own.stop();
  expect(await listener.next()).toBeUndefined();
  const late = await listen({ base });
  expect([(await late.next())?.event, await late.next()]).toEqual(["ready", undefined]);
  await new Promise((resolve) => server.close(resolve));
});
