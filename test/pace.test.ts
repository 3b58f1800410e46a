import { setTimeout as sleep } from "node:timers/promises";
import { MockActivityEnvironment } from "@temporalio/testing";
import { NativeConnection, Worker } from "@temporalio/worker";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDeliveryEngine, deliverSlice } from "../activities/delivery/slice.ts";
import { createActivities } from "../activities/index.ts";
import { inTransaction } from "../db/connect.ts";
import { oweWake } from "../db/temporalOutbox.ts";
import { deliveryQueue, wakeSender } from "../workflows/handles.ts";
import { control, smsStage, type System } from "./smsStage.ts";
import { testSystem } from "./system.ts";

const WORKERS = 8;
const CAMPAIGNS = 5;
const PEOPLE = 40;
const LIMITS = { max_per_hour: 30, max_per_day: 50, gap_min_ms: 200, gap_max_ms: 200 };
const MINUTE = 60_000;
/** A call goes out at most this long after its intent, or not at all: by so much may it be late for its place in the pace. */
const DISPATCH_DEADLINE_MS = 2_000;

let system: System;
let workers: { worker: Worker; running: Promise<void>; connection: NativeConnection }[] = [];
beforeAll(async () => {
  system = await testSystem();
  const { address, namespace, taskQueue } = system.temporal;
  workers = await Promise.all(
    Array.from({ length: WORKERS - 1 }, async () => {
      // A connection of its own: two workers on one may not share a queue.
      const connection = await NativeConnection.connect({ address });
      const worker = await Worker.create({
        connection,
        namespace,
        taskQueue: deliveryQueue(taskQueue),
        activities: createActivities(system.deps),
      });
      return { worker, running: worker.run(), connection };
    }),
  );
}, 60_000);
afterAll(async () => {
  for (const { worker } of workers) worker.shutdown();
  await Promise.all(workers.map(({ running }) => running));
  await Promise.all(workers.map(({ connection }) => connection.close()));
  await system?.close();
}, 60_000);

/** Noon of the workspace, so that a few hours more are the same day and 24 are the next. */
function zoneAtNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  return ahead === 0 ? "UTC" : `Etc/GMT${ahead > 0 ? "-" : "+"}${Math.abs(ahead)}`;
}

/** Five campaigns and single messages, all by one sender with these limits. */
async function oneBusySender() {
  const stage = await smsStage(system, { people: CAMPAIGNS * PEOPLE + 4 });
  await system.database.db
    .updateTable("workspaces")
    .set({ time_zone: zoneAtNoon() })
    .where("id", "=", stage.id)
    .execute();
  const { data } = await stage.ask("GET /v1/senders");
  const sender = data[0] as { id: string };
  await stage.ask(`PATCH /v1/senders/${sender.id}`, LIMITS);
  for (let i = 0; i < CAMPAIGNS; i++) await stage.start(stage.contactIds.slice(i * PEOPLE, (i + 1) * PEOPLE));
  for (const contact_id of stage.contactIds.slice(-4))
    await stage.ask("POST /v1/messages", {
      contact_id,
      channel: "sms",
      body: "Tu código",
      purpose: "transactional",
    });
  return { stage, senderId: sender.id };
}

it("8 workers, 5 campaigns, one sender · the provider sees every window kept", {
  timeout: 300_000,
}, async () => {
  const { stage, senderId } = await oneBusySender();
  const { db } = system.database;
  const input = { workspaceId: stage.id, senderId };
  /** How much later it is for the sender than on the clock, from which moment on. */
  const shifts: { from: number; ms: number }[] = [{ from: 0, ms: 0 }];
  const usedUp = () =>
    system.until(async () => {
      const { remaining } = await stage.ask(`GET /v1/senders/${senderId}/stats`);
      return remaining === 0;
    }, 150);
  const letPass = async (minutes: number) => {
    // What is on its way arrives first: afterwards it would count at a time at which it was not sent.
    await system.until(async () => (await openAttempts(senderId)) === 0, 60);
    await sql`update sender_minutes set minute = minute - ${minutes} * interval '1 minute' where sender_id = ${senderId}`.execute(
      db,
    );
    shifts.push({ from: Date.now(), ms: (shifts.at(-1)?.ms ?? 0) + minutes * MINUTE });
    await inTransaction(db, (tx) =>
      oweWake(tx, [wakeSender({ id: senderId, workspace_id: stage.id, channel: "sms" })]),
    );
    system.deps.kick();
  };

  // Workers that believe, one after another, that the sender is theirs.
  const rivals = Array.from({ length: WORKERS }, async (_, turn) => {
    await sleep(turn * 400);
    return new MockActivityEnvironment().run(() => deliverSlice(createDeliveryEngine(system.deps), input));
  });
  await usedUp();
  await letPass(40);
  await letPass(22);
  await usedUp();
  await letPass(24 * 60);
  await usedUp();
  await Promise.all(rivals);
  await system.until(async () => (await openAttempts(senderId)) === 0, 60);

  const times = (await stage.accepted()).map((message) => message.accepted_at_ms);
  const asTheSenderSaw = times.map((at) => at + (shifts.findLast(({ from }) => from <= at)?.ms ?? 0));
  const within = (all: readonly number[], at: number, ms: number) =>
    all.filter((other) => other > at - ms && other <= at).length;
  for (const at of asTheSenderSaw)
    expect(within(asTheSenderSaw, at, 60 * MINUTE)).toBeLessThanOrEqual(LIMITS.max_per_hour);
  const nextDay = (shifts.at(-1)?.from ?? 0) as number;
  const firstDay = times.filter((at) => at < nextDay).length;
  expect(firstDay).toBeLessThanOrEqual(LIMITS.max_per_day);
  expect(times.length - firstDay).toBeLessThanOrEqual(LIMITS.max_per_hour);
  // Five campaigns that kept the gap each for itself would be through an hour's budget in 1.2 s.
  const most = (2_000 + DISPATCH_DEADLINE_MS) / LIMITS.gap_min_ms + 1;
  for (const at of times) expect(within(times, at, 2_000)).toBeLessThanOrEqual(most);
  // All of it was used, but for what a rival took and did not send.
  expect(times.length).toBeGreaterThan(60);
  const { twice } = await control(system, `ledger?account_sid=${system.account.accountSid}`);
  expect(twice).toBe(0);
  const lanes = await db
    .selectFrom("messages")
    .select(["campaign_id", sql<number>`count(*)`.as("n")])
    .where("sender_id", "=", senderId)
    .where("attempts", ">", 0)
    .groupBy("campaign_id")
    .execute();
  // The four single messages first, and a share for every campaign.
  expect(lanes.find((lane) => lane.campaign_id === null)?.n).toBe(4);
  expect(lanes).toHaveLength(1 + CAMPAIGNS);
});

async function openAttempts(senderId: string): Promise<number> {
  const { n } = await system.database.db
    .selectFrom("attempts")
    .select(sql<number>`count(*)`.as("n"))
    .where("sender_id", "=", senderId)
    .where("settled_at", "is", null)
    .executeTakeFirstOrThrow();
  return n;
}
