import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SendingStage, sendingStage } from "../test/sending.ts";
import { openAlert, uncertainCause } from "./alerts.ts";
import { applyWebhookEvents } from "./applyWebhooks.ts";
import { completeCampaign, moveCampaign } from "./campaigns.ts";
import { inTransaction } from "./connect.ts";
import { applyReceipts } from "./receipts.ts";
import { insertWebhookEvents, takeUnapplied } from "./webhookEvents.ts";

let stage: SendingStage;
beforeAll(async () => {
  stage = await sendingStage();
});
afterAll(() => stage.close());

const accepted = (sid: string) => ({ kind: "accepted", sid }) as const;

async function acceptedOne() {
  const given = await stage.oneIntended();
  const { id } = given.one.message;
  await stage.answer(given.one, accepted(`SM${id}`));
  return { ...given, id };
}

test("applyReceipts · ends the same in every order and number in which they come", async () => {
  const states = ["accepted", "sent", "delivered", "read"] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...states), { minLength: 1, maxLength: 8 }),
      fc.nat(8),
      async (order, answerAt) => {
        const { one } = await stage.oneIntended();
        const { id } = one.message;
        const steps = order.map((state) => () => stage.receive([{ messageId: id, n: 1, state }]));
        const answered = async () => {
          await stage.answer(one, accepted(`SM${id.replaceAll("-", "")}1`));
          return undefined as never;
        };
        for (const step of steps.toSpliced(answerAt, 0, answered)) await step();
        const best = states.findLast((state) => order.includes(state));
        expect((await stage.message(id)).state).toBe(best);
        expect((await stage.attempts(id)).length).toBe(1);
      },
    ),
    { seed: 4, numRuns: 40 },
  );
});

test("applyReceipts · a whole disordered batch with doubles in one transaction counts as its highest", async () => {
  const { id } = await acceptedOne();
  const told = ["delivered", "sent", "read", "sent", "delivered"] as const;
  await stage.receive(told.map((state) => ({ messageId: id, n: 1, state })));
  const row = await stage.message(id);
  expect(row).toMatchObject({ state: "read", due_at: null });
  expect([row.sent_at, row.delivered_at, row.read_at].every((at) => at !== null)).toBe(true);
});

test("applyReceipts · settles what was in doubt", async () => {
  const { one } = await stage.oneIntended();
  await stage.answer(one, { kind: "unknown", why: "timeout" });
  const cause = uncertainCause(one.message.id);
  const asking = {
    workspace_id: stage.workspaceId,
    alert_type: "uncertain_message",
    severity: "high",
    cause,
  };
  await openAlert(stage.db, asking);
  await stage.receive([{ messageId: one.message.id, n: 1, state: "sent", sid: "SMdoubt1" }]);
  expect(await stage.message(one.message.id)).toMatchObject({ state: "sent" });
  expect(await stage.attempts(one.message.id)).toMatchObject([
    { outcome: "accepted", settled_by: "receipt", provider_sid: "SMdoubt1" },
  ]);
  const alerts = stage.db.selectFrom("alerts").select("resolved_at").where("cause", "=", cause);
  expect(await alerts.execute()).toEqual([{ resolved_at: expect.any(Date) }]);
});

test("applyReceipts · a failure that can pass is tried again, once however often it is told", async () => {
  const { id, senderId } = await acceptedOne();
  const failed = { messageId: id, n: 1, state: "undelivered", code: "30003" } as const;
  const { retrying } = await stage.receive([failed]);
  expect(retrying.map((sender) => sender.id)).toEqual([senderId]);
  await stage.receive([failed, failed]);
  const waiting = await stage.message(id);
  expect(waiting).toMatchObject({ state: "queued", refusals: 1 });
  expect(Math.round(waiting.due_in_minutes)).toBe(2);
});

test("applyReceipts · a late delivery of the first attempt withdraws the retry that waits", async () => {
  const { id, senderId } = await acceptedOne();
  await stage.receive([{ messageId: id, n: 1, state: "undelivered", code: "30003" }]);
  await stage.receive([{ messageId: id, n: 1, state: "delivered" }]);
  expect(await stage.message(id)).toMatchObject({ state: "delivered", due_at: null });
  expect(await stage.intend(senderId, await stage.beginSlice(senderId))).toMatchObject({ kind: "dry" });
});

