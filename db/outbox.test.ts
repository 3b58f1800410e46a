import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { intend } from "../activities/delivery/intend.ts";
import { type SendingStage, sendingStage } from "../test/sending.ts";
import { suppressAddress } from "./optOuts.ts";
import { lockContacts } from "./locks.ts";
import { inTransaction } from "./connect.ts";
import { moveCampaign } from "./campaigns.ts";
import { peekDue } from "./outbox.ts";

let stage: SendingStage;
beforeAll(async () => {
  stage = await sendingStage();
});
afterAll(() => stage.close());

async function queued(count: number, fields: Parameters<SendingStage["sender"]>[0] = {}) {
  const senderId = await stage.sender(fields);
  const { id: campaignId } = await stage.campaign();
  const ids = await stage.queue({ senderId, campaignId, count });
  return { senderId, campaignId, ids };
}

test("intend · writes the attempt, its epoch and its budget before anybody can call", async () => {
  const { senderId, ids } = await queued(2);
  const epoch = await stage.beginSlice(senderId);
  const result = await stage.intend(senderId, epoch);
  expect(result).toMatchObject({ kind: "sent", usedHour: 2 });
  const seenByOthers = stage.database.connect("campanile_worker").db;
  const attempts = await seenByOthers
    .selectFrom("attempts")
    .selectAll()
    .where("message_id", "in", ids)
    .execute();
  expect(attempts).toHaveLength(2);
  expect(attempts[0]).toMatchObject({ n: 1, epoch, outcome: "open", sender_id: senderId, settled_at: null });
  expect(await stage.message(ids[0] as string)).toMatchObject({
    state: "sending",
    due_at: null,
    attempts: 1,
  });
});

test("intend · a zombie's is refused once another slice has begun, and writes nothing", async () => {
  const { senderId, ids } = await queued(1);
  const zombie = await stage.beginSlice(senderId);
  const alive = await stage.beginSlice(senderId);
  expect(await stage.intend(senderId, zombie)).toMatchObject({ kind: "stopped", why: "superseded" });
  expect(await stage.attempts(ids[0] as string)).toEqual([]);
  expect(await stage.intend(senderId, alive)).toMatchObject({ kind: "sent" });
});

test("intend · slices that race for one sender write each message one attempt", async () => {
  const { senderId, ids } = await queued(20);
  const race = Array.from({ length: 6 }, async () => {
    const epoch = await stage.beginSlice(senderId);
    for (;;) {
      const result = await stage.intend(senderId, epoch, 3);
      if (result.kind !== "sent") return result.kind;
    }
  });
  await Promise.all(race);
  const attempts = await stage.db.selectFrom("attempts").select("n").where("message_id", "in", ids).execute();
  expect(attempts).toHaveLength(20);
  expect(attempts.every(({ n }) => n === 1)).toBe(true);
});

test("intend · goes by each sender's own epoch where slices share a transaction", async () => {
  const [one, other] = [await queued(1), await queued(1)];
  const zombie = await stage.beginSlice(one.senderId);
  await stage.beginSlice(one.senderId);
  const alive = await stage.beginSlice(other.senderId);
  const results = await intend(stage.deps, [
    { senderId: one.senderId, epoch: zombie, room: 5 },
    { senderId: other.senderId, epoch: alive, room: 5 },
  ]);
  expect(results.map((result) => result.kind)).toEqual(["stopped", "sent"]);
  expect(await stage.attempts(one.ids[0] as string)).toEqual([]);
});

/** Holds a change to a message open, lets `during` run into it, then commits the change. */
async function changedMeanwhile<T>(id: string, state: string, during: () => Promise<T>): Promise<T> {
  const changed = Promise.withResolvers<void>();
  const running = Promise.withResolvers<void>();
  const change = stage.db.transaction().execute(async (tx) => {
    await sql`update messages set state = ${state}, due_at = null where id = ${id}`.execute(tx);
    changed.resolve();
    await running.promise;
  });
  await changed.promise;
  const result = during();
  await waitForLock().finally(running.resolve);
  await change;
  return result;
}

