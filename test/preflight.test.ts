import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { importFile } from "../tools/demo/importFile.ts";
import { root } from "../tools/home.ts";
import { control, smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

type Stage = Awaited<ReturnType<typeof smsStage>>;

/**
 * From the first to the last intent of a campaign, and by how much the busiest sender came later to its messages than
 * its pace let it: what the machine is late by is no part of a forecast.
 */
async function paceOf(campaignId: string, gapMs: number): Promise<{ spanMs: number; lateMs: number }> {
  const rows = await system.database.db
    .selectFrom("messages")
    .select(["sender_id", "intended_at"])
    .where("campaign_id", "=", campaignId)
    .where("intended_at", "is not", null)
    .orderBy("intended_at")
    .execute();
  const at = (row: { intended_at: Date | null } | undefined) => row?.intended_at?.getTime() ?? 0;
  const lateness = [...Map.groupBy(rows, (row) => row.sender_id).values()].map((own) => {
    let free = at(rows[0]);
    let late = 0;
    for (const row of own) {
      late += Math.max(0, at(row) - free);
      free = Math.max(free, at(row)) + gapMs;
    }
    return late;
  });
  return { spanMs: at(rows.at(-1)) - at(rows[0]), lateMs: Math.max(...lateness) };
}

/** When each message of a campaign was accepted, in milliseconds. */
async function acceptedTimes(campaignId: string): Promise<number[]> {
  const rows = await system.database.db
    .selectFrom("messages")
    .select("accepted_at")
    .where("campaign_id", "=", campaignId)
    .where("accepted_at", "is not", null)
    .execute();
  return rows.map((row) => row.accepted_at?.getTime() ?? 0).sort((a, b) => a - b);
}

/** Gives people of the stage each a reason not to be messaged, and a city to the others. */
async function hinder(stage: Stage) {
  const { db } = system.database;
  const [landline, optedOut, suppressed, unreachable, ...rest] = stage.contactIds as [string, ...string[]];
  const one = (id: string | undefined) => db.updateTable("contacts").where("id", "=", id as string);
  await one(landline).set({ phone_type: "landline", city: "Cali" }).execute();
  await one(unreachable).set({ phone: null }).execute();
  await stage.ask(`POST /v1/contacts/${optedOut}/consents`, {
    channel: "sms",
    state: "opted_out",
    purpose: "marketing",
    source: "form",
    method: "web",
  });
  await stage.ask("POST /v1/suppressions", {
    channel: "sms",
    address: stage.phones[stage.contactIds.indexOf(suppressed as string)],
    reason: "blocked",
  });
  // The last one has no city: the text cannot be filled.
  for (const id of rest.slice(0, -1)) await one(id).set({ city: "Cali" }).execute();
}

it.concurrent("preflight · counts and reasons are those of the run", { timeout: 60_000 }, async () => {
  const stage = await smsStage(system, { people: 16, senders: 3 });
  await hinder(stage);
  const { id } = await stage.start(undefined, { start: false, message_template: "Hola desde {city}" });
  const forecast = await stage.ask(`POST /v1/campaigns/${id}/preflight`);
  await stage.ask(`POST /v1/campaigns/${id}/start`, {});
  const { progress } = await stage.reaches(id, "completed");
  expect(progress.by_reason).toEqual(forecast.skipped);
  expect(Object.keys(forecast.skipped)).toHaveLength(5);
  expect(progress.audience).toBe(forecast.audience);
  const states = await stage.states(id);
  const sent = states.filter((row) => row.state !== "skipped");
  expect(sent).toHaveLength(forecast.would_send);
  const perSender = Object.fromEntries(
    [...Map.groupBy(sent, (row) => row.sender_id)].map(([sender, rows]) => [sender, rows.length]),
  );
  type BySender = { sender_id: string; messages: number }[];
  const foreseen = (forecast.by_sender as BySender).map((row) => [row.sender_id, row.messages]);
  expect(perSender).toEqual(Object.fromEntries(foreseen));
});

/** The two files as customers send them: each gets a workspace, a list and a campaign of some ten seconds. */
it.concurrent.each([
  ["contacts-co.csv", "CO", 90],
  ["contacts-mx-cp1252.csv", "MX", 300],
] as const)(
  "preflight · of %s is what happens: the reasons, the counts and, within a tenth, the end",
  {
    timeout: 180_000,
  },
  async (name, region, gap_ms) => {
    const stage = await smsStage(system, { people: 1, senders: 16, gap_ms });
    await control(system, "behaviours", { match: { all: true }, outcome: "delivered" });
    const on = { file: join(root, "examples", name), region, channel: "sms" } as const;
    const { listId, result } = await importFile(stage.ask, on, () => {});
    const { id } = await stage.ask("POST /v1/campaigns", {
      name,
      channel: "sms",
      message_template: "Hola {name|amigo}, novedades en {city}",
      list_ids: [listId],
    });
    const forecast = await stage.ask(`POST /v1/campaigns/${id}/preflight`);
    await stage.ask(`POST /v1/campaigns/${id}/start`, {});
    await stage.reaches(id, "completed", 150);

    const states = await stage.states(id);
    const skipped = states.filter((row) => row.state === "skipped");
    const reasons = [...Map.groupBy(skipped, (row) => row.reason)].map(([reason, rows]) => [
      reason,
      rows.length,
    ]);
    expect(Object.fromEntries(reasons)).toEqual(forecast.skipped);
    expect(reasons.length).toBeGreaterThan(1);
    expect(states).toHaveLength(result.people);
    expect(states.length - skipped.length).toBe(forecast.would_send);
    const foreseen = Date.parse(forecast.last_send_at) - Date.parse(forecast.first_send_at);
    const { spanMs, lateMs } = await paceOf(id, gap_ms);
    expect(foreseen).toBeGreaterThan(8_000);
    expect(spanMs).toBeGreaterThan(foreseen * 0.9);
    expect(spanMs - lateMs).toBeLessThan(foreseen * 1.1);
  },
);

it.concurrent("preflight · foresees that another campaign shares a paced sender, and does not promise an earlier end", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 40, gap_ms: 250 });
  const first = await stage.start(stage.contactIds.slice(0, 20));
  await system.until(async () => (await stage.accepted()).length >= 1);
  const { id } = await stage.start(stage.contactIds.slice(20), { start: false });
  const asked = Date.now();
  const forecast = await stage.ask(`POST /v1/campaigns/${id}/preflight`);
  await stage.ask(`POST /v1/campaigns/${id}/start`, {});
  await Promise.all([stage.reaches(id, "completed"), stage.reaches(first.id, "completed")]);
  const foreseen = Date.parse(forecast.last_send_at) - asked;
  const real = ((await acceptedTimes(id)).at(-1) ?? 0) - asked;
  // 39 messages and a quarter of a second between them: without the other campaign it would be half.
  expect(foreseen).toBeGreaterThan(8_000);
  // How much later it ends than the pace allows is the machine's affair.
  expect(real).toBeGreaterThan(foreseen * 0.9);
});

