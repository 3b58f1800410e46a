import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SendingStage, sendingStage } from "../test/sending.ts";
import { moveCampaign } from "./campaigns.ts";
import { inTransaction } from "./connect.ts";
import { doubtAbandoned, slowSender } from "./ledger.ts";

let stage: SendingStage;
beforeAll(async () => {
  stage = await sendingStage();
});
afterAll(() => stage.close());

const refused = (code: string, httpStatus = 400, retryAfterMs: number | null = null) =>
  ({ kind: "refused", code, httpStatus, retryAfterMs }) as const;

const pace = (senderId: string) =>
  stage.db.selectFrom("sender_pace").selectAll().where("sender_id", "=", senderId).executeTakeFirstOrThrow();
const senderOf = (id: string) =>
  stage.db.selectFrom("senders").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
const usedBy = async (senderId: string) =>
  (
    await stage.db.selectFrom("sender_minutes").select("used").where("sender_id", "=", senderId).execute()
  ).reduce((sum, row) => sum + row.used, 0);

test("answer · accepted binds the provider's SID to the attempt", async () => {
  const { one } = await stage.oneIntended();
  await stage.answer(one, { kind: "accepted", sid: "SMaccepted1" });
  expect(await stage.message(one.message.id)).toMatchObject({ state: "accepted", due_at: null });
  expect(await stage.attempts(one.message.id)).toMatchObject([
    { outcome: "accepted", settled_by: "answer", provider_sid: "SMaccepted1" },
  ]);
});

test("answer · a call that was not made is queued again at once, and gives its budget back", async () => {
  const { one, senderId } = await stage.oneIntended();
  expect(await usedBy(senderId)).toBe(1);
  await stage.answer(one, { kind: "not_sent", why: "deadline" });
  expect(await stage.message(one.message.id)).toMatchObject({ state: "queued", refusals: 0 });
  expect(await usedBy(senderId)).toBe(0);
  await stage.answer(one, { kind: "not_sent", why: "deadline" });
  expect(await usedBy(senderId)).toBe(0);
});

test("answer · a refusal that can pass is tried again after 2, 4 and 8 minutes, then it ends", async () => {
  const { one, senderId } = await stage.oneIntended();
  const { id } = one.message;
  let attempt = one;
  for (const minutes of [2, 4, 8]) {
    await stage.answer(attempt, refused("30008"));
    const waiting = await stage.message(id);
    expect(waiting.state).toBe("queued");
    expect(Math.round(waiting.due_in_minutes)).toBe(minutes);
    await stage.hasten(id);
    [attempt] = (await stage.intended(senderId)) as [typeof one];
  }
  await stage.answer(attempt, refused("30008"));
  expect(await stage.message(id)).toMatchObject({ state: "failed", refusals: 3, error_code: "30008" });
  expect((await stage.attempts(id)).map(({ n, outcome }) => [n, outcome])).toEqual([
    [1, "refused"],
    [2, "refused"],
    [3, "refused"],
    [4, "refused"],
  ]);
});

test("answer · slow down halves the sender's rate, waits as told, and is no failure of the message", async () => {
  const { one, senderId } = await stage.oneIntended();
  await stage.answer(one, refused("20429", 429, 7_000));
  expect(await stage.message(one.message.id)).toMatchObject({ state: "queued", refusals: 0 });
  const slowed = await pace(senderId);
  expect(slowed.rate_factor).toBe(0.5);
  expect(await stage.intend(senderId, await stage.beginSlice(senderId))).toMatchObject({ kind: "pace" });
});

test("slowSender · halves what the pace has climbed back to, not what it was slowed to long ago", async () => {
  const senderId = await stage.sender();
  await stage.beginSlice(senderId);
  const slow = () => inTransaction(stage.db, (tx) => slowSender(tx, senderId, 0, 60_000));
  await slow();
  await slow();
  expect((await pace(senderId)).rate_factor).toBe(0.5);
  const later = (minutes: number) =>
    sql`update sender_pace set slowed_at = slowed_at - ${minutes} * interval '1 minute' where sender_id = ${senderId}`.execute(
      stage.db,
    );
  await later(60);
  await slow();
  expect((await pace(senderId)).rate_factor).toBe(0.5);
  await later(2);
  await slow();
  expect((await pace(senderId)).rate_factor).toBeCloseTo(0.35);
});

test("answer · a stopped sender is taken out with an alert, and its message waits", async () => {
  const { one, senderId } = await stage.oneIntended();
  await stage.answer(one, refused("30034"));
  expect(await stage.message(one.message.id)).toMatchObject({ state: "queued", refusals: 0 });
  expect(await senderOf(senderId)).toMatchObject({
    status: "stopped",
    status_reason: expect.stringContaining("30034"),
  });
  expect(await stage.intend(senderId, await stage.beginSlice(senderId))).toMatchObject({
    why: "sender_stopped",
  });
  const alerts = await stage.db
    .selectFrom("alerts")
    .select("alert_type")
    .where("subject_id", "=", senderId)
    .execute();
  expect(alerts).toEqual([{ alert_type: "sender_stopped" }]);
});

