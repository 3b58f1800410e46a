import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseNow, inTransaction } from "../db/connect.ts";
import { advanceWarmup, commandWarmup, findWarmup, startWarmup } from "../db/warmups.ts";
import { type SendingStage, sendingStage } from "./sending.ts";

let stage: SendingStage;
beforeAll(async () => {
  stage = await sendingStage();
});
afterAll(() => stage.close());

/** A sender in its warmup with a campaign that would send far more. */
async function warmingSender(on: { ladder: number[]; day_seconds: number | null }) {
  const senderId = await stage.sender();
  const { id: campaignId } = await stage.campaign();
  await stage.queue({ senderId, campaignId, count: 30 });
  const of = { workspaceId: stage.workspaceId, senderId };
  const now = await databaseNow(stage.db);
  await inTransaction(stage.db, (tx) => startWarmup(tx, of, { ...on, day: 1, at: now }));
  /** One intent transaction of a slice of its own, as each worker has that thinks the sender is its. */
  const send = async (room?: number) => stage.intend(senderId, await stage.beginSlice(senderId), room);
  return { of, send };
}

test("the day's budget of a warmup · is taken in the intent transaction, whoever asks, and not one more", async () => {
  const { of, send } = await warmingSender({ ladder: [5, 9], day_seconds: null });
  let sent = 0;
  for (let round = 0; round < 4; round++) {
    const results = await Promise.all(Array.from({ length: 8 }, () => send(2)));
    for (const one of results) sent += one.kind === "sent" ? one.messages.length : 0;
  }
  expect(sent).toBe(5);
  expect(await send()).toMatchObject({ kind: "budget", why: "day_budget" });
  const skip = { kind: "skip", day: 2 } as const;
  await inTransaction(stage.db, async (tx) => commandWarmup(tx, of, skip, await databaseNow(tx)));
  // What has gone out today counts.
  expect(await send()).toMatchObject({ kind: "sent", messages: { length: 4 } });
  expect(await send()).toMatchObject({ kind: "budget", why: "day_budget" });
  const end = { kind: "stop" } as const;
  await inTransaction(stage.db, async (tx) => commandWarmup(tx, of, end, await databaseNow(tx)));
  expect(await send()).toMatchObject({ kind: "sent", messages: { length: 21 } });
});

test("a day of a trial · gives the next its whole budget, though no midnight lies between them", async () => {
  const { of, send } = await warmingSender({ ladder: [5, 9], day_seconds: 60 });
  expect(await send()).toMatchObject({ kind: "sent", messages: { length: 5 } });
  await stage.db.updateTable("attempts").set({ outcome: "accepted", receipt_state: "delivered" }).execute();
  const ends = (await findWarmup(stage.db, of))?.day_ends_at ?? new Date(0);
  await inTransaction(stage.db, (tx) => advanceWarmup(tx, of, { at: ends, quality: null }));
  expect(await send()).toMatchObject({ kind: "sent", messages: { length: 9 } });
  expect(await send()).toMatchObject({ kind: "budget", why: "day_budget" });
});
