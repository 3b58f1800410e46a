import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { control, smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

let system: System;
beforeAll(async () => {
  system = await testSystem();
}, 60_000);
afterAll(() => system?.close(), 60_000);

type Stage = Awaited<ReturnType<typeof smsStage>>;
const some = (stage: Stage, count: number) =>
  system.until(async () => (await stage.accepted()).length >= count && (await stage.accepted()));
const countOf = async (stage: Stage) => (await stage.accepted()).length;

it.concurrent("an opt-out · while a slow sender runs, lets at most one more out to that person", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 12, gap_ms: 300 });
  const { id } = await stage.start();
  const first = await some(stage, 3);
  const reached = new Set(first.map((message) => message.to));
  const waiting = stage.phones.filter((phone) => !reached.has(phone));
  const [next, last] = [waiting[0] as string, waiting.at(-1) as string];
  await Promise.all([stage.says(next, "STOP"), stage.says(last, "Por favor, no me escriban más")]);
  await stage.reaches(id, "completed");
  const after = await stage.accepted();
  expect(after.filter((message) => message.to === last)).toEqual([]);
  expect(after.filter((message) => message.to === next).length).toBeLessThanOrEqual(1);
  const states = await stage.states(id);
  expect(
    states.filter((row) => row.state === "cancelled" && row.reason === "opted_out").length,
  ).toBeGreaterThanOrEqual(1);
  // For good: the next campaign skips them, until they opt in again.
  const second = await stage.start();
  await stage.reaches(second.id, "completed");
  expect((await stage.states(second.id)).filter((row) => row.state === "skipped")).toHaveLength(2);
  await stage.says(last, "ALTA");
  const third = await stage.start();
  await stage.reaches(third.id, "completed");
  expect((await stage.states(third.id)).filter((row) => row.state === "skipped")).toHaveLength(1);
});

it.concurrent("the stop switch · holds within a second, until sending is resumed", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 14, gap_ms: 200 });
  const { id } = await stage.start();
  await some(stage, 2);
  await stage.ask("POST /v1/workspace/stop-sending");
  await sleep(1_000);
  const stopped = await countOf(stage);
  await sleep(1_200);
  expect(await countOf(stage)).toBe(stopped);
  expect(stopped).toBeLessThan(14);
  await stage.ask("POST /v1/workspace/resume-sending");
  await stage.reaches(id, "completed");
  expect(await countOf(stage)).toBe(14);
});

it.concurrent("pause and resume · hold the rest back, and lose and repeat nothing", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 14, gap_ms: 200 });
  const { id } = await stage.start();
  await some(stage, 2);
  await stage.ask(`POST /v1/campaigns/${id}/pause`);
  await sleep(800);
  const paused = await countOf(stage);
  // Longer than a slice that has run dry goes on looking.
  await sleep(3_000);
  expect(await countOf(stage)).toBe(paused);
  await stage.ask(`POST /v1/campaigns/${id}/resume`);
  await stage.reaches(id, "completed");
  const all = await stage.accepted();
  expect([all.length, new Set(all.map((message) => message.to)).size]).toEqual([14, 14]);
});

it.concurrent("cancel · ends what is queued, and leaves nothing open", { timeout: 60_000 }, async () => {
  const stage = await smsStage(system, { people: 30, gap_ms: 200 });
  const { id } = await stage.start();
  await some(stage, 2);
  await stage.ask(`POST /v1/campaigns/${id}/cancel`);
  await stage.reaches(id, "cancelled");
  const counted = await system.until(async () => {
    const states = (await stage.states(id)).map((row) => row.state);
    return !states.some((state) => state === "queued" || state === "sending") && states;
  });
  const cancelled = counted.filter((state) => state === "cancelled").length;
  expect(cancelled).toBeGreaterThan(0);
  expect(await countOf(stage)).toBe(30 - cancelled);
});

it.concurrent("a schedule · is kept, and not before its time", { timeout: 60_000 }, async () => {
  const stage = await smsStage(system, { people: 2 });
  const at = Date.now() + 2_500;
  const { id, state } = await stage.start(stage.contactIds, { scheduled_at: new Date(at).toISOString() });
  expect(state).toBe("scheduled");
  await stage.reaches(id, "completed");
  const [first] = await stage.accepted();
  expect(first?.accepted_at_ms).toBeGreaterThanOrEqual(at);
});

it.concurrent("a person · hears from the same sender in every campaign", { timeout: 60_000 }, async () => {
  const stage = await smsStage(system, { people: 9, senders: 3 });
  const first = await stage.start();
  await stage.reaches(first.id, "completed");
  const second = await stage.start();
  await stage.reaches(second.id, "completed");
  const pairs = (await stage.accepted()).map((message) => `${message.from} ${message.to}`);
  expect([pairs.length, new Set(pairs).size]).toEqual([18, 9]);
  expect(new Set(pairs.map((pair) => pair.split(" ")[0])).size).toBe(3);
});

it.concurrent("free text on WhatsApp · goes to those who wrote within 24 hours, and to nobody else", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 3, channel: "whatsapp" });
  await stage.says(stage.phones[1] as string, "¿Precio?");
  const { id } = await stage.start();
  await stage.reaches(id, "completed");
  expect((await stage.states(id)).map((row) => row.reason)).toEqual([
    "outside_window",
    null,
    "outside_window",
  ]);
  expect((await stage.accepted()).map((message) => message.to)).toEqual([`whatsapp:${stage.phones[1]}`]);
});

// By itself, after the others: their workers are these.
it("workers · replaced in the middle of a slice neither lose nor repeat a message", {
  timeout: 60_000,
}, async () => {
  const stage = await smsStage(system, { people: 60, senders: 2, gap_ms: 40 });
  const { id } = await stage.start();
  await some(stage, 10);
  await system.replaceWorkers();
  await stage.reaches(id, "completed", 45);
  const all = await stage.accepted();
  expect([all.length, new Set(all.map((message) => message.to)).size]).toEqual([60, 60]);
  expect((await control(system, "ledger")).twice).toBe(0);
});
