import { afterAll, beforeAll, expect, it } from "vitest";
import { campaignWorkflowId } from "../workflows/handles.ts";
import { control, smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

type Stage = Awaited<ReturnType<typeof smsStage>>;

const phase = (stage: Stage, id: string, wanted: string) =>
  system.until(async () => {
    const now = await stage.ask(`GET /v1/campaigns/${id}`);
    return now.canary_result?.phase === wanted && now;
  });

it.concurrent("a canary · that does well lets the rest go by itself, and nobody hears twice", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 20, senders: 2 });
  const { id } = await stage.start(undefined, { canary: { share: 25, wait_minutes: 0.04 } });
  const waiting = await system.until(async () => {
    const now = await stage.ask(`GET /v1/campaigns/${id}`);
    return now.canary_result?.phase === "sending" && now.progress.held.canary === 15 && now;
  });
  expect(waiting.canary_result).toMatchObject({ picked: 5, released: false });
  const done = await stage.reaches(id, "completed");
  expect(done.canary_result).toMatchObject({
    phase: "continued",
    decided_by: "limits",
    released: true,
    figures: { picked: 5, sent: 5, delivered: 5, failed: 0, opted_out: 0 },
  });
  const accepted = await stage.accepted();
  expect(new Set(accepted.map((message) => message.to)).size).toBe(20);
  expect(accepted).toHaveLength(20);
});

const behave = (stage: Stage, behaviour: Record<string, unknown>) =>
  control(
    system,
    "behaviours",
    stage.phones.map((to) => ({ match: { to }, ...behaviour })),
  );

it.concurrent("a canary · of which nothing is heard waits for an operator, who lets the rest go from Temporal UI", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 12 });
  await behave(stage, { outcome: "silent" });
  const { id } = await stage.start(undefined, { canary: { count: 4, wait_minutes: 0.01 } });
  const held = await phase(stage, id, "held");
  expect(held).toMatchObject({ state: "running", canary_result: { picked: 4, decided_by: null } });
  expect(held.canary_result.reasons).toEqual(["delivery rate 0 % (at least 90 %)"]);
  expect(await stage.accepted()).toHaveLength(4);
  const alerts = await stage.ask("GET /v1/alerts");
  expect(alerts.data.map((alert: { cause: string }) => alert.cause)).toContain(`canary:${id}`);

  await system.deps.temporal.workflow.getHandle(campaignWorkflowId(id)).signal("canaryContinue");
  const done = await stage.reaches(id, "completed");
  expect(done.canary_result).toMatchObject({ phase: "continued", decided_by: "operator", released: true });
  expect((await stage.ask("GET /v1/alerts?open=true")).data).toEqual([]);
  expect(await stage.accepted()).toHaveLength(12);
});

it.concurrent("a canary · that fails pauses the campaign; the rest waits even when it is resumed, until it is let go", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 10 });
  await behave(stage, { outcome: "undelivered", code: 30005 });
  const { id } = await stage.start(undefined, { canary: { share: 30, wait_minutes: 0.04 } });
  const paused = await stage.reaches(id, "paused");
  expect(paused.canary_result).toMatchObject({ phase: "stopped", picked: 3 });
  expect(paused.state_reason).toBe(
    "canary: failure rate 100 % (limit 10 %), delivery rate 0 % (at least 90 %)",
  );
  await stage.ask(`POST /v1/campaigns/${id}/resume`);
  const resumed = await stage.reaches(id, "running");
  expect(resumed.progress.held).toEqual({ canary: 7 });
  await stage.ask(`POST /v1/campaigns/${id}/canary`, { decision: "continue" });
  await stage.reaches(id, "completed");
  expect(await stage.accepted()).toHaveLength(10);
  await expect(stage.ask(`POST /v1/campaigns/${id}/canary`, { decision: "continue" })).rejects.toThrow(/409/);
});

it.concurrent("a canary · whose campaign is cancelled leaves nobody of the rest queued", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 10 });
  const { id } = await stage.start(undefined, { canary: { count: 2, wait_minutes: 60 } });
  await system.until(async () => (await stage.accepted()).length === 2);
  await stage.ask(`POST /v1/campaigns/${id}/canary`, { decision: "cancel" });
  await system.until(async () => {
    const states = (await stage.states(id)).map((row) => row.state);
    return states.filter((state) => state === "cancelled").length === 8;
  });
  expect(await stage.accepted()).toHaveLength(2);
});
