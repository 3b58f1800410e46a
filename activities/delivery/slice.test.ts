import { setTimeout as sleep } from "node:timers/promises";
import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MessageProvider, SendAnswer } from "../../providers/message.ts";
import { type SendingStage, sendingStage } from "../../test/sending.ts";
import { createDeliveryEngine, deliverSlice } from "./slice.ts";
import type { SliceReport } from "./sliceReport.ts";

let stage: SendingStage;
let says: (body: string) => Promise<SendAnswer>;
let serial = 0;
const accept = () => Promise.resolve({ kind: "accepted", sid: `SM${serial++}` } as const);
const provider: MessageProvider = {
  send: ({ body }) => says(body ?? ""),
  list: () => Promise.resolve([]),
  fetch: () => Promise.resolve(undefined),
  listInbound: () => Promise.resolve([]),
  erase: () => Promise.resolve("absent"),
  verify: () => Promise.resolve({ ok: true }),
};
beforeAll(async () => {
  stage = await sendingStage(provider);
});
afterAll(() => stage.close());

async function queued(count: number) {
  const senderId = await stage.sender();
  const { id: campaignId } = await stage.campaign();
  const ids = await stage.queue({ senderId, campaignId, count });
  return { senderId, campaignId, ids, input: { workspaceId: stage.workspaceId, senderId } };
}

const statesOf = async (ids: string[]) =>
  (await stage.db.selectFrom("messages").select("state").where("id", "in", ids).execute()).map(
    (row) => row.state,
  );

function run(
  input: { workspaceId: string; senderId: string },
  on: { deps?: Partial<SendingStage["deps"]>; environment?: MockActivityEnvironment } = {},
): Promise<SliceReport> {
  const engine = createDeliveryEngine({ ...stage.deps, ...on.deps });
  return (on.environment ?? new MockActivityEnvironment()).run(() => deliverSlice(engine, input));
}

test("deliverSlice · sends all that is due, each once, and says that it has nothing more", async () => {
  const { ids, input } = await queued(120);
  const seen: string[] = [];
  says = (body) => {
    seen.push(body);
    return accept();
  };
  expect(await run(input)).toMatchObject({ why: "idle", waitMs: null, sent: 120, doubtful: 0 });
  expect(new Set(await statesOf(ids))).toEqual(new Set(["accepted"]));
  expect([seen.length, new Set(seen).size]).toEqual([120, 120]);
});

test("deliverSlice · looks after its last answers whether something waits again", async () => {
  const { input } = await queued(1);
  says = async () => {
    await sleep(2_600);
    return { kind: "refused", code: "30008", httpStatus: 400, retryAfterMs: null };
  };
  const report = await run(input);
  expect(report.why).toBe("waiting");
  expect(report.waitMs).toBeGreaterThan(110_000);
});

test("deliverSlice · without a provider sends nothing, leaves nothing in doubt and keeps its room", async () => {
  const { ids, input } = await queued(30);
  let connected = false;
  const deps = {
    sendConcurrency: 5,
    providers: {
      sandboxed: true,
      forAccount: () =>
        connected ? Promise.resolve(provider) : Promise.reject(new Error("There is no account")),
    },
  };
  says = accept;
  const engine = createDeliveryEngine({ ...stage.deps, ...deps });
  const slice = () => new MockActivityEnvironment().run(() => deliverSlice(engine, input));
  for (let i = 0; i < 3; i++) {
    await expect(slice()).rejects.toThrow("There is no account");
    expect(new Set(await statesOf(ids))).toEqual(new Set(["queued"]));
    await sql`update messages set due_at = now() where due_at is not null`.execute(stage.db);
  }
  connected = true;
  expect(await slice()).toMatchObject({ sent: 30, doubtful: 0 });
});

test("deliverSlice · told to end writes the answers of what is under way first, and comes back at once", async () => {
  const { ids, input } = await queued(80);
  const environment = new MockActivityEnvironment();
  const started = Promise.withResolvers<void>();
  says = async () => {
    started.resolve();
    await sleep(300);
    return accept();
  };
  const report = run(input, { environment, deps: { sendConcurrency: 10 } });
  await started.promise;
  environment.cancel("WORKER_SHUTDOWN");
  expect(await report).toMatchObject({ why: "time_up", waitMs: 0, doubtful: 0 });
  const states = await statesOf(ids);
  expect(states.filter((state) => state === "accepted").length).toBeGreaterThan(0);
  expect(states.filter((state) => state === "queued").length).toBeGreaterThan(0);
  expect(states.filter((state) => state === "sending" || state === "uncertain")).toEqual([]);
});

test("deliverSlice · ends when a doubt has lasted for the grace, so that the provider is asked in time", async () => {
  const { input } = await queued(40);
  await sql`update senders set gap_min_ms = 100, gap_max_ms = 100 where id = ${input.senderId}`.execute(
    stage.db,
  );
  let calls = 0;
  says = () => (calls++ === 0 ? Promise.resolve({ kind: "unknown", why: "reset" } as const) : accept());
  const report = await run(input, { deps: { graceMs: 500 } });
  expect(report).toMatchObject({ why: "time_up", waitMs: 0, doubtful: 1 });
  expect(report.sent).toBeLessThan(39);
});

test("deliverSlice · stops as soon as another has begun, and is run again, as that other may be a zombie", async () => {
  const { ids, input } = await queued(60);
  const seen: string[] = [];
  says = async (body) => {
    seen.push(body);
    await sleep(50);
    return accept();
  };
  const [first, second] = await Promise.all([
    run(input, { deps: { sendConcurrency: 3 } }),
    sleep(120).then(() => run(input, { deps: { sendConcurrency: 3 } })),
  ]);
  expect(first).toMatchObject({ why: "superseded", waitMs: 1_000 });
  expect(second.why).toBe("idle");
  expect([seen.length, new Set(seen).size]).toEqual([60, 60]);
  expect(new Set(await statesOf(ids))).toEqual(new Set(["accepted"]));
});

test("deliverSlice · of a removed sender ends it, of a stopped one asks again later", async () => {
  const { input, senderId } = await queued(1);
  await sql`update workspaces set sending_stopped_at = now()`.execute(stage.db);
  expect(await run(input)).toMatchObject({ why: "stopped", waitMs: 60_000, sent: 0 });
  await sql`update workspaces set sending_stopped_at = null`.execute(stage.db);
  await sql`update senders set removed_at = now() where id = ${senderId}`.execute(stage.db);
  expect(await run(input)).toMatchObject({ why: "removed", waitMs: null });
});