test("applyReceipts · a late failure of the first attempt says nothing of the second", async () => {
  const { id, senderId } = await acceptedOne();
  await stage.receive([{ messageId: id, n: 1, state: "failed", code: "30008" }]);
  await stage.hasten(id);
  const [second] = await stage.intended(senderId);
  await stage.answer(second as NonNullable<typeof second>, accepted("SMsecond1"));
  await stage.receive([{ messageId: id, n: 1, state: "undelivered", code: "30003" }]);
  expect(await stage.message(id)).toMatchObject({ state: "accepted", attempts: 2, due_at: null });
});

test("applyReceipts · a refused second attempt does not undo the delivery of the first", async () => {
  const { id, senderId } = await acceptedOne();
  await stage.receive([{ messageId: id, n: 1, state: "undelivered", code: "30003" }]);
  await stage.hasten(id);
  const [second] = await stage.intended(senderId);
  await stage.receive([{ messageId: id, n: 1, state: "delivered" }]);
  const no = { kind: "refused", code: "30008", httpStatus: 400, retryAfterMs: null } as const;
  await stage.answer(second as NonNullable<typeof second>, no);
  expect(await stage.message(id)).toMatchObject({ state: "delivered", due_at: null });
});

test("applyReceipts · of another workspace's attempt do nothing", async () => {
  const { id } = await acceptedOne();
  const stranger = await stage.workspace();
  const { unmatched } = await stage.receive([{ messageId: id, n: 1, state: "read" }], stranger);
  expect(unmatched).toHaveLength(1);
  expect(await stage.message(id)).toMatchObject({ state: "accepted" });
  expect(await stage.attempts(id)).toMatchObject([{ receipt_state: null }]);
});

test("applyReceipts · a sender that was stopped by the provider sends no more, and its message waits", async () => {
  const { id, senderId } = await acceptedOne();
  await stage.receive([{ messageId: id, n: 1, state: "undelivered", code: "30034" }]);
  expect(await stage.message(id)).toMatchObject({ state: "queued", refusals: 0 });
  expect(await stage.intend(senderId, await stage.beginSlice(senderId))).toMatchObject({
    why: "sender_stopped",
  });
  const alerts = await stage.db
    .selectFrom("alerts")
    .select("severity")
    .where("subject_id", "=", senderId)
    .execute();
  expect(alerts).toEqual([{ severity: "critical" }]);
});

test("applyReceipts · slow down by receipt halves the sender's rate too", async () => {
  const { id, senderId } = await acceptedOne();
  await stage.receive([{ messageId: id, n: 1, state: "failed", code: "63018" }]);
  const pace = await stage.db
    .selectFrom("sender_pace")
    .selectAll()
    .where("sender_id", "=", senderId)
    .execute();
  expect(pace).toMatchObject([{ rate_factor: 0.5 }]);
  expect(await stage.message(id)).toMatchObject({ state: "queued", refusals: 0 });
});

test("applyReceipts · a person whom the provider withholds from is not asked for for ever", async () => {
  const { id, senderId } = await acceptedOne();
  for (let n = 1; ; n++) {
    await stage.receive([{ messageId: id, n, state: "undelivered", code: "63049" }]);
    const now = await stage.message(id);
    if (now.state !== "queued") break;
    expect(n).toBeLessThan(6);
    await sql`update messages set due_at = now(), detail = detail - 'recipient_hold_until' where id = ${id}`.execute(
      stage.db,
    );
    const [next] = await stage.intended(senderId);
    await stage.answer(next as NonNullable<typeof next>, accepted(`SM${id}${n + 1}`));
  }
  expect(await stage.message(id)).toMatchObject({ state: "undelivered", error_code: "63049", attempts: 5 });
});

test("applyReceipts · an address that is none is suppressed", async () => {
  const { id, one } = await acceptedOne();
  await stage.receive([{ messageId: id, n: 1, state: "undelivered", code: "30005" }]);
  expect(await stage.message(id)).toMatchObject({ state: "undelivered" });
  const found = await stage.db
    .selectFrom("suppressions")
    .select("reason")
    .where("address", "=", one.message.address)
    .execute();
  expect(found).toEqual([{ reason: "invalid" }]);
});

test("applyReceipts · a campaign that has ended gets no retry that nothing would send", async () => {
  for (const ending of ["completed", "cancelled"] as const) {
    const { id, campaignId } = await acceptedOne();
    await moveCampaign(stage.db, stage.workspaceId, campaignId, ending);
    await stage.receive([{ messageId: id, n: 1, state: "undelivered", code: "30003" }]);
    expect(await stage.message(id)).toMatchObject({
      state: "undelivered",
      due_at: null,
      error_code: "30003",
    });
  }
});