test("answer · a person who must be left alone is, for twice as long each time, and not for ever", async () => {
  const { one, senderId } = await stage.oneIntended();
  const { id } = one.message;
  let attempt = one;
  const waits: number[] = [];
  for (;;) {
    await stage.answer(attempt, refused("63049"));
    const now = await stage.message(id);
    if (now.state === "failed") break;
    waits.push(now.due_in_minutes);
    await sql`update messages set due_at = now(), detail = detail - 'recipient_hold_until' where id = ${id}`.execute(
      stage.db,
    );
    [attempt] = (await stage.intended(senderId)) as [typeof one];
  }
  expect(waits).toHaveLength(4);
  expect(waits.every((wait, i) => i === 0 || Math.abs(wait / (waits[i - 1] as number) - 2) < 0.1)).toBe(true);
  expect(await stage.message(id)).toMatchObject({ refusals: 0 });
});

test("answer · an address that cannot be reached is suppressed, with what else waits for it", async () => {
  const { one, senderId } = await stage.oneIntended();
  const { contact_id } = one.message;
  const { id: campaignId } = await stage.campaign();
  const [other] = await stage.queue({ senderId, campaignId });
  await sql`update messages set contact_id = ${contact_id}, address = ${one.message.address} where id = ${other}`.execute(
    stage.db,
  );
  await stage.answer(one, refused("21610"));
  expect(await stage.message(one.message.id)).toMatchObject({ state: "failed", error_code: "21610" });
  expect(await stage.message(other as string)).toMatchObject({ state: "cancelled" });
  const suppressed = await stage.db
    .selectFrom("suppressions")
    .select(["reason", "source"])
    .where("address", "=", one.message.address)
    .execute();
  expect(suppressed).toEqual([{ reason: "opted_out", source: "provider" }]);
});

test("answer · a refusal for good ends the message", async () => {
  const { one } = await stage.oneIntended();
  await stage.answer(one, refused("21612"));
  expect(await stage.message(one.message.id)).toMatchObject({
    state: "failed",
    error_code: "21612",
    due_at: null,
  });
});

test("answer · what may or may not have arrived is in doubt, and not sent again", async () => {
  const { one, senderId } = await stage.oneIntended();
  await stage.answer(one, { kind: "unknown", why: "timeout" });
  expect(await stage.message(one.message.id)).toMatchObject({ state: "uncertain", due_at: null });
  expect(await stage.intend(senderId, await stage.beginSlice(senderId))).toMatchObject({ kind: "dry" });
});

test("doubtAbandoned · what a dead slice has left open is in doubt; its late answer still settles it", async () => {
  const { one, senderId } = await stage.oneIntended();
  await stage.beginSlice(senderId);
  expect(await stage.message(one.message.id)).toMatchObject({ state: "uncertain" });
  await stage.answer(one, { kind: "accepted", sid: "SMlate1" });
  expect(await stage.message(one.message.id)).toMatchObject({ state: "accepted" });
  expect(await stage.attempts(one.message.id)).toMatchObject([
    { outcome: "accepted", provider_sid: "SMlate1" },
  ]);
});

test("doubtAbandoned · leaves the attempts of the slice that runs alone", async () => {
  const { one, senderId } = await stage.oneIntended();
  const { epoch } = await pace(senderId);
  expect(await doubtAbandoned(stage.db, senderId, epoch)).toBe(0);
  expect(await stage.message(one.message.id)).toMatchObject({ state: "sending" });
});

test("answer · nothing is queued again for a campaign that has been cancelled meanwhile", async () => {
  for (const answer of [refused("30008"), { kind: "not_sent", why: "deadline" } as const]) {
    const { one, campaignId } = await stage.oneIntended();
    await moveCampaign(stage.db, stage.workspaceId, campaignId, "cancelled");
    await stage.answer(one, answer);
    expect(await stage.message(one.message.id)).toMatchObject({
      state: "cancelled",
      reason: "campaign_cancelled",
      due_at: null,
    });
  }
});

test("answer · a SID that another attempt holds by a wrong binding holds nobody's result up", async () => {
  const [first, second] = [await stage.oneIntended(), await stage.oneIntended()];
  await stage.answer(first.one, { kind: "accepted", sid: "SMtwice" });
  await stage.answer(second.one, { kind: "accepted", sid: "SMtwice" });
  expect(await stage.message(second.one.message.id)).toMatchObject({ state: "accepted" });
  expect(await stage.attempts(second.one.message.id)).toMatchObject([
    { outcome: "accepted", provider_sid: null },
  ]);
});

test("answer · one that the database refuses is left in doubt and holds up no other", async () => {
  const [bad, good] = [await stage.oneIntended(), await stage.oneIntended()];
  await Promise.all([
    stage.answer(bad.one, { kind: "accepted", sid: "SM\0" }),
    stage.answer(good.one, { kind: "accepted", sid: "SMgood1" }),
  ]);
  expect(await stage.message(good.one.message.id)).toMatchObject({ state: "accepted" });
  await stage.beginSlice(bad.senderId);
  expect(await stage.message(bad.one.message.id)).toMatchObject({ state: "uncertain" });
});