async function waitForLock(): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from pg_locks where not granted`.execute(
      stage.db,
    );
    if ((rows[0]?.n ?? 0) > 0) return;
    await sleep(5);
  }
  throw new Error("Nobody waits for the row");
}

test("intend · makes no call for a message that is cancelled while it is being written", async () => {
  const { senderId, ids } = await queued(1);
  const epoch = await stage.beginSlice(senderId);
  const result = await changedMeanwhile(ids[0] as string, "cancelled", () => stage.intend(senderId, epoch));
  expect(result.kind === "sent" ? result.messages : []).toEqual([]);
  expect(await stage.attempts(ids[0] as string)).toEqual([]);
  expect(await stage.message(ids[0] as string)).toMatchObject({ state: "cancelled", due_at: null });
});

test("intend · leaves the end of a message alone that a receipt has settled while it was judged", async () => {
  const { senderId, ids } = await queued(1);
  await sql`update messages set expires_at = now() - interval '1 minute' where id = ${ids[0]}`.execute(
    stage.db,
  );
  const epoch = await stage.beginSlice(senderId);
  await changedMeanwhile(ids[0] as string, "delivered", () => stage.intend(senderId, epoch));
  expect(await stage.message(ids[0] as string)).toMatchObject({ state: "delivered", due_at: null });
});

test("intend · after an opt-out has committed writes no attempt for that person", async () => {
  const { senderId, ids } = await queued(1);
  const [id] = ids as [string];
  const { contact_id, address } = await stage.message(id);
  const epoch = await stage.beginSlice(senderId);
  await inTransaction(stage.db, async (tx) => {
    await lockContacts(tx, [contact_id]);
    await suppressAddress(tx, stage.deps.addressKey, {
      workspaceId: stage.workspaceId,
      contactId: contact_id,
      channel: "sms",
      address: address as string,
      reason: "opted_out",
      source: "inbound",
    });
  });
  expect(await stage.message(id)).toMatchObject({ state: "cancelled", reason: "opted_out" });
  // Something queues it again, as a late answer may: the rules stand at the moment of sending.
  await sql`update messages set state = 'queued', due_at = now() where id = ${id}`.execute(stage.db);
  expect(await stage.intend(senderId, epoch)).toMatchObject({ kind: "none" });
  expect(await stage.message(id)).toMatchObject({ state: "skipped", reason: "suppressed" });
  expect(await stage.attempts(id)).toEqual([]);
});

test("intend · takes nothing while the campaign is paused, the workspace or everything is stopped", async () => {
  const { senderId, campaignId } = await queued(1);
  const epoch = await stage.beginSlice(senderId);
  await moveCampaign(stage.db, stage.workspaceId, campaignId, "paused");
  expect(await stage.intend(senderId, epoch)).toMatchObject({ kind: "dry" });
  await moveCampaign(stage.db, stage.workspaceId, campaignId, "running");
  await sql`update switches set engaged_at = now()`.execute(stage.db);
  expect(await stage.intend(senderId, epoch)).toMatchObject({ kind: "stopped", why: "stopped" });
  await sql`update switches set engaged_at = null`.execute(stage.db);
  await sql`update workspaces set sending_stopped_at = now()`.execute(stage.db);
  expect(await stage.intend(senderId, epoch)).toMatchObject({ kind: "stopped", why: "stopped" });
  await sql`update workspaces set sending_stopped_at = null`.execute(stage.db);
  expect(await stage.intend(senderId, epoch)).toMatchObject({ kind: "sent" });
});

test("intend · never takes more than the budget, which a call that was not made gives back", async () => {
  const { senderId } = await queued(4, { max_per_hour: 3 });
  const epoch = await stage.beginSlice(senderId);
  const first = await stage.intend(senderId, epoch);
  if (first.kind !== "sent") throw new Error(first.kind);
  expect(first.messages).toHaveLength(3);
  expect(await stage.intend(senderId, epoch)).toMatchObject({ kind: "budget", why: "hour_budget" });
  const [unsent] = first.messages;
  if (unsent === undefined) throw new Error("three were intended");
  await stage.answer(unsent, { kind: "not_sent", why: "deadline" });
  expect(await stage.intend(senderId, epoch)).toMatchObject({ kind: "sent", usedHour: 3 });
});

test("intend · shares a sender evenly between its campaigns, and lets what is urgent go first", async () => {
  const { senderId } = await queued(30);
  const { id: second } = await stage.campaign();
  const late = await stage.queue({ senderId, campaignId: second, count: 30 });
  const urgent = late.at(-1) as string;
  await sql`update messages set priority = 1 where id = ${urgent}`.execute(stage.db);
  const result = await stage.intend(senderId, await stage.beginSlice(senderId), 21);
  if (result.kind !== "sent") throw new Error(result.kind);
  expect(result.messages[0]?.message.id).toBe(urgent);
  const ofSecond = result.messages.filter(({ message }) => message.campaign_id === second);
  expect(ofSecond).toHaveLength(11);
});

test("peekDue · one at a time, as a slow sender takes them, is even between campaigns as well", async () => {
  const { senderId } = await queued(1);
  const { id: second } = await stage.campaign();
  const [other] = await stage.queue({ senderId, campaignId: second });
  let ofOther = 0;
  for (let i = 0; i < 200; i++) {
    const [due] = await peekDue(stage.db, [{ id: senderId, most: 1 }]);
    if (due?.id === other) ofOther++;
  }
  // Four and a half standard deviations.
  expect(Math.abs(ofOther - 100)).toBeLessThan(32);
});
