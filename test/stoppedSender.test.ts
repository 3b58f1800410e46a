import { afterAll, beforeAll, expect, test } from "vitest";
import { control, smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

test("a sender that Twilio refuses · hands its new people to the others, and the campaign ends whole", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { senders: 3, people: 30 });
  const [refused] = stage.senders as [string, string, string];
  await control(system, "behaviours", { match: { from: refused }, outcome: "refused", code: 30034 });
  const campaign = await stage.start();
  const done = await stage.reaches(campaign.id, "completed", 50);
  expect(done.progress.by_state.failed ?? 0).toBe(0);

  const accepted = await stage.accepted();
  expect(accepted.map((message) => message.from)).not.toContain(refused);
  expect(accepted).toHaveLength(30);
  expect(new Set(accepted.map((message) => message.to)).size).toBe(30);

  const { data } = await stage.ask("GET /v1/alerts");
  expect(data).toMatchObject([{ alert_type: "sender_stopped", severity: "critical" }]);
});
