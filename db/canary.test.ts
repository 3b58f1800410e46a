import { afterAll, beforeAll, expect, test } from "vitest";
import { Canary } from "../domain/canary.ts";
import { PRIORITIES } from "./outbox.ts";
import { inTransaction } from "./connect.ts";
import { findCampaign } from "./campaigns.ts";
import {
  beginCanary,
  canaryFigures,
  canaryResultOf,
  concludeCanary,
  continueCanary,
  markReleased,
  releaseHeld,
} from "./canary.ts";
import { insertPlanned, openLanes } from "./planning.ts";
import { findSenderUse } from "./senders.ts";
import { people } from "../test/people.ts";
import { type SendingStage, sendingStage } from "../test/sending.ts";

let stage: SendingStage;
beforeAll(async () => {
  stage = await sendingStage();
});
afterAll(() => stage.close());

let serial = 500_000;

/** A planned campaign of so many people that wait for its canary. */
async function planned(count: number, canary: Canary) {
  const { db, workspaceId } = stage;
  const senderId = await stage.sender();
  const { id } = await stage.campaign();
  await db
    .updateTable("campaigns")
    .set({ canary: JSON.stringify(canary) })
    .where("id", "=", id)
    .execute();
  const contactIds = await people(db, workspaceId, count, (serial += 1_000));
  const row = await reread(id);
  const rows = contactIds.map((contactId, index) => ({
    contactId,
    senderId,
    state: "queued" as const,
    dueAt: null,
    reason: null,
    detail: null,
    address: `+573010${serial + index}`,
    body: "Hola",
    contentVariables: null,
    parts: 1,
  }));
  await inTransaction(db, async (tx) => {
    await insertPlanned(tx, { ...row, content_sid: null }, rows, PRIORITIES.bulk);
    await openLanes(tx, workspaceId, id, [senderId]);
  });
  return { id, senderId, row, contactIds };
}

async function reread(id: string) {
  const row = await findCampaign(stage.db, stage.workspaceId, id);
  if (row === undefined) throw new Error("The campaign is gone");
  return row;
}

/** Those whom a sender may find, and those who wait. */
async function lanes(id: string) {
  const rows = await stage.db
    .selectFrom("messages")
    .select(["contact_id", "lane"])
    .where("campaign_id", "=", id)
    .where("due_at", "is not", null)
    .orderBy("contact_id")
    .execute();
  const open = rows.filter((row) => row.lane === id).map((row) => row.contact_id);
  return { open, held: rows.length - open.length };
}

const begin = async (id: string, canary: Canary) => {
  const row = await reread(id);
  return inTransaction(stage.db, (tx) => beginCanary(tx, row, canary));
};

test("beginCanary · lets exactly the share go, once, and never somebody more", async () => {
  const canary = Canary.parse({ share: 15 });
  const { id, senderId } = await planned(30, canary);
  expect(await lanes(id)).toEqual({ open: [], held: 30 });
  const use = () => findSenderUse(stage.db, stage.workspaceId, senderId);
  expect(await use()).toMatchObject({ queued: 30, oldest_due_at: null });
  expect(await stage.intend(senderId, await stage.beginSlice(senderId))).toEqual({ kind: "dry" });
  expect(await begin(id, canary)).toBe(5);
  const first = await lanes(id);
  expect(await use()).toMatchObject({ queued: 30, oldest_due_at: expect.any(Date) });
  expect(first.held).toBe(25);
  expect(await begin(id, canary)).toBeUndefined();
  expect(await lanes(id)).toEqual(first);
  expect(canaryResultOf(await reread(id))).toMatchObject({ phase: "sending", picked: 5, released: false });
});

test("beginCanary · a count of more than there are takes all", async () => {
  const canary = Canary.parse({ count: 10 });
  const { id } = await planned(4, canary);
  expect(await begin(id, canary)).toBe(4);
});

