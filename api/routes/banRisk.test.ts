import { afterAll, beforeAll, expect, test } from "vitest";
import { writeTraffic } from "../../test/warmupDays.ts";
import { type TestApi, testApi } from "../testing.ts";

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

let numbers = 0;
async function aSender() {
  const workspace = await api.workspace();
  const sender = await workspace.ask("POST /v1/senders", {
    channel: "sms",
    address: `+120255501${40 + ++numbers}`,
    name: "Ventas",
    warmup_enabled: false,
  });
  return { ...workspace, senderId: sender.body.id as string };
}

test("ban-risk · names what is wrong with a text and what to do about it", async () => {
  const { ask } = await api.workspace();
  const message = "BUY NOW!!! LIMITED TIME OFFER!! Click here for FREE product!!!";
  const { status, body } = await ask("POST /v1/ai/ban-risk", { message });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    risk_level: "critical",
    recommendations: expect.arrayContaining(["At most one exclamation mark."]),
  });
  expect(body.factors).toContainEqual(expect.stringMatching(/^Shouting: \d+ % capitals \(\+\d+\)$/));
});

test("ban-risk · judges a sender by its last hours, under either name", async () => {
  const { ask, senderId, id: workspaceId } = await aSender();
  const at = new Date(Date.now() - 60_000);
  const of = { workspaceId, senderId, at };
  await writeTraffic(api.database.db, of, { delivered: 100, failed: { code: "30007", n: 25 }, replied: 3 });
  for (const name of ["sender_id", "phone_number_id"]) {
    const { status, body } = await ask("POST /v1/ai/ban-risk", { [name]: senderId, hours: 2 });
    expect(status).toBe(200);
    expect(body.metrics).toEqual({
      total_messages: 125,
      messages_per_hour: 125,
      response_rate: 2.4,
      blocked_count: 25,
    });
    expect(body.factors).toContain("Very high message volume: 125/hour (limit 100)");
    expect(body.factors).toContain("Low response rate: 2 %");
    expect(body.recommendations).toContain("Send below 50/hour");
  }
});

test("ban-risk · refuses both, neither, and a sender that there is not", async () => {
  const { ask, senderId } = await aSender();
  const both = await ask("POST /v1/ai/ban-risk", { message: "Hola", sender_id: senderId });
  const neither = await ask("POST /v1/ai/ban-risk", {});
  expect([both.status, neither.status]).toEqual([422, 422]);
  expect([both.body.field, neither.body.field]).toEqual(["sender_id", "message"]);
  const { ask: stranger } = await api.workspace();
  expect((await stranger("POST /v1/ai/ban-risk", { sender_id: senderId })).status).toBe(404);
});

test("override · is written with its reason, shown, and audited", async () => {
  const { ask, senderId } = await aSender();
  expect((await ask(`GET /v1/senders/${senderId}/ban-risk`)).status).toBe(404);
  const { status, body } = await ask(`POST /v1/senders/${senderId}/ban-risk/override`, {
    reason: "known",
    hours: 2,
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({ sender_id: senderId, state: "watched", override_reason: "known" });
  const left = Date.parse(body.override_until) - Date.now();
  expect(left).toBeGreaterThan(7_000_000);
  expect(left).toBeLessThanOrEqual(7_200_000);
  expect((await ask(`GET /v1/senders/${senderId}/ban-risk`)).body.override_reason).toBe("known");
  const { body: audit } = await ask("GET /v1/audit-log");
  expect(audit.data[0]).toMatchObject({
    action: "overrideSenderBanRisk",
    subject_id: senderId,
    change: { hours: 2, reason: "known" },
  });
  expect((await ask(`POST /v1/senders/${senderId}/ban-risk/override`, { hours: 2 })).status).toBe(400);
});

test("preflight · shows the risk of the campaign's text, and what would lower it", async () => {
  const { ask } = await api.workspace();
  const { body: campaign } = await ask("POST /v1/campaigns", {
    name: "Ruido",
    channel: "sms",
    message_template: "BUY NOW!!! LIMITED TIME OFFER!! Click here for FREE product!!!",
  });
  const { status, body } = await ask(`POST /v1/campaigns/${campaign.id}/preflight`);
  expect(status).toBe(200);
  expect(body.text_risk).toMatchObject({
    risk_score: 100,
    risk_level: "critical",
    factors: expect.arrayContaining([expect.stringMatching(/^Shouting: 60 % capitals/)]),
    recommendations: expect.arrayContaining(["At most one exclamation mark."]),
  });
  expect(body.warnings).toContainEqual(expect.stringContaining("ban risk is critical (100 of 100)"));
});
