import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { campaignWorkflowId, searchAttributes } from "../workflows/handles.ts";
import type { banRiskWorkflow } from "../workflows/scheduledWorkflows.ts";
import { control, smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

/** So many a number may send in an hour: the rest of its campaign waits. */
const SENT = 160;

/** What the schedule does every half hour. */
const check = () =>
  system.temporal.client.workflow.execute<typeof banRiskWorkflow>("banRiskWorkflow", {
    taskQueue: system.temporal.taskQueue,
    workflowId: `ban-risk:${randomUUID()}`,
  });

/** A number whose messages are filtered, do not arrive, and are answered with STOP, while its campaign runs. */
async function aBurntNumber() {
  const stage = await smsStage(system, { people: 240 });
  await control(system, "behaviours", [
    ...["3", "5"].map((suffix) => ({ match: { suffix }, outcome: "undelivered", code: 30007 })),
    { match: { suffix: "7" }, outcome: "undelivered", code: 30003 },
    { match: { suffix: "9" }, outcome: "delivered", opt_out: { text: "STOP" } },
  ]);
  const { data } = await stage.ask("GET /v1/senders");
  const senderId: string = data[0].id;
  await stage.ask(`PATCH /v1/senders/${senderId}`, { max_per_hour: SENT });
  const { id: campaignId } = await stage.start();
  await system.until(async () => {
    const risk = await stage.ask("POST /v1/ai/ban-risk", { sender_id: senderId, hours: 1 });
    return risk.risk_level === "critical" && risk.metrics.blocked_count >= 25;
  }, 60);
  const state = async () => (await stage.ask(`GET /v1/campaigns/${campaignId}`)).state as string;
  const shown = async () => {
    const run = system.temporal.client.workflow.getHandle(campaignWorkflowId(campaignId));
    return (await run.describe()).typedSearchAttributes.get(searchAttributes.state);
  };
  const alerts = async () => (await stage.ask("GET /v1/alerts?alert_type=ban_risk")).data;
  return { ...stage, senderId, campaignId, state, shown, alerts };
}

it("a burnt number · has its campaign paused by signal and an alert that says what to do, until an operator says otherwise", {
  timeout: 180_000,
}, async () => {
  const number = await aBurntNumber();
  expect(await number.state()).toBe("running");
  expect(await check()).toMatchObject({ senders: 1, braked: 1, paused: 1 });
  expect(await number.state()).toBe("paused");
  await system.until(async () => (await number.shown()) === "paused");
  const [alert, ...more] = await number.alerts();
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ severity: "critical", subject_id: number.senderId, threshold_value: 80 });
  expect(alert.metric_value).toBeGreaterThanOrEqual(80);
  expect(JSON.stringify(alert.detail)).toMatch(/Blocked or filtered: \d+ of \d+/);
  expect(alert.suggestion).toContain("Stop sending for 24–48 hours");
  expect(alert.suggestion).toContain("/ban-risk/override");

  // The same figures at the next checks: nothing is opened, ended or paused again.
  const still = { braked: 0, released: 0, paused: 0 };
  for (let again = 0; again < 2; again++) expect(await check()).toMatchObject(still);
  expect(await number.alerts()).toEqual([expect.objectContaining({ id: alert.id, resolved_at: null })]);
  // What somebody resumes without a word is paused again, under the alert that is there.
  await number.ask(`POST /v1/campaigns/${number.campaignId}/resume`);
  expect(await check()).toMatchObject({ braked: 0, paused: 1 });
  expect(await number.alerts()).toHaveLength(1);

  await number.ask(`POST /v1/senders/${number.senderId}/ban-risk/override`, {
    reason: "The list is deleted.",
    hours: 12,
  });
  await number.ask(`POST /v1/campaigns/${number.campaignId}/resume`);
  for (let again = 0; again < 2; again++) expect(await check()).toMatchObject(still);
  expect(await number.state()).toBe("running");
  await system.until(async () => (await number.shown()) === "running");
  const risk = await number.ask(`GET /v1/senders/${number.senderId}/ban-risk`);
  expect(risk).toMatchObject({ risk_level: "critical", override_reason: "The list is deleted." });
  expect((await number.alerts())[0].resolved_at).not.toBeNull();
});