test("canaryFigures · count only the canary, and who opted out since they got it", async () => {
  const canary = Canary.parse({ count: 3 });
  const { id, senderId } = await planned(10, canary);
  await begin(id, canary);
  const intended = await stage.intended(senderId);
  expect(intended).toHaveLength(3);
  const [one, two, three] = intended as [(typeof intended)[0], (typeof intended)[0], (typeof intended)[0]];
  const figures = async () => canaryFigures(stage.db, await reread(id));
  expect(await figures()).toMatchObject({ picked: 3, open: 3, sent: 0, last_accepted_at: null });
  await stage.answer(one, { kind: "accepted", sid: "SMcanary1" });
  await stage.answer(two, { kind: "accepted", sid: "SMcanary2" });
  await stage.answer(three, {
    kind: "refused",
    httpStatus: 400,
    code: "21211",
    retryAfterMs: null,
  });
  await stage.receive([{ messageId: one.message.id, n: 1, state: "delivered", sid: "SMcanary1" }]);
  const optOut = (contact_id: string, at: Date) =>
    stage.db
      .insertInto("consents")
      .values({
        workspace_id: stage.workspaceId,
        contact_id,
        channel: "sms",
        state: "opted_out",
        source: "reply",
        method: "keyword",
        at,
      })
      .execute();
  await optOut(one.message.contact_id, new Date(Date.now() + 1_000));
  await optOut(two.message.contact_id, new Date("2020-01-01T00:00:00Z"));
  const { last_accepted_at, ...rest } = await figures();
  expect(rest).toEqual({ picked: 3, open: 0, sent: 3, delivered: 1, failed: 1, opted_out: 1 });
  expect(last_accepted_at).toBeInstanceOf(Date);
});

test("releaseHeld · lets the rest go in batches, except who was cancelled meanwhile", async () => {
  const canary = Canary.parse({ count: 1 });
  const { id, row, contactIds } = await planned(10, canary);
  await begin(id, canary);
  const { open } = await lanes(id);
  const gone = contactIds.find((contactId) => !open.includes(contactId)) as string;
  await stage.db
    .updateTable("messages")
    .set({ state: "cancelled", due_at: null })
    .where("campaign_id", "=", id)
    .where("contact_id", "=", gone)
    .execute();
  expect(await continueCanary(stage.db, stage.workspaceId, id)).toMatchObject({ state: "running" });
  expect(await continueCanary(stage.db, stage.workspaceId, id)).toBeUndefined();
  expect([await releaseHeld(stage.db, id, 5), await releaseHeld(stage.db, id, 5)]).toEqual([5, 3]);
  expect(await releaseHeld(stage.db, id, 5)).toBe(0);
  await markReleased(stage.db, row);
  expect(canaryResultOf(await reread(id))).toMatchObject({ phase: "continued", picked: 1, released: true });
  expect(await lanes(id)).toMatchObject({ held: 0 });
});

test("concludeCanary · an operator's word stands; what did harm pauses until an operator goes on", async () => {
  const figures = { picked: 1, open: 0, sent: 1, delivered: 0, failed: 1, opted_out: 0 };
  const stopped = { phase: "stopped" as const, reasons: ["failure rate 100 % (limit 10 %)"] };
  const canary = Canary.parse({ count: 1 });
  const harmful = await planned(2, canary);
  await begin(harmful.id, canary);
  const conclude = async (id: string) => {
    const row = await reread(id);
    return inTransaction(stage.db, (tx) => concludeCanary(tx, row, stopped, figures));
  };
  expect(await conclude(harmful.id)).toBe(true);
  expect(await reread(harmful.id)).toMatchObject({
    state: "paused",
    state_reason: "canary: failure rate 100 % (limit 10 %)",
  });
  expect(await continueCanary(stage.db, stage.workspaceId, harmful.id)).toMatchObject({ state: "running" });

  const overruled = await planned(2, canary);
  await begin(overruled.id, canary);
  await continueCanary(stage.db, stage.workspaceId, overruled.id);
  expect(await conclude(overruled.id)).toBe(false);
  expect(await reread(overruled.id)).toMatchObject({ state: "running" });
});