test("completeCampaign · waits for a receipt that queues a retry at that instant", async () => {
  const { id, campaignId } = await acceptedOne();
  const applied = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const receipt = inTransaction(stage.db, async (tx) => {
    const on = { workspaceId: stage.workspaceId, addressKey: stage.deps.addressKey, retryMinuteMs: 60_000 };
    const told = {
      messageId: id,
      n: 1,
      state: "undelivered",
      errorCode: "30003",
      providerSid: `SM${id}`,
    } as const;
    await applyReceipts(tx, on, [{ ...told, at: new Date() }]);
    applied.resolve();
    await goOn.promise;
  });
  await applied.promise;
  const ending = inTransaction(stage.db, (tx) => completeCampaign(tx, stage.workspaceId, campaignId));
  setTimeout(goOn.resolve, 100);
  await receipt;
  expect(await ending).toBeUndefined();
  expect(await stage.message(id)).toMatchObject({ state: "queued" });
});

const event = (payload: Record<string, string>) => ({
  provider: "twilio" as const,
  kind: "status" as const,
  dedupeKey: `${payload["MessageSid"]}:${payload["MessageStatus"]}`,
  payload,
});

/** Stores and applies webhooks as the API does; gives what waits to be applied afterwards. */
async function take(payloads: Record<string, string>[]) {
  const on = { workspaceId: stage.workspaceId, addressKey: stage.deps.addressKey, retryMinuteMs: 60_000 };
  return inTransaction(stage.db, async (tx) => {
    const fresh = await insertWebhookEvents(tx, stage.workspaceId, payloads.map(event));
    await applyWebhookEvents(tx, on, fresh);
    return fresh.length;
  });
}

test("webhooks · a receipt before its SID is known waits, and counts once it is", async () => {
  const { one } = await stage.oneIntended();
  await take([{ MessageSid: "SMearly1", MessageStatus: "delivered" }]);
  expect(await stage.message(one.message.id)).toMatchObject({ state: "sending" });
  await stage.answer(one, accepted("SMearly1"));
  await sql`update webhook_events set received_at = received_at - interval '1 hour'`.execute(stage.db);
  const on = { workspaceId: stage.workspaceId, addressKey: stage.deps.addressKey, retryMinuteMs: 60_000 };
  await inTransaction(stage.db, async (tx) => applyWebhookEvents(tx, on, await takeUnapplied(tx, 100)));
  expect(await stage.message(one.message.id)).toMatchObject({ state: "delivered" });
  expect(await inTransaction(stage.db, (tx) => takeUnapplied(tx, 100))).toEqual([]);
});

test("webhooks · the same event twice is stored and applied once", async () => {
  const { id } = await acceptedOne();
  const payload = { MessageSid: `SM${id}`, MessageStatus: "delivered", _attempt: `${id}.1` };
  expect([await take([payload]), await take([payload])]).toEqual([1, 0]);
  expect(await stage.message(id)).toMatchObject({ state: "delivered" });
});

test("webhooks · two receipts with each other's SID are both applied", async () => {
  const [first, second] = [await stage.oneIntended(), await stage.oneIntended()];
  await stage.answer(first.one, accepted("SMswapB"));
  await take([
    { MessageSid: "SMswapA", MessageStatus: "sent", _attempt: `${first.one.message.id}.1` },
    { MessageSid: "SMswapB", MessageStatus: "sent", _attempt: `${second.one.message.id}.1` },
  ]);
  for (const { one } of [first, second])
    expect(await stage.message(one.message.id)).toMatchObject({ state: "sent" });
});

test("applyReceipts · tells of messages of conversations, and of no others", async () => {
  const [plain, reply] = [await acceptedOne(), await acceptedOne()];
  const conversation = "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20";
  await sql`update messages set conversation_id = ${conversation} where id = ${reply.id}`.execute(stage.db);
  for (const state of ["sent", "sent", "undelivered"] as const)
    await stage.receive([plain, reply].map(({ id }) => ({ messageId: id, n: 1, state })));
  const told = await stage.db.selectFrom("conversation_events").select(["subject_id", "change"]).execute();
  expect(told.map((event) => [event.subject_id, event.change])).toEqual([
    [reply.id, { state: "sent", reason: null }],
    [reply.id, { state: "undelivered", reason: expect.anything() }],
  ]);
});
