import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { inTransaction } from "../db/connect.ts";
import { proveCalls } from "../db/emailCalls.ts";
import { listeningMail, type MailStage, mailStage } from "../test/mailing.ts";
import { createDeliveryEngine, deliverSlice } from "./delivery/slice.ts";
import { settleDoubtful } from "./settling.ts";

const { heard, provider } = listeningMail();
const accepts = heard.says;
const cancels = heard.cancels;
let stage: MailStage;
beforeAll(async () => {
  stage = await mailStage(provider);
});
beforeEach(() => {
  heard.calls.length = 0;
  heard.cancelled.length = 0;
  heard.cancels = cancels;
});
afterAll(() => stage.close());

const environment = new MockActivityEnvironment();
const settle = (senderId: string) =>
  environment.run(() => settleDoubtful(stage.deps, { workspaceId: stage.workspaceId, senderId }));

/** A call of so many people that got no answer. */
async function inDoubt(count: number, repeatable?: number) {
  const queued = await stage.queued(
    count,
    repeatable === undefined ? {} : { repeatable_minutes: repeatable },
  );
  heard.says = () => ({ kind: "unknown", why: "timeout" });
  const engine = createDeliveryEngine({ ...stage.deps, mailCalls: 4 });
  await environment.run(() => deliverSlice(engine, queued.input));
  heard.says = accepts;
  heard.calls.length = 0;
  const [call] = await stage.calls(queued.senderId);
  if (call === undefined) throw new Error("no call was made");
  return { ...queued, call };
}

const alertsOf = (id: string) =>
  stage.db
    .selectFrom("alerts")
    .select(["alert_type", "metric_value"])
    .where("subject_id", "=", id)
    .where("resolved_at", "is", null)
    .execute();

test("settleDoubtful · of e-mail leaves a call to its events, and asks an operator once when they stay out", async () => {
  const { senderId, campaignId, call } = await inDoubt(3);
  expect(await settle(senderId)).toMatchObject({ accepted: 0, notSent: 0, doubtful: 3, waitMs: 1_800_000 });
  expect(await alertsOf(call.id)).toEqual([]);
  await sql`update email_calls set intended_at = intended_at - interval '25 hours' where id = ${call.id}`.execute(
    stage.db,
  );
  expect(await settle(senderId)).toMatchObject({ doubtful: 3, waitMs: null });
  await settle(senderId);
  expect(await alertsOf(call.id)).toEqual([{ alert_type: "uncertain_call", metric_value: 3 }]);
  expect(await stage.counts(campaignId)).toEqual({ uncertain: 3 });
});

test("proveCalls · an event of one person settles everybody in the call, and its alert", async () => {
  const { senderId, campaignId, call, messages } = await inDoubt(4);
  await sql`update email_calls set intended_at = intended_at - interval '25 hours' where id = ${call.id}`.execute(
    stage.db,
  );
  await settle(senderId);
  const prove = () =>
    inTransaction(stage.db, (tx) =>
      proveCalls(tx, stage.workspaceId, [{ messageId: messages[2]?.id ?? "", n: 1 }]),
    );
  expect(await prove()).toMatchObject([{ id: campaignId }]);
  expect(await stage.counts(campaignId)).toEqual({ accepted: 4 });
  expect(await stage.calls(senderId)).toMatchObject([{ outcome: "accepted", settled_by: "receipt" }]);
  expect(await stage.attempts(messages[0]?.id ?? "")).toMatchObject([
    { outcome: "accepted", settled_by: "receipt" },
  ]);
  expect(await alertsOf(call.id)).toEqual([]);
  expect(await prove()).toEqual([]);
});

test("proveCalls · two events at once of one call do not wait for each other for ever", async () => {
  const { campaignId, messages } = await inDoubt(50);
  const prove = (index: number) =>
    inTransaction(stage.db, (tx) =>
      proveCalls(tx, stage.workspaceId, [{ messageId: messages[index]?.id ?? "", n: 1 }]),
    );
  await Promise.all([prove(49), prove(0), prove(25), prove(10)]);
  expect(await stage.counts(campaignId)).toEqual({ accepted: 50 });
});

test("settleDoubtful · cancels a repeatable call and lets its people go again, once", async () => {
  const { senderId, campaignId, call, messages, input } = await inDoubt(3, 30);
  expect(await settle(senderId)).toMatchObject({ notSent: 3, doubtful: 0, waitMs: null });
  expect(heard.cancelled).toEqual([call.batch_id]);
  expect(await stage.calls(senderId)).toMatchObject([{ outcome: "not_sent", settled_by: "cancelled" }]);
  expect(await stage.counts(campaignId)).toEqual({ queued: 3 });
  const engine = createDeliveryEngine({ ...stage.deps, mailCalls: 4 });
  await environment.run(() => deliverSlice(engine, input));
  expect(await stage.counts(campaignId)).toEqual({ accepted: 3 });
  expect(heard.calls[0]?.people.map((person) => person.customArgs["n"])).toEqual(["2", "2", "2"]);
  expect(await stage.attempts(messages[0]?.id ?? "")).toHaveLength(2);
});

test("settleDoubtful · a call that cannot be cancelled any more, or not yet, stays in doubt", async () => {
  const late = await inDoubt(1, 30);
  await sql`update email_calls set send_at = now() + interval '9 minutes' where id = ${late.call.id}`.execute(
    stage.db,
  );
  expect(await settle(late.senderId)).toMatchObject({ notSent: 0, doubtful: 1 });
  expect(heard.cancelled).toEqual([]);
  const { senderId } = await inDoubt(1, 30);
  heard.cancels = () => Promise.reject(new Error("HTTP 500"));
  expect(await settle(senderId)).toMatchObject({ notSent: 0, doubtful: 1, waitMs: 10_000 });
  heard.cancels = cancels;
  expect(await settle(senderId)).toMatchObject({ notSent: 1 });
});

test("settleDoubtful · a repeatable call that never got its batch was never made", async () => {
  const { senderId, campaignId, call } = await inDoubt(2, 30);
  await sql`update email_calls set batch_id = null, send_at = null where id = ${call.id}`.execute(stage.db);
  expect(await settle(senderId)).toMatchObject({ notSent: 0, doubtful: 2 });
  await sql`update email_calls set intended_at = intended_at - interval '1 minute' where id = ${call.id}`.execute(
    stage.db,
  );
  expect(await settle(senderId)).toMatchObject({ notSent: 2 });
  expect(heard.cancelled).toEqual([]);
  expect(await stage.counts(campaignId)).toEqual({ queued: 2 });
});
