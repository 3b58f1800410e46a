import { MockActivityEnvironment } from "@temporalio/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sql } from "kysely";
import { twilioProvider } from "../providers/twilio/client.ts";
import { TwilioHttpClient } from "../providers/twilio/http.ts";
import { testSandbox } from "../test/sandbox.ts";
import { type SendingStage, sendingStage } from "../test/sending.ts";
import type { Intended } from "./delivery/calls.ts";
import { type ReconcileTimes, reconcile } from "./reconcile.ts";

let stage: SendingStage;
let sandbox: Awaited<ReturnType<typeof testSandbox>>;
let provider: ReturnType<typeof twilioProvider>;
const http = new TwilioHttpClient({ connections: 4, timeoutMs: 1_000 });
/** The API is not there: nothing that the sandbox tells arrives. */
const nowhere = "http://127.0.0.1:1/webhooks/twilio/inbound";

beforeAll(async () => {
  sandbox = await testSandbox({
    settings: { sent_ms: 1, delivered_ms: 1, spread: 0, callback_retries: 0, enforce_stop: "none" },
  });
  const { accountSid, authToken, url } = sandbox;
  provider = twilioProvider({ accountSid, authToken, baseUrl: url }, http);
  stage = await sendingStage(provider);
});
afterAll(() => Promise.all([stage.close(), http.close(), sandbox.close()]));
beforeEach(() => sql`delete from reconciler_cursors`.execute(stage.db).then(() => forgetAll()));

/** Earlier tests leave nothing behind that this one would be asked about. */
const forgetAll = () =>
  sql`update attempts set intended_at = intended_at - interval '30 days'`.execute(stage.db);

