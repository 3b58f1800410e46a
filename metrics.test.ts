import { MockActivityEnvironment } from "@temporalio/testing";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { register } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDeliveryEngine, deliverSlice } from "./activities/delivery/slice.ts";
import type { MessageProvider, SendAnswer } from "./providers/message.ts";
import { type SendingStage, sendingStage } from "./test/sending.ts";
import { freePort } from "./tools/ports.ts";
import { serveMetrics } from "./metrics.ts";

let stage: SendingStage;
let served: Awaited<ReturnType<typeof serveMetrics>>;
let url: string;
let serial = 0;
const provider: MessageProvider = {
  send: (): Promise<SendAnswer> => Promise.resolve({ kind: "accepted", sid: `SM${serial++}` }),
  list: () => Promise.resolve([]),
  fetch: () => Promise.resolve(undefined),
  listInbound: () => Promise.resolve([]),
  erase: () => Promise.resolve("absent"),
  verify: () => Promise.resolve({ ok: true }),
};
beforeAll(async () => {
  // What other test files of this process have counted.
  register.resetMetrics();
  stage = await sendingStage(provider);
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  served = await serveMetrics(port, "127.0.0.1", stage.database);
});
afterAll(() => Promise.all([served.close(), stage.close()]));

test("serveMetrics · says what waits, what was sent and what of each budget is used", async () => {
  expect((await fetch(`${url}/metrics`)).status).toBe(503);
  served.ready();
  const senderId = await stage.sender({ max_per_hour: 4 });
  const paused = await stage.sender();
  const { id: campaignId } = await stage.campaign();
  await stage.queue({ senderId, campaignId, count: 6 });
  const { id: pausedCampaign } = await stage.campaign("paused");
  await stage.queue({ senderId: paused, campaignId: pausedCampaign, count: 3 });
  const { one } = await stage.oneIntended();
  await stage.answer(one, { kind: "unknown", why: "reset" });
  await stage.age(one.message.id, 60_000);
  await sql`insert into webhook_events (workspace_id, provider, kind, dedupe_key, payload, received_at)
    values (${stage.workspaceId}, 'twilio', 'status', 'x', '{}', now() - interval '90 seconds')`.execute(
    stage.db,
  );
  await sql`update messages set due_at = due_at - interval '10 seconds' where campaign_id = ${campaignId}`.execute(
    stage.db,
  );
  const engine = createDeliveryEngine(stage.deps);
  const report = await new MockActivityEnvironment().run(() =>
    deliverSlice(engine, { workspaceId: stage.workspaceId, senderId }),
  );
  expect(report).toMatchObject({ why: "hour_budget", sent: 4, left: 0 });

  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  const text = await response.text();
  const figure = (name: string) => {
    const line = text.split("\n").find((one) => one.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.split(" ").at(-1));
  };
  expect(figure("campanile_figures_up")).toBe(1);
  expect(figure('campanile_queued_messages{channel="sms",why="ready"}')).toBe(2);
  expect(figure('campanile_queued_messages{channel="sms",why="held"}')).toBe(3);
  expect(figure('campanile_oldest_ready_seconds{channel="sms"}')).toBeGreaterThanOrEqual(10);
  expect(figure(`campanile_sender_used{sender_id="${senderId}",span="hour"}`)).toBe(4);
  expect(figure(`campanile_sender_limit{sender_id="${senderId}",span="hour"}`)).toBe(4);
  expect(figure('campanile_attempts{state="uncertain"}')).toBe(1);
  expect(figure("campanile_oldest_uncertain_seconds")).toBeGreaterThanOrEqual(60);
  expect(figure("campanile_webhooks_unapplied")).toBe(1);
  expect(figure("campanile_webhook_lag_seconds")).toBeGreaterThanOrEqual(90);
  expect(figure("campanile_temporal_owed")).toBe(0);
  expect(figure('campanile_intents_total{channel="sms"}')).toBe(4);
  expect(figure('campanile_answers_total{channel="sms",kind="accepted"}')).toBe(4);
  expect(figure('campanile_slice_seconds_count{why="hour_budget"}')).toBe(1);
  expect(text).not.toMatch(/\+57/);
});

test("serveMetrics · a database that is away leaves a gap, and its own figure says so", async () => {
  const away = new pg.Pool({ connectionString: "postgres://127.0.0.1:1/none" });
  register.clear();
  const db = new Kysely<never>({ dialect: new PostgresDialect({ pool: away }) });
  const port = await freePort();
  const other = await serveMetrics(port, "127.0.0.1", { db, pool: away } as never);
  other.ready();
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(text).toContain("campanile_figures_up 0");
  expect(text).not.toMatch(/^campanile_queued_messages/m);
  await other.close();
  await db.destroy();
});