it.concurrent("preflight · foresees the wait of a canary, and who would not be reached", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 10, gap_ms: 1_000 });
  const draft = { start: false, canary: { count: 2, wait_minutes: 30 } };
  const { id } = await stage.start(undefined, draft);
  const forecast = await stage.ask(`POST /v1/campaigns/${id}/preflight`);
  const span = Date.parse(forecast.last_send_at) - Date.parse(forecast.first_send_at);
  // One gap within the canary, half an hour, and seven gaps between the other eight.
  expect(span).toBe(1_000 + 30 * 60_000 + 7 * 1_000);
  const expires_at = new Date(Date.now() + 10 * 60_000).toISOString();
  const short = await stage.start(undefined, { ...draft, expires_at });
  const cut = await stage.ask(`POST /v1/campaigns/${short.id}/preflight`);
  expect(cut).toMatchObject({ would_send: 10, unreached: 8 });
  expect(cut.warnings[0]).toMatch(/^8 people would not be reached/);
});

it.concurrent("preflight · judges a campaign at the time it is scheduled for", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 3 });
  const scheduled_at = "2030-01-02T15:00:00.000Z";
  const { id } = await stage.start(undefined, { start: false, scheduled_at, local_time: "12:00" });
  const forecast = await stage.ask(`POST /v1/campaigns/${id}/preflight`);
  expect(forecast.held).toEqual({ local_time: 3 });
  expect(forecast.first_send_at).toBe("2030-01-02T18:00:00.000Z");
});

it.concurrent("preflight · plans with the ladder of a number that warms up", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 20 });
  const { data } = await stage.ask("GET /v1/senders");
  await stage.ask(`POST /v1/senders/${data[0].id}/warmup/start`, { ladder: [3, 5, 8] });
  const { id } = await stage.start(undefined, { start: false });
  const { last_send_at, unreached } = await stage.ask(`POST /v1/campaigns/${id}/preflight`);
  // 3 today, 5 and 8 on the next days, and the last four with the ladder's end: at the fourth day's midnight.
  const [first] = (await stage.ask(`GET /v1/senders/${data[0].id}/warmup/days`)).data;
  const days = (Date.parse(last_send_at) - Date.parse(`${first.local_date}T00:00:00-06:00`)) / 86_400_000;
  expect(unreached).toBe(0);
  expect(days).toBe(3);
});