async function control(route: string, body: unknown) {
  const response = await fetch(`${sandbox.url}/_sandbox/${route}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
}

const run = (times: Partial<ReconcileTimes> = {}, deps: Partial<SendingStage["deps"]> = {}) =>
  new MockActivityEnvironment().run(() =>
    reconcile({ ...stage.deps, ...deps }, { agesMinutes: [10], inboundAfterMs: 0, calls: 100, ...times }),
  );

/** `count` messages that the sandbox has accepted so many minutes ago, and whose receipts were all lost. */
async function unheard(count: number, minutesAgo = 11) {
  const senderId = await stage.sender();
  const { id: campaignId } = await stage.campaign();
  const ids = await stage.queue({ senderId, campaignId, count });
  const intended = (await stage.intended(senderId)) as Intended[];
  const deadline = performance.now() + 2_000;
  for (const one of intended) await stage.answer(one, await provider.send(one.outgoing, deadline));
  await sql`update attempts set intended_at = intended_at - ${minutesAgo} * interval '1 minute'
    where sender_id = ${senderId}`.execute(stage.db);
  await ended(ids.length);
  return { senderId, campaignId, ids };
}

/** Waits until the sandbox has nothing more to tell of its messages. */
async function ended(atLeast: number) {
  for (let tries = 0; tries < 100; tries++) {
    const ledger = (await (await fetch(`${sandbox.url}/_sandbox/ledger`)).json()) as {
      accepted: number;
      pending: number;
    };
    if (ledger.accepted >= atLeast && ledger.pending === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("The sandbox goes on");
}

const statesOf = async (ids: readonly string[]) =>
  (await stage.db.selectFrom("messages").select("state").where("id", "in", ids).execute()).map(
    (row) => row.state,
  );

test("reconcile · where every receipt was lost, the provider's word ends the messages", async () => {
  const { ids } = await unheard(3);
  expect(await statesOf(ids)).toEqual(["accepted", "accepted", "accepted"]);
  expect(await run()).toMatchObject({ asked: 3, finished: 3 });
  expect(await statesOf(ids)).toEqual(["delivered", "delivered", "delivered"]);
  expect(await run()).toMatchObject({ asked: 0 });
});

test("reconcile · asks about nothing that is younger than the first age, or that a receipt has ended", async () => {
  const { ids } = await unheard(2, 9);
  expect(await run()).toMatchObject({ asked: 0 });
  await sql`update attempts set intended_at = now() - interval '10 minutes'
    where message_id = any(${ids}::uuid[])`.execute(stage.db);
  await stage.receive([{ messageId: ids[0] as string, n: 1, state: "delivered" }]);
  expect(await run()).toMatchObject({ asked: 1, finished: 1 });
});

test("reconcile · goes on at the next run where the calls of this one are used up, and asks each once at an age", async () => {
  const { ids } = await unheard(5);
  expect(await run({ calls: 2 })).toMatchObject({ asked: 2, finished: 2 });
  expect(await run({ calls: 2 })).toMatchObject({ asked: 2, finished: 2 });
  expect(await run({ calls: 2 })).toMatchObject({ asked: 1, finished: 1 });
  expect(new Set(await statesOf(ids))).toEqual(new Set(["delivered"]));
});

test("reconcile · an undelivered message has its reason and its retry, as a receipt would have given it", async () => {
  await control("behaviours", { match: { all: true }, outcome: "undelivered", code: 30008 });
  const { ids, senderId } = await unheard(1);
  await fetch(`${sandbox.url}/_sandbox/behaviours`, { method: "DELETE" });
  await run();
  expect(await stage.message(ids[0] as string)).toMatchObject({ state: "queued", error_code: "30008" });
  const owed = await stage.db.selectFrom("temporal_outbox").select("workflow_id").execute();
  expect(owed).toContainEqual({ workflow_id: `sender:${senderId}` });
});

test("reconcile · a provider that is away is asked the same again; nothing is passed over", async () => {
  const { ids } = await unheard(1);
  const away = { ...provider, fetch: () => Promise.reject(new Error("away")) };
  const cut = { ...away, listInbound: () => Promise.reject(new Error("away")) };
  const by = (one: typeof provider) => ({
    providers: { sandboxed: true, forAccount: () => Promise.resolve(one) },
  });
  await expect(run({}, by(cut))).rejects.toThrow("No provider account");
  await expect(run({}, by(away))).rejects.toThrow("No provider account");
  expect(await run()).toMatchObject({ asked: 1, finished: 1 });
  expect(await statesOf(ids)).toEqual(["delivered"]);
});

/** Somebody with a queued message writes to its sender while no webhook arrives. */
async function writes(body: string) {
  const senderId = await stage.sender();
  const { id: campaignId } = await stage.campaign();
  const [id] = await stage.queue({ senderId, campaignId });
  const queued = await stage.message(id as string);
  const { address } = await stage.db
    .selectFrom("senders")
    .select("address")
    .where("id", "=", senderId)
    .executeTakeFirstOrThrow();
  await control("numbers", { address, inbound_url: nowhere });
  await control("inbound", { from: queued.address, to: address, body });
  return { id: id as string, senderId, contactId: queued.contact_id };
}

test("reconcile · a STOP that no webhook brought opts the person out and ends what waits for them", async () => {
  const { id, contactId } = await writes("STOP");
  expect(await run()).toMatchObject({ inbound: 1 });
  expect(await stage.message(id)).toMatchObject({ state: "cancelled" });
  const consents = await stage.db
    .selectFrom("consents")
    .select("state")
    .where("contact_id", "=", contactId)
    .execute();
  expect(consents).toEqual([{ state: "opted_out" }]);
  expect(await run()).toMatchObject({ inbound: 0 });
});

/** The sandbox's list, with every message so many hours old. */
function agedBy(hours: number) {
  const sent_at = new Date(Date.now() - hours * 3_600_000);
  const listInbound: typeof provider.listInbound = async (...of) =>
    (await provider.listInbound(...of)).map((one) => ({ ...one, sent_at }));
  return {
    sent_at,
    providers: { sandboxed: true, forAccount: () => Promise.resolve({ ...provider, listInbound }) },
  };
}

const newestConsent = async (contactId: string) =>
  (
    await stage.db
      .selectFrom("consents")
      .select("state")
      .where("contact_id", "=", contactId)
      .orderBy("at", "desc")
      .orderBy("id", "desc")
      .executeTakeFirst()
  )?.state;

test("reconcile · a START that is found after a newer STOP opts nobody in again", async () => {
  const { contactId } = await writes("START");
  await sql`insert into consents (workspace_id, contact_id, channel, state, purpose, source, method, at)
    values (${stage.workspaceId}, ${contactId}, 'sms', 'opted_out', 'all', 'test', 'reply', now() - interval '1 hour')`.execute(
    stage.db,
  );
  expect(await run({}, { providers: agedBy(2).providers })).toMatchObject({ inbound: 1 });
  expect(await newestConsent(contactId)).toBe("opted_out");
});

test("reconcile · a START that is newer than what the person had stopped opts them in again", async () => {
  const { contactId } = await writes("START");
  await sql`insert into consents (workspace_id, contact_id, channel, state, purpose, source, method, at)
    values (${stage.workspaceId}, ${contactId}, 'sms', 'opted_out', 'all', 'test', 'reply', now() - interval '3 hours')`.execute(
    stage.db,
  );
  expect(await run({}, { providers: agedBy(2).providers })).toMatchObject({ inbound: 1 });
  expect(await newestConsent(contactId)).toBe("opted_in");
});

test("reconcile · the window of a message that is found late is open from when the person wrote", async () => {
  const { senderId } = await writes("¿Qué precio tiene?");
  const { sent_at, providers } = agedBy(3);
  await run({}, { providers });
  const conversation = await stage.db
    .selectFrom("conversations")
    .select("last_inbound_at")
    .where("sender_id", "=", senderId)
    .executeTakeFirstOrThrow();
  expect(conversation.last_inbound_at).toEqual(sent_at);
});

test("reconcile · leaves a fresh message to its webhook", async () => {
  const { id } = await writes("STOP");
  expect(await run({ inboundAfterMs: 60_000 })).toMatchObject({ inbound: 0 });
  expect(await stage.message(id)).toMatchObject({ state: "queued" });
  expect(await run()).toMatchObject({ inbound: 1 });
});
