import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stopSender } from "../db/ledger.ts";
import { type SendingStage, sendingStage } from "../test/sending.ts";
import { type ReleaseReport, senderActivities } from "./senders.ts";

let stage: SendingStage;
beforeAll(async () => {
  stage = await sendingStage();
});
afterAll(() => stage.close());

const release = (senderId: string): Promise<ReleaseReport> =>
  new MockActivityEnvironment().run(() =>
    senderActivities(stage.deps).releaseStopped({ workspaceId: stage.workspaceId, senderId }),
  );

const stop = (senderId: string) => stopSender(stage.db, senderId, "Not registered (code 30034)");

/** A campaign over these senders, with messages that all wait for the first of them. */
async function waiting(count: number, others: number) {
  const senders = [await stage.sender()];
  for (let i = 0; i < others; i++) senders.push(await stage.sender());
  const { id: campaignId } = await stage.campaign();
  await sql`update campaigns set sender_ids = ${senders}::uuid[] where id = ${campaignId}`.execute(stage.db);
  const [stopped, ...rest] = senders as [string, ...string[]];
  const ids = await stage.queue({ senderId: stopped, campaignId, count });
  await sql`insert into sender_assignments (workspace_id, channel, address, sender_id)
    select workspace_id, channel, address, sender_id from messages where campaign_id = ${campaignId}`.execute(
    stage.db,
  );
  return { stopped, rest, campaignId, ids };
}

/** Who each of these messages goes out by. */
async function sendersOf(ids: readonly string[]) {
  const rows = await stage.db
    .selectFrom("messages")
    .select(["id", "sender_id"])
    .where("id", "in", ids)
    .execute();
  const by = new Map(rows.map((row) => [row.id, row.sender_id]));
  return ids.map((id) => by.get(id));
}

test("releaseStopped · shares what waits for a stopped sender between the others of its campaign", async () => {
  const { stopped, rest, ids, campaignId } = await waiting(6, 2);
  const outsider = await stage.sender();
  await stop(stopped);
  expect(await release(stopped)).toEqual({ moved: 6, left: 0, waitMs: null });
  const now = await sendersOf(ids);
  expect(now).not.toContain(outsider);
  expect(rest.map((id) => now.filter((one) => one === id).length)).toEqual([3, 3]);
  const assigned = await sql<{ n: number }>`
    select count(*)::int as n from sender_assignments a join messages m on m.address = a.address
    where m.campaign_id = ${campaignId} and a.sender_id = m.sender_id`.execute(stage.db);
  expect(assigned.rows[0]?.n).toBe(6);
  const owed = await stage.db.selectFrom("temporal_outbox").select("workflow_id").execute();
  for (const id of rest) expect(owed).toContainEqual({ workflow_id: `sender:${id}` });
  for (const id of rest) expect((await stage.intended(id)).length).toBe(3);
  expect(await release(stopped)).toEqual({ moved: 0, left: 0, waitMs: null });
});

test("releaseStopped · leaves those who have heard from the sender, or may have, and those who wrote to it", async () => {
  const { stopped, ids } = await waiting(5, 1);
  const [heard, inDoubt, wrote, undelivered, fresh] = ids as [string, string, string, string, string];
  const second = await stage.campaign();
  for (const [id, state] of [
    [heard, "delivered"],
    [inDoubt, "uncertain"],
    [undelivered, "undelivered"],
  ]) {
    await sql`insert into messages (workspace_id, contact_id, campaign_id, sender_id, direction, channel, state, address)
      select workspace_id, contact_id, ${second.id}, ${stopped}, 'out', channel, ${state}, address
      from messages where id = ${id}`.execute(stage.db);
  }
  await sql`insert into conversations (workspace_id, channel, contact_id, sender_id, address)
    select workspace_id, channel, contact_id, sender_id, address from messages where id = ${wrote}`.execute(
    stage.db,
  );
  await stop(stopped);
  expect(await release(stopped)).toMatchObject({ moved: 2, left: 0 });
  const now = await sendersOf([heard, inDoubt, wrote]);
  expect(now).toEqual([stopped, stopped, stopped]);
  expect(await sendersOf([undelivered, fresh])).not.toContain(stopped);
  const kept = await stage.db
    .selectFrom("sender_assignments")
    .select("address")
    .where("sender_id", "=", stopped)
    .execute();
  expect(kept).toHaveLength(3);
});

test("releaseStopped · without another sender all wait, and it is looked for again", async () => {
  const { stopped, rest, ids } = await waiting(3, 1);
  await stop(stopped);
  await stop(rest[0] as string);
  expect(await release(stopped)).toEqual({ moved: 0, left: 3, waitMs: 600_000 });
  expect(new Set(await sendersOf(ids))).toEqual(new Set([stopped]));
  await sql`update senders set status = 'active' where id = ${rest[0]}`.execute(stage.db);
  expect(await release(stopped)).toMatchObject({ moved: 3, left: 0 });
});

test("releaseStopped · a message of no campaign goes to any active sender", async () => {
  const { stopped, ids } = await waiting(1, 0);
  await sql`update messages set campaign_id = null, lane = '00000000-0000-0000-0000-000000000000', priority = 2
    where id = ${ids[0]}`.execute(stage.db);
  await stop(stopped);
  expect(await release(stopped)).toMatchObject({ moved: 1 });
  const [now] = await sendersOf(ids);
  expect((await stage.intended(now as string)).map((one) => one.message.id)).toContain(ids[0]);
});

test("releaseStopped · takes nothing from a sender that an operator has paused", async () => {
  const { stopped, ids } = await waiting(2, 1);
  await sql`update senders set status = 'paused' where id = ${stopped}`.execute(stage.db);
  expect(await release(stopped)).toMatchObject({ moved: 0, left: 0 });
  expect(new Set(await sendersOf(ids))).toEqual(new Set([stopped]));
});

test("releaseStopped · a message that a slice has begun to send stays, whoever is first", async () => {
  const { stopped, ids } = await waiting(4, 1);
  const epoch = await stage.beginSlice(stopped);
  const [intent, { moved }] = await Promise.all([
    stage.intend(stopped, epoch),
    stop(stopped).then(() => release(stopped)),
  ]);
  const begun = intent.kind === "sent" ? intent.messages.map((one) => one.message.id) : [];
  expect(begun.length + moved).toBe(4);
  expect(new Set(await sendersOf(begun.length > 0 ? begun : ids)).has(stopped)).toBe(begun.length > 0);
});
