import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reconcile } from "../activities/reconcile.ts";
import { control, smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

test("a STOP while the API was away · ends what waits for the person, and nothing more reaches them", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 2, gap_ms: 60_000 });
  const campaign = await stage.start();
  await system.until(async () => (await stage.accepted()).length === 1);
  const [first] = await stage.accepted();
  const other = stage.phones.find((phone) => phone !== first?.to) as string;
  const [address] = stage.senders as [string];
  await control(system, "numbers", { address, inbound_url: "http://127.0.0.1:1/webhooks/twilio/inbound" });
  await stage.says(other, "ALTO");
  expect((await stage.states(campaign.id)).map((row) => row.state)).toContain("queued");

  const times = { agesMinutes: [], inboundAfterMs: 0, calls: 0 };
  const report = await new MockActivityEnvironment().run(() => reconcile(system.deps, times));
  expect(report).toMatchObject({ inbound: 1 });
  expect((await stage.states(campaign.id)).map((row) => row.state)).toContain("cancelled");
  const done = await stage.reaches(campaign.id, "completed");
  expect(done.progress.by_state).toMatchObject({ cancelled: 1 });
  expect(await stage.accepted()).toHaveLength(1);
});

test("a campaign whose receipts were all lost · ends as Twilio knows it once the reconciler has asked", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 20, senders: 2 });
  await control(system, "faults", { seed: 1, rates: { receipts_lost: 1 } });
  const campaign = await stage.start();
  await stage.reaches(campaign.id, "completed");
  await system.until(async () => (await control(system, "ledger")).pending === 0);
  const states = async () => new Set((await stage.states(campaign.id)).map((row) => row.state));
  expect(await states()).toEqual(new Set(["accepted"]));

  await sql`update attempts a set intended_at = a.intended_at - interval '11 minutes'
    from messages m where m.id = a.message_id and m.campaign_id = ${campaign.id}`.execute(system.database.db);
  const { client, taskQueue } = system.temporal;
  const report = await client.workflow.execute("reconcileWorkflow", {
    taskQueue,
    workflowId: `reconcile-${taskQueue}`,
  });
  expect(report).toMatchObject({ asked: 20, finished: 20, failedAccounts: 0 });
  expect(await states()).toEqual(new Set(["delivered"]));
});

test("GET /metrics of the API · says how long webhooks took until their commit", async () => {
  const stage = await smsStage(system, { people: 1 });
  await stage.says(stage.phones[0] as string, "Hola");
  const text = await (await fetch(`${system.url}/metrics`)).text();
  expect(text).toMatch(/campanile_webhook_seconds_count\{kind="inbound",outcome="stored"\} [1-9]/);
});
