import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sql } from "kysely";
import { twilioProvider } from "../providers/twilio/client.ts";
import { TwilioHttpClient } from "../providers/twilio/http.ts";
import { testSandbox } from "../test/sandbox.ts";
import { type SendingStage, sendingStage } from "../test/sending.ts";
import type { Intended } from "./delivery/calls.ts";
import { settleDoubtful } from "./settling.ts";

let stage: SendingStage;
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
let provider: ReturnType<typeof twilioProvider>;
const http = new TwilioHttpClient({ connections: 4, timeoutMs: 300 });
beforeAll(async () => {
  sandbox = await testSandbox({ settings: { sent_ms: 3_600_000 } });
  const { accountSid, authToken, url } = sandbox;
  provider = twilioProvider({ accountSid, authToken, baseUrl: url }, http);
  stage = await sendingStage(provider);
});
afterAll(() => Promise.all([stage.close(), http.close(), sandbox.close()]));
beforeEach(() => noFaults());

async function control(route: string, body?: unknown) {
  const response = await fetch(`${sandbox.url}/_sandbox/${route}`, {
    ...(body !== undefined && {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  return response.json() as Promise<{ accepted: number; twice: number }>;
}

const noFaults = () => fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" });

/** Calls the sandbox for an intent, under a fault, and writes what came of it. */
async function call(one: Intended, fault?: string) {
  if (fault !== undefined) await control("faults", { rates: { [fault]: 1 }, hang_ms: 2_000 });
  const answer = await provider.send(one.outgoing, performance.now() + 2_000);
  await stage.answer(one, answer);
  await noFaults();
  return answer;
}

const settle = (senderId: string) => settleDoubtful(stage.deps, { workspaceId: stage.workspaceId, senderId });

const wakes = async (senderId: string) =>
  (
    await stage.db
      .selectFrom("temporal_outbox")
      .select("workflow_id")
      .where("workflow_id", "=", `sender:${senderId}`)
      .execute()
  ).length;

test.each(["drop_after_accept", "http_500_after_accept", "hang_after_accept"])(
  "settleDoubtful · finds in the provider's list what %s had left open",
  async (fault) => {
    const { one, senderId } = await stage.oneIntended();
    expect(await call(one, fault)).toMatchObject({ kind: "unknown" });
    await stage.age(one.message.id, 21_000);
    expect(await settle(senderId)).toMatchObject({ accepted: 1, doubtful: 0, waitMs: null });
    expect(await stage.message(one.message.id)).toMatchObject({ state: "accepted" });
    expect(await stage.attempts(one.message.id)).toMatchObject([
      { outcome: "accepted", settled_by: "listing", provider_sid: expect.stringMatching(/^SM/) },
    ]);
  },
);

test("settleDoubtful · sends again only what two lists have not shown, and exactly once", async () => {
  const { one, senderId } = await stage.oneIntended();
  const { id } = one.message;
  const before = await control("ledger");
  await call(one, "drop_before");
  expect(await settle(senderId)).toMatchObject({ doubtful: 1, waitMs: 5_000 });
  expect(await stage.attempts(id)).toMatchObject([{ detail: null }]);
  await stage.age(id, 21_000);
  expect(await settle(senderId)).toMatchObject({ doubtful: 1, notSent: 0 });
  expect(await settle(senderId)).toMatchObject({ doubtful: 1, notSent: 0 });
  expect(await stage.message(id)).toMatchObject({ state: "uncertain" });
  await stage.age(id, 5_000);
  expect(await settle(senderId)).toMatchObject({ notSent: 1, doubtful: 0 });
  expect(await stage.message(id)).toMatchObject({ state: "queued", attempts: 1 });
  expect(await wakes(senderId)).toBe(1);
  const [again] = await stage.intended(senderId);
  await call(again as Intended);
  const after = await control("ledger");
  expect([after.accepted - before.accepted, after.twice]).toEqual([1, 0]);
});

/** Two messages of one text for one person, both under way. */
async function twins() {
  const senderId = await stage.sender();
  const [first, second] = [await stage.campaign(), await stage.campaign()];
  const [a] = await stage.queue({ senderId, campaignId: first.id });
  const [one] = await stage.intended(senderId);
  const [b] = await stage.queue({ senderId, campaignId: second.id });
  await sql`update messages m set contact_id = o.contact_id, address = o.address, body = o.body
    from messages o where o.id = ${a} and m.id = ${b}`.execute(stage.db);
  const epoch = await stage.db
    .selectFrom("sender_pace")
    .select("epoch")
    .where("sender_id", "=", senderId)
    .executeTakeFirstOrThrow();
  const result = await stage.intend(senderId, Number(epoch.epoch));
  if (result.kind !== "sent") throw new Error(result.kind);
  return { senderId, one: one as Intended, other: result.messages[0] as Intended };
}

test("settleDoubtful · does not take a message of the same text that is another attempt's", async () => {
  const { senderId, one, other } = await twins();
  await call(one, "drop_before");
  const answer = await provider.send(other.outgoing, performance.now() + 2_000);
  await stage.age(one.message.id, 21_000);
  // The other's answer is not written yet: its SID is bound to nobody.
  expect(await settle(senderId)).toMatchObject({ accepted: 0, doubtful: 1 });
  await stage.answer(other, answer);
  expect(await settle(senderId)).toMatchObject({ accepted: 0, doubtful: 1 });
  await stage.age(one.message.id, 6_000);
  expect(await settle(senderId)).toMatchObject({ notSent: 1 });
  expect(await stage.message(other.message.id)).toMatchObject({ state: "accepted" });
});

test("settleDoubtful · takes both of two of the same text where the list shows two", async () => {
  const { senderId, one, other } = await twins();
  await call(one, "drop_after_accept");
  await call(other, "drop_after_accept");
  await stage.age(one.message.id, 21_000);
  await stage.age(other.message.id, 21_000);
  expect(await settle(senderId)).toMatchObject({ accepted: 2, doubtful: 0 });
  const sids = [...(await stage.attempts(one.message.id)), ...(await stage.attempts(other.message.id))];
  expect(new Set(sids.map((attempt) => attempt.provider_sid)).size).toBe(2);
});

test("settleDoubtful · another text leaves it in doubt, and an operator is asked in the end", async () => {
  const { one, senderId } = await stage.oneIntended();
  const answer = await provider.send({ ...one.outgoing, body: "otro texto" }, performance.now() + 2_000);
  expect(answer.kind).toBe("accepted");
  await stage.answer(one, { kind: "unknown", why: "reset" });
  await stage.age(one.message.id, 81_000);
  expect(await settle(senderId)).toMatchObject({ accepted: 0, notSent: 0, doubtful: 1 });
  const alerts = await stage.db
    .selectFrom("alerts")
    .select("alert_type")
    .where("subject_id", "=", one.message.id)
    .execute();
  expect(alerts).toEqual([{ alert_type: "uncertain_message" }]);
});

test("settleDoubtful · what was settled before the provider failed has its sender woken", async () => {
  const senderId = await stage.sender();
  const { id: campaignId } = await stage.campaign();
  await stage.queue({ senderId, campaignId, count: 2 });
  const [one, other] = (await stage.intended(senderId)) as [Intended, Intended];
  await call(one, "drop_before");
  await call(other, "drop_before");
  await stage.age(one.message.id, 42_000);
  await stage.age(other.message.id, 41_000);
  await settle(senderId);
  await stage.age(one.message.id, 5_000);
  await stage.age(other.message.id, 5_000);
  let calls = 0;
  const { list } = provider;
  provider.list = (...of) => (++calls === 2 ? Promise.reject(new Error("away")) : list(...of));
  await expect(settle(senderId)).rejects.toThrow("away");
  provider.list = list;
  expect(await stage.message(one.message.id)).toMatchObject({ state: "queued" });
  expect(await wakes(senderId)).toBe(1);
});
