import { afterAll, beforeAll, expect, it } from "vitest";
import { warmupWorkflowId } from "../workflows/handles.ts";
import { smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

type Day = { budget: number; used: number; started_at: string; ended_at: string | null; decision: string };

it("a new number · warms up through the whole system, other workers taking over, and is then free", {
  timeout: 120_000,
}, async () => {
  const stage = await smsStage(system, { people: 40 });
  const { data } = await stage.ask("GET /v1/senders");
  const at = `/v1/senders/${data[0].id}/warmup`;
  const days = async () => ((await stage.ask(`GET ${at}/days`)).data as Day[]).reverse();
  await stage.ask(`POST ${at}/start`, { ladder: [2, 3, 4], day_seconds: 2 });
  const campaign = await stage.start();
  await system.until(async () => (await days()).length > 1);
  await system.replaceWorkers();
  const run = system.temporal.client.workflow.getHandle(warmupWorkflowId(data[0].id));
  // A day on which a busy machine is late with its receipts is held: the ladder takes longer then, and is the same.
  expect(await run.result()).toMatchObject({ state: "completed", day: 3 });
  await stage.reaches(campaign.id, "completed");

  const past = await days();
  for (const { used, budget } of past) expect(used).toBeLessThanOrEqual(budget);
  expect(past.filter(({ decision }) => decision !== "hold").map(({ budget }) => budget)).toEqual([2, 3, 4]);
  const accepted = (await stage.accepted()).map((message) => message.accepted_at_ms);
  expect(accepted).toHaveLength(40);
  const ended = Date.parse(past.at(-1)?.ended_at ?? "");
  const allowedBy = (moment: number) =>
    past.reduce((sum, day) => (Date.parse(day.started_at) <= moment ? sum + day.budget : sum), 0);
  for (const [before, moment] of accepted.entries())
    if (moment < ended) expect(before + 1).toBeLessThanOrEqual(allowedBy(moment));
});
